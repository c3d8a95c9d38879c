// SPDX-License-Identifier: Apache-2.0

#include "server/session/session_network.h"

#include "core/network/state.h"
#include "core/step.h"

namespace spiked {

double TimeFirstSteps(const Network& network, ThreadTeam* team, Clock* clock) {
  constexpr int kSteps = 16;
  constexpr int64_t kNanos = 5'000'000;
  State state = MakeState(network);
  const int64_t begin = clock->NowNanos();
  int64_t now = begin;
  int steps = 0;
  while (steps < kSteps && now - begin < kNanos) {
    Step(network, state, team);
    ++steps;
    now = clock->NowNanos();
  }
  return static_cast<double>(now - begin) / steps;
}

}  // namespace spiked
