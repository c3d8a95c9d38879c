// SPDX-License-Identifier: Apache-2.0

#include "server/security/tenant_claim.h"

#include <algorithm>

namespace spiked {

absl::StatusOr<TenantClaim> TenantClaim::Make(std::shared_ptr<Tenant> tenant,
                                              const TenantAmounts& amounts) {
  if (tenant == nullptr) return TenantClaim();
  if (absl::Status status = tenant->Claim(amounts); !status.ok()) return status;
  return TenantClaim(std::move(tenant), amounts);
}

void TenantClaim::Add(TenantClaim other) {
  if (tenant_ == nullptr) tenant_ = std::move(other.tenant_);
  for (int r = 0; r < kResourceCount; ++r) {
    amounts_[r] += std::exchange(other.amounts_[r], 0);
  }
}

void TenantClaim::ShrinkTo(const TenantAmounts& amounts) {
  if (tenant_ == nullptr) return;
  TenantAmounts surplus{};
  for (int r = 0; r < kResourceCount; ++r) {
    surplus[r] = std::max(amounts_[r] - amounts[r], 0.0);
    amounts_[r] -= surplus[r];
  }
  tenant_->Release(surplus);
}

}  // namespace spiked
