// SPDX-License-Identifier: Apache-2.0

#include "server/session/network_memory.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spiked {
namespace {

constexpr int kNeurons = static_cast<int>(Resource::kNeurons);
constexpr int kSynapses = static_cast<int>(Resource::kSynapses);
constexpr int kMemoryBytes = static_cast<int>(Resource::kMemoryBytes);

}  // namespace

NetworkMemory::NetworkMemory(const Estimate& estimate) {
  shares_[kNeurons] = static_cast<double>(estimate.neuron_count);
  shares_[kSynapses] = estimate.synapse_count;
  shares_[kMemoryBytes] = std::floor(estimate.bytes);
}

absl::Status NetworkMemory::Reserve(MemoryLedger& ledger, MemoryRequest request,
                                    const NetworkMemory& present) {
  request.bytes = shares_[kMemoryBytes];
  request.neurons =
      std::max(shares_[kNeurons] - present.shares_[kNeurons], 0.0);
  request.synapses =
      std::max(shares_[kSynapses] - present.shares_[kSynapses], 0.0);
  auto reservation = ledger.Reserve(request);
  if (!reservation.ok()) return reservation.status();
  reservation_ = *std::move(reservation);
  return absl::OkStatus();
}

absl::StatusOr<NetworkMemory> NetworkMemory::ForNew(
    MemoryLedger& ledger, std::shared_ptr<Tenant> tenant,
    const Estimate& estimate, double build_bytes) {
  NetworkMemory memory(estimate);
  absl::Status status = memory.Reserve(ledger,
                                       {.tenant = std::move(tenant),
                                        .what = "the network needs about",
                                        .peak_bytes = build_bytes,
                                        .peak_when = "while it is built",
                                        .guarded = false},
                                       NetworkMemory());
  if (!status.ok()) return status;
  return memory;
}

absl::StatusOr<NetworkMemory> NetworkMemory::ForEdit(
    MemoryLedger& ledger, std::shared_ptr<Tenant> tenant,
    const Estimate& estimate, double build_bytes,
    const NetworkMemory& present) {
  NetworkMemory memory(estimate);
  absl::Status status = memory.Reserve(
      ledger,
      {.tenant = std::move(tenant),
       .what = "the edited network needs about",
       .peak_bytes = build_bytes,
       .peak_when = "beside the one that it replaces while it is built"},
      present);
  if (!status.ok()) return status;
  return memory;
}

void NetworkMemory::Replace(NetworkMemory replaced) {
  reservation_.Add(std::move(replaced.reservation_));
  reservation_.ShrinkTo(shares_);
}

}  // namespace spiked
