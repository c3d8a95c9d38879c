// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/session_claim.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spiked {
namespace {

// What `b` has more than `a`; none if it has less.
double MoreNeurons(const Estimate& a, const Estimate& b) {
  return static_cast<double>(
      std::max<int64_t>(b.neuron_count - a.neuron_count, 0));
}
double MoreSynapses(const Estimate& a, const Estimate& b) {
  return std::max(b.synapse_count - a.synapse_count, 0.0);
}

}  // namespace

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

absl::Status SessionClaim::BeginEdit(const Estimate& next) {
  const std::pair<Resource, double> wanted[] = {
      {Resource::kNeurons, MoreNeurons(network_, next)},
      {Resource::kSynapses, MoreSynapses(network_, next)},
      {Resource::kMemoryBytes, next.bytes}};
  for (size_t i = 0; i < std::size(wanted); ++i) {
    absl::Status status = tenant_->Claim(wanted[i].first, wanted[i].second);
    if (status.ok()) continue;
    while (i-- > 0) tenant_->Release(wanted[i].first, wanted[i].second);
    return status;
  }
  return absl::OkStatus();
}

void SessionClaim::EndEdit(const Estimate& next, bool edited) {
  const Estimate& stays = edited ? next : network_;
  const Estimate& goes = edited ? network_ : next;
  tenant_->Release(Resource::kNeurons, MoreNeurons(stays, goes));
  tenant_->Release(Resource::kSynapses, MoreSynapses(stays, goes));
  tenant_->Release(Resource::kMemoryBytes, goes.bytes);
  network_ = stays;
}

absl::Status SessionClaim::ClaimMore(int64_t bytes) {
  const auto more = static_cast<double>(bytes);
  if (bytes < 0) {
    tenant_->Release(Resource::kMemoryBytes, -more);
  } else if (absl::Status status = tenant_->Claim(Resource::kMemoryBytes, more);
             !status.ok()) {
    return status;
  }
  more_bytes_ += more;
  return absl::OkStatus();
}

void SessionClaim::ReleaseNetwork() {
  tenant_->Release(Resource::kNeurons,
                   static_cast<double>(network_.neuron_count));
  tenant_->Release(Resource::kSynapses, network_.synapse_count);
  tenant_->Release(Resource::kMemoryBytes, network_.bytes + more_bytes_);
  network_ = Estimate();
  more_bytes_ = 0;
}

}  // namespace spiked
