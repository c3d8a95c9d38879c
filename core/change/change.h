// SPDX-License-Identifier: Apache-2.0
//
// Changes of a network between two steps. A request is applied as a whole or
// not at all. Changes go into the state; the network stays as it was compiled.
//
// A change at step k comes before all else that happens in step k, in the order
// of its list. New parameters, state variables and silence act from step k on.
// Weights act on what arrives from step k + 1 on, because what arrives in step
// k has been added up; so does plasticity (core/step.h).
//
// Deterministic: random numbers are functions of seed, owner, name, element and
// step. Changes are plain values, so recording them with their steps is enough
// to repeat a run.

#ifndef SPIKED_CORE_CHANGE_CHANGE_H_
#define SPIKED_CORE_CHANGE_CHANGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/network/network.h"
#include "core/network/state.h"
#include "core/spec/change_spec.h"
#include "core/spec/violations.h"

namespace spiked {

// Checks what doesn't depend on the state: names, indices, ranges, lengths of
// lists, whether synapses exist, and whether weights can be stored. Paths begin
// with `path` and "[0]".
void ValidateChanges(const Network& network, const ChangeSpecs& changes,
                     const std::string& path, Violations* violations);

// Checks what depends on the state and on the changes that wait, such as the
// order of parameters, for changes at a step. Requires: ValidateChanges found
// nothing; step >= state.step; changes that are due have been applied.
void CheckChanges(const Network& network, const State& state,
                  const ChangeSpecs& changes, int64_t step,
                  const std::string& path, Violations* violations);

// Lets changes take effect at a step: at once if it is the coming one, else in
// Step. Requires: CheckChanges found nothing.
void ScheduleChanges(const Network& network,
                     std::shared_ptr<const ChangeSpecs> changes, int64_t step,
                     State& state);

// Applies the waiting changes whose step has come.
void ApplyDueChanges(const Network& network, State& state);

// Memory that the state allocates for changes: copies of weights, parameters
// that differ by neuron. Each `thing` is allocated once, however often it
// changes.
struct ChangeMemory {
  std::string thing;
  int64_t bytes;
};
std::vector<ChangeMemory> MemoryOf(const Network& network,
                                   const ChangeSpecs& changes);

}  // namespace spiked

#endif  // SPIKED_CORE_CHANGE_CHANGE_H_
