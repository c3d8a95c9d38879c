// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_UPLOADED_LISTS_H_
#define SPIKED_SERVER_SESSION_REGISTRY_UPLOADED_LISTS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/build/build_progress.h"
#include "core/spec/network_spec.h"
#include "server/security/memory_ledger.h"
#include "server/session/registry/synapse_upload.h"

namespace spiked {

// Which projections of a network get their lists from uploads. One upload may
// stand for any number of them, so nothing is copied before there is memory for
// all copies, nor on a thread that others wait for.
class UploadedLists {
 public:
  // The projection gets the lists that the upload has.
  void Add(size_t projection, std::shared_ptr<const SynapseUpload> upload) {
    uses_.emplace_back(projection, std::move(upload));
  }

  bool empty() const { return uses_.empty(); }

  // The memory of the copies.
  int64_t bytes() const;

  // Copies the lists into the projections, in memory that is reserved before.
  absl::StatusOr<MemoryReservation> FillIn(
      MemoryLedger& ledger, const std::shared_ptr<Tenant>& tenant,
      const BuildProgress& progress, NetworkSpec* spec) const;

  // The same without the memory; stops when building is cancelled.
  void FillIn(const BuildProgress& progress, NetworkSpec* spec) const;

 private:
  std::vector<std::pair<size_t, std::shared_ptr<const SynapseUpload>>> uses_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_UPLOADED_LISTS_H_
