// SPDX-License-Identifier: Apache-2.0

#include "server/security/memory_ledger.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/megabytes.h"
#include "server/base/status_payload.h"
#include "server/security/tenant_limits.h"

namespace spiked {

MemoryReservation::MemoryReservation(std::shared_ptr<MemoryLedger> ledger,
                                     int64_t bytes, TenantClaim claim)
    : ledger_(std::move(ledger)), bytes_(bytes), claim_(std::move(claim)) {}

MemoryReservation::~MemoryReservation() { ShrinkTo({}); }

MemoryReservation::MemoryReservation(MemoryReservation&& other) noexcept
    : ledger_(std::move(other.ledger_)),
      bytes_(std::exchange(other.bytes_, 0)),
      kept_bytes_(std::exchange(other.kept_bytes_, 0)),
      claim_(std::move(other.claim_)) {}

MemoryReservation& MemoryReservation::operator=(
    MemoryReservation&& other) noexcept {
  if (this == &other) return *this;
  ShrinkTo({});
  ledger_ = std::move(other.ledger_);
  bytes_ = std::exchange(other.bytes_, 0);
  kept_bytes_ = std::exchange(other.kept_bytes_, 0);
  claim_ = std::move(other.claim_);
  return *this;
}

void MemoryReservation::Add(MemoryReservation other) {
  if (ledger_ == nullptr) ledger_ = std::move(other.ledger_);
  bytes_ += std::exchange(other.bytes_, 0);
  kept_bytes_ += std::exchange(other.kept_bytes_, 0);
  claim_.Add(std::move(other.claim_));
}

void MemoryReservation::ShrinkTo(const TenantAmounts& amounts) {
  if (ledger_ == nullptr) return;
  claim_.ShrinkTo(amounts);
  const auto wanted =
      static_cast<int64_t>(amounts[static_cast<int>(Resource::kMemoryBytes)]);
  const int64_t surplus = std::max<int64_t>(bytes_ + kept_bytes_ - wanted, 0);
  const int64_t kept = std::min(surplus, kept_bytes_);
  bytes_ -= surplus - kept;
  kept_bytes_ -= kept;
  ledger_->Release(surplus - kept, kept);
}

absl::StatusOr<MemoryReservation> MemoryLedger::Reserve(
    const MemoryRequest& request) {
  if (request.guarded) {
    if (absl::Status status = guard_.Check(); !status.ok()) return status;
  }
  MutexLock lock(&mutex_);
  const int64_t free = limit_bytes_ - reserved_bytes_;
  if (std::max(request.bytes, request.peak_bytes) > static_cast<double>(free)) {
    return TooLittle(request, free);
  }
  const auto bytes = static_cast<int64_t>(request.bytes);
  TenantAmounts amounts{};
  amounts[static_cast<int>(Resource::kNeurons)] = request.neurons;
  amounts[static_cast<int>(Resource::kSynapses)] = request.synapses;
  amounts[static_cast<int>(Resource::kMemoryBytes)] =
      static_cast<double>(bytes);
  auto claim = TenantClaim::Make(request.tenant, amounts);
  if (!claim.ok()) return claim.status();
  reserved_bytes_ += bytes;
  return MemoryReservation(shared_from_this(), bytes, *std::move(claim));
}

absl::StatusOr<MemoryReservation> MemoryLedger::Reserve(
    const std::shared_ptr<Tenant>& tenant, int64_t bytes,
    const std::string& what) {
  return Reserve({.tenant = tenant,
                  .what = absl::StrCat(what, " needs"),
                  .bytes = static_cast<double>(bytes)});
}

absl::StatusOr<MemoryReservation> MemoryLedger::ReserveSmall(
    const std::shared_ptr<Tenant>& tenant, int64_t bytes,
    const std::string& what) {
  {
    MutexLock lock(&mutex_);
    if (taken_kept_bytes_ + bytes <= kKeptBytes) {
      taken_kept_bytes_ += bytes;
      MemoryReservation kept(shared_from_this(), 0, {});
      kept.kept_bytes_ = bytes;
      return kept;
    }
  }
  return Reserve({.tenant = tenant,
                  .what = absl::StrCat(what, " needs"),
                  .bytes = static_cast<double>(bytes),
                  .guarded = false});
}

absl::Status MemoryLedger::TooLittle(const MemoryRequest& request,
                                     int64_t free) const {
  std::string text = absl::StrCat(request.what, " ", Megabytes(request.bytes));
  if (request.peak_bytes > 0) {
    absl::StrAppend(&text, ", and ", Megabytes(request.peak_bytes), " ",
                    request.peak_when);
  }
  return Refusal(
      Reason::kLimitReached,
      absl::StrCat(text, "; ",
                   Megabytes(static_cast<double>(std::max<int64_t>(free, 0))),
                   " are free of the server's limit of ",
                   Megabytes(static_cast<double>(limit_bytes_))));
}

void MemoryLedger::Release(int64_t bytes, int64_t kept_bytes) {
  MutexLock lock(&mutex_);
  reserved_bytes_ -= bytes;
  taken_kept_bytes_ -= kept_bytes;
}

int64_t MemoryLedger::reserved_bytes() const {
  MutexLock lock(&mutex_);
  return reserved_bytes_;
}

}  // namespace spiked
