// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_TENANT_CLAIM_H_
#define SPIKED_SERVER_SECURITY_TENANT_CLAIM_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "server/security/tenant.h"
#include "server/security/tenant_limits.h"

namespace spiked {

// A part of a tenant's quotas, given back when the claim is destroyed. Used by
// one thread at a time.
class TenantClaim {
 public:
  TenantClaim() = default;  // claims nothing
  ~TenantClaim() { ShrinkTo({}); }
  TenantClaim(TenantClaim&& other) noexcept
      : tenant_(std::move(other.tenant_)),
        amounts_(std::exchange(other.amounts_, {})) {}
  TenantClaim& operator=(TenantClaim&& other) noexcept {
    if (this == &other) return *this;
    ShrinkTo({});
    tenant_ = std::move(other.tenant_);
    amounts_ = std::exchange(other.amounts_, {});
    return *this;
  }

  // Claims all of the amounts, or nothing: then it is RESOURCE_EXHAUSTED, with
  // a quota violation. Without a tenant there are no quotas.
  static absl::StatusOr<TenantClaim> Make(std::shared_ptr<Tenant> tenant,
                                          const TenantAmounts& amounts);

  // Takes over what another claim of the same tenant has.
  void Add(TenantClaim other);

  // Gives back what is more than the amounts.
  void ShrinkTo(const TenantAmounts& amounts);

  const TenantAmounts& amounts() const { return amounts_; }

 private:
  TenantClaim(std::shared_ptr<Tenant> tenant, const TenantAmounts& amounts)
      : tenant_(std::move(tenant)), amounts_(amounts) {}

  std::shared_ptr<Tenant> tenant_;  // null: nothing is claimed
  TenantAmounts amounts_{};
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TENANT_CLAIM_H_
