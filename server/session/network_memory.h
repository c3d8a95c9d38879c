// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_NETWORK_MEMORY_H_
#define SPIKED_SERVER_SESSION_NETWORK_MEMORY_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/build/estimate.h"
#include "server/security/memory_ledger.h"
#include "server/security/tenant.h"
#include "server/security/tenant_limits.h"

namespace spiked {

// The memory of a session's network, and its neurons and synapses in the quotas
// of the tenant: reserved before the network is built, given back when this is
// destroyed. Used by one thread at a time.
class NetworkMemory {
 public:
  NetworkMemory() = default;  // of no network

  // For the first network of a session. `build_bytes` must be free to build it.
  // The guard isn't asked: it was when the session was created.
  static absl::StatusOr<NetworkMemory> ForNew(MemoryLedger& ledger,
                                              std::shared_ptr<Tenant> tenant,
                                              const Estimate& estimate,
                                              double build_bytes);

  // For a network that is to replace the present one, while both are there: all
  // of its memory, but only the neurons and synapses that it has more.
  static absl::StatusOr<NetworkMemory> ForEdit(MemoryLedger& ledger,
                                               std::shared_ptr<Tenant> tenant,
                                               const Estimate& estimate,
                                               double build_bytes,
                                               const NetworkMemory& present);

  // Ends an edit that succeeds: takes over what the replaced network had of the
  // neurons and synapses, and gives back the rest of it.
  void Replace(NetworkMemory replaced);

 private:
  explicit NetworkMemory(const Estimate& estimate);
  // Asks for all memory, and for the neurons and synapses that the present
  // network doesn't have.
  absl::Status Reserve(MemoryLedger& ledger, MemoryRequest request,
                       const NetworkMemory& present);

  TenantAmounts shares_{};  // of the network
  MemoryReservation reservation_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_NETWORK_MEMORY_H_
