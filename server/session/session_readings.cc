// SPDX-License-Identifier: Apache-2.0
//
// SessionBody: readings of the state. Their memory is reserved before it is
// taken, and given back when the last user of a reading lets go.

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/network/synapse_readings.h"
#include "server/base/status_payload.h"
#include "server/session/session_body.h"

namespace spiked {

absl::StatusOr<MemoryReservation> SessionBody::TakeMemory(
    int64_t bytes, const char* what) const {
  if (environment().ledger == nullptr) return MemoryReservation();
  return environment().ledger->Reserve(environment().tenant, bytes, what);
}

ReadSynapsesResult SessionBody::Execute(const ReadSynapsesCommand& command) {
  struct Held {
    std::vector<SynapseReading> list;
    MemoryReservation memory;  // last: given back when the rest is gone
  };
  const Projection& projection = network().projections[command.projection];
  const int64_t neurons = network().populations[projection.source].count;
  const bool all =
      command.sources.empty() || std::ssize(command.sources) == neurons;
  const int64_t count = all ? projection.synapse_count
                            : CountSynapses(network(), command.projection,
                                            command.sources, kMaxReadSynapses);
  if (count > kMaxReadSynapses) {
    return {MakeOutcome(
        Refusal(Reason::kLimitReached,
                absl::StrCat("source_indices: more than ", kMaxReadSynapses,
                             " synapses; ask for fewer sources at a time")))};
  }
  // Weights that change are settled in a copy, for as long as they are read.
  const SynapseGroup& group = network().groups[projection.group];
  const auto settled = TakeMemory(group.is_plastic ? group.state_bytes : 0,
                                  "the copy of the weights");
  if (!settled.ok()) return {MakeOutcome(settled.status())};
  auto memory = TakeMemory(count * static_cast<int64_t>(sizeof(SynapseReading)),
                           "the list of synapses");
  if (!memory.ok()) return {MakeOutcome(memory.status())};
  // Commands that wait have no list of all sources: it is made here, for one at
  // a time.
  const auto listed = TakeMemory(
      command.sources.empty() ? neurons * static_cast<int64_t>(sizeof(int32_t))
                              : 0,
      "the list of sources");
  if (!listed.ok()) return {MakeOutcome(listed.status())};
  std::vector<int32_t> all_sources;
  if (command.sources.empty()) {
    all_sources.resize(neurons);
    std::iota(all_sources.begin(), all_sources.end(), 0);
  }
  const auto held = std::make_shared<Held>();
  held->memory = *std::move(memory);
  held->list.reserve(count);
  stepper_.Read(command.projection,
                command.sources.empty() ? all_sources : command.sources, count,
                &held->list);
  return {MakeOutcome(absl::OkStatus()), {held, &held->list}};
}

SnapshotResult SessionBody::Execute(const SnapshotCommand& command) {
  if (command.cancelled != nullptr && *command.cancelled) {
    return {MakeOutcome(
        Refusal(Reason::kCancelled, "nobody waits for the copy any more"))};
  }
  struct Held {
    State state;
    MemoryReservation memory;  // last: given back when the rest is gone
  };
  // Reading weights of the copy makes a copy of their group.
  int64_t settled = 0;
  for (const SynapseGroup& group : network().groups) {
    if (group.is_plastic) settled = std::max(settled, group.state_bytes);
  }
  auto memory = TakeMemory(stepper_.copy_bytes() + changed_bytes_ + settled,
                           "the copy of the state");
  if (!memory.ok()) return {MakeOutcome(memory.status())};
  const std::shared_ptr<Held> held(
      new Held{stepper_.Copy(), *std::move(memory)});
  return {MakeOutcome(absl::OkStatus()), {held, &held->state}};
}

}  // namespace spiked
