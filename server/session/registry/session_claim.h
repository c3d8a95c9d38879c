// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_SESSION_CLAIM_H_
#define SPIKED_SERVER_SESSION_REGISTRY_SESSION_CLAIM_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/build/estimate.h"
#include "server/security/tenant.h"

namespace spiked {

// What one session has of its tenant's quota, until it is destroyed.
class SessionClaim {
 public:
  // RESOURCE_EXHAUSTED if the tenant may have no more sessions.
  static absl::StatusOr<std::unique_ptr<SessionClaim>> Make(
      std::shared_ptr<Tenant> tenant);
  ~SessionClaim();

  // Takes more memory for the network, or gives some of it back: less than 0.
  absl::Status ClaimMore(int64_t bytes);

  // Takes what a network needs, in place of what was taken before. All or
  // nothing.
  absl::Status ClaimNetwork(const Estimate& estimate);

  // Takes what a network that is to follow the present one needs while both
  // are there: all of its memory, and neurons and synapses that it has more.
  // EndEdit gives back what only the other one needed.
  absl::Status BeginEdit(const Estimate& next);
  void EndEdit(const Estimate& next, bool edited);
  void ReleaseNetwork();

 private:
  explicit SessionClaim(std::shared_ptr<Tenant> tenant);

  const std::shared_ptr<Tenant> tenant_;
  Estimate network_;
  double more_bytes_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_SESSION_CLAIM_H_
