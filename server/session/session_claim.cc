// SPDX-License-Identifier: Apache-2.0

#include "server/session/session_claim.h"

#include <utility>

namespace spiked {

absl::StatusOr<std::unique_ptr<SessionClaim>> SessionClaim::Make(
    std::shared_ptr<Tenant> tenant) {
  if (absl::Status status = tenant->Claim(Resource::kSessions, 1);
      !status.ok()) {
    return status;
  }
  return std::unique_ptr<SessionClaim>(new SessionClaim(std::move(tenant)));
}

SessionClaim::SessionClaim(std::shared_ptr<Tenant> tenant)
    : tenant_(std::move(tenant)) {}

SessionClaim::~SessionClaim() {
  ReleaseNetwork();
  tenant_->Release(Resource::kSessions, 1);
}

absl::Status SessionClaim::ClaimNetwork(const Estimate& estimate) {
  ReleaseNetwork();
  const auto neurons = static_cast<double>(estimate.neuron_count);
  absl::Status status = tenant_->Claim(Resource::kNeurons, neurons);
  if (!status.ok()) return status;
  status = tenant_->Claim(Resource::kSynapses, estimate.synapse_count);
  if (!status.ok()) {
    tenant_->Release(Resource::kNeurons, neurons);
    return status;
  }
  status = tenant_->Claim(Resource::kMemoryBytes, estimate.bytes);
  if (!status.ok()) {
    tenant_->Release(Resource::kNeurons, neurons);
    tenant_->Release(Resource::kSynapses, estimate.synapse_count);
    return status;
  }
  network_ = estimate;
  return status;
}

absl::Status SessionClaim::ClaimMore(int64_t bytes) {
  const auto more = static_cast<double>(bytes);
  if (bytes < 0) {
    tenant_->Release(Resource::kMemoryBytes, -more);
  } else if (absl::Status status = tenant_->Claim(Resource::kMemoryBytes, more);
             !status.ok()) {
    return status;
  }
  network_.bytes += more;
  return absl::OkStatus();
}

void SessionClaim::ReleaseNetwork() {
  tenant_->Release(Resource::kNeurons,
                   static_cast<double>(network_.neuron_count));
  tenant_->Release(Resource::kSynapses, network_.synapse_count);
  tenant_->Release(Resource::kMemoryBytes, network_.bytes);
  network_ = Estimate();
}

}  // namespace spiked
