// SPDX-License-Identifier: Apache-2.0

#include "server/security/token_store.h"

#include <utility>

namespace spiked {

std::optional<TokenStore::Owner> TokenStore::Find(
    const std::string& token) const {
  const Sha256 hash = HashOf(token);
  std::optional<Owner> owner;
  MutexLock lock(&mutex_);
  for (const TokenEntry& entry : entries_) {
    if (EqualInConstantTime(entry.hash, hash)) {
      owner = Owner{entry.tenant, entry.role};
    }
  }
  return owner;
}

bool TokenStore::HasTenant(const std::string& tenant) const {
  MutexLock lock(&mutex_);
  return tenants_.contains(tenant);
}

void TokenStore::Set(std::vector<TokenEntry> entries) {
  std::set<std::string> tenants;
  for (const TokenEntry& entry : entries) tenants.insert(entry.tenant);
  MutexLock lock(&mutex_);
  entries_ = std::move(entries);
  tenants_ = std::move(tenants);
}

absl::Status TokenStore::Load(const std::string& path) {
  auto entries = ReadTokenFile(path);
  if (!entries.ok()) return entries.status();
  Set(*std::move(entries));
  return absl::OkStatus();
}

}  // namespace spiked
