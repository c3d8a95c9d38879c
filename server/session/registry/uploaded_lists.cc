// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/uploaded_lists.h"

namespace spiked {

int64_t UploadedLists::bytes() const {
  int64_t bytes = 0;
  for (const auto& [projection, upload] : uses_) {
    bytes += SynapseUpload::Bytes(std::ssize(upload->sources),
                                  !upload->weights.empty(),
                                  !upload->delays_ms.empty());
  }
  return bytes;
}

absl::StatusOr<MemoryReservation> UploadedLists::FillIn(
    MemoryLedger& ledger, const std::shared_ptr<Tenant>& tenant,
    const BuildProgress& progress, NetworkSpec* spec) const {
  if (empty()) return MemoryReservation();
  auto memory =
      ledger.Reserve(tenant, bytes(), "the network's list of synapses");
  if (memory.ok()) FillIn(progress, spec);
  return memory;
}

void UploadedLists::FillIn(const BuildProgress& progress,
                           NetworkSpec* spec) const {
  for (const auto& [index, upload] : uses_) {
    if (progress.cancelled()) return;
    ProjectionSpec& projection = spec->projections[index];
    projection.rule = ExplicitPairs{upload->sources, upload->targets};
    if (!upload->weights.empty()) projection.weight = upload->weights;
    if (!upload->delays_ms.empty()) projection.delay_ms = upload->delays_ms;
  }
}

}  // namespace spiked
