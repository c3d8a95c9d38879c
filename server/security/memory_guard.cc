// SPDX-License-Identifier: Apache-2.0

#include "server/security/memory_guard.h"

#include "absl/strings/str_format.h"
#include "server/base/megabytes.h"
#include "server/base/status_payload.h"

namespace spiked {
namespace {

constexpr int64_t kRetryNanos = 5'000'000'000;

}  // namespace

void MemoryGuard::Update(int64_t used_bytes) {
  used_ = used_bytes;
  const auto used = static_cast<double>(used_bytes);
  const auto limit = static_cast<double>(limit_);
  if (limit_ > 0 && used >= kTightAt * limit) tight_ = true;
  if (used < kFreeAt * limit) tight_ = false;
}

absl::Status MemoryGuard::Check() const {
  if (!tight()) return absl::OkStatus();
  return WithRetry(
      QuotaError(
          "server_memory",
          absl::StrFormat(
              "the server uses %s of the %s that it may have; nothing "
              "may grow until it uses less than %.0f %%",
              Megabytes(static_cast<double>(used_bytes())),
              Megabytes(static_cast<double>(limit_bytes())), 100 * kFreeAt)),
      kRetryNanos);
}

}  // namespace spiked
