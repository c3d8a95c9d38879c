// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/synapse_upload.h"

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_payload.h"

namespace spiked {

absl::StatusOr<std::string> SynapseUploads::Add(
    const std::string& tenant, std::shared_ptr<const SynapseUpload> upload) {
  MutexLock lock(&mutex_);
  int64_t count = 0;
  for (auto it = entries_.lower_bound({tenant, ""});
       it != entries_.end() && it->first.first == tenant; ++it) {
    ++count;
  }
  if (count >= kMaxUploads) {
    return Refusal(
        Reason::kLimitReached,
        absl::StrCat(
            count, " uploads wait to be used; at most ", kMaxUploads,
            " are allowed, and each ends ten minutes after its last use"));
  }
  // Not to be guessed: within a tenant the name is all that it takes.
  std::random_device random;
  std::string name;
  do {
    name = absl::StrFormat("uploads/u-%08x%08x", random(), random());
  } while (entries_.contains({tenant, name}));
  entries_[{tenant, name}] = {std::move(upload), clock_->NowNanos()};
  return name;
}

std::shared_ptr<const SynapseUpload> SynapseUploads::Find(
    const std::string& tenant, const std::string& name) {
  MutexLock lock(&mutex_);
  const auto it = entries_.find({tenant, name});
  if (it == entries_.end()) return nullptr;
  it->second.last_use_nanos = clock_->NowNanos();
  return it->second.upload;
}

void SynapseUploads::DropExpired() {
  // Freed without the lock.
  std::vector<std::shared_ptr<const SynapseUpload>> dropped;
  const int64_t now = clock_->NowNanos();
  MutexLock lock(&mutex_);
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (now - it->second.last_use_nanos >= kLifeNanos) {
      dropped.push_back(std::move(it->second.upload));
      it = entries_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace spiked
