// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_STEP_H_
#define SPIKED_CORE_STEP_H_

#include "core/network/network.h"
#include "core/network/state.h"
#include "core/numbers/thread_team.h"

namespace spiked {

// Moves the state from step k to k + 1, over the model time (k, k + 1] * dt:
//
//   0. Changes of the network that wait for step k are made
//   (core/change/change.h).
//   1. Inputs and stimuli of step k are added to what synapses delivered; where
//      plasticity is switched off, part 3 of this step is the first that
//      changes no weights. Dopamine of step k is there from k * dt on.
//   2. Every population is updated with its input; neurons that cross their
//      threshold are the spikes of step k, and are reset.
//   3. Synapses deliver what arrives in step k + 1 (the spikes of step n with
//      delay d act in step n + d) and change their weights.
//   4. The state is at step k + 1.
//
// The spikes of step k carry the time (k + 1) * dt, the end of the step. The
// input of a step is delivered just before it, not when spikes are emitted, so
// it is one row per receptor, however long the delays.
//
// Members of the team take the network's blocks in turn; they meet once, when
// all spikes are known. If `team` is null, the caller's thread does everything.
//
// Deterministic for any number of blocks and threads: every sum of scalars has
// one fixed order, and every random number is a function of the step. Requires:
// `state` comes from MakeState(network).
void Step(const Network& network, State& state, ThreadTeam* team = nullptr);

}  // namespace spiked

#endif  // SPIKED_CORE_STEP_H_
