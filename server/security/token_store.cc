// SPDX-License-Identifier: Apache-2.0

#include "server/security/token_store.h"

#include <utility>

namespace spiked {

std::optional<TokenStore::Owner> TokenStore::Find(
    const std::string& token) const {
  const Sha256 hash = HashOf(token);
  MutexLock lock(&mutex_);
  const auto it = owners_.find(hash);
  if (it == owners_.end()) return std::nullopt;
  return it->second;
}

bool TokenStore::HasTenant(const std::string& tenant) const {
  MutexLock lock(&mutex_);
  return tenants_.contains(tenant);
}

void TokenStore::Set(const std::vector<TokenEntry>& entries) {
  std::set<std::string> tenants;
  std::map<Sha256, Owner> owners;
  for (const TokenEntry& entry : entries) {
    tenants.insert(entry.tenant);
    owners[entry.hash] = {entry.tenant, entry.role};
  }
  MutexLock lock(&mutex_);
  owners_ = std::move(owners);
  tenants_ = std::move(tenants);
}

absl::Status TokenStore::Load(const std::string& path) {
  auto entries = ReadTokenFile(path);
  if (!entries.ok()) return entries.status();
  Set(*entries);
  return absl::OkStatus();
}

}  // namespace spiked
