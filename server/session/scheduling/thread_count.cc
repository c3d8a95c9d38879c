// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/thread_count.h"

#include <algorithm>
#include <cstdint>

namespace spiked {
namespace {

// The size of a network from which on several threads are worthwhile.
constexpr int64_t kMinNeurons = 4'000;
constexpr double kMinSynapses = 1e6;
// Neurons for each thread beyond the first two.
constexpr int64_t kNeuronsPerThread = 20'000;

}  // namespace

int ChooseThreadCount(int requested, const NetworkPlan& plan, int max) {
  if (requested > 0) return std::min(requested, max);
  if (plan.neuron_count < kMinNeurons || plan.synapse_count < kMinSynapses) {
    return 1;
  }
  const int64_t wanted = 2 + plan.neuron_count / kNeuronsPerThread;
  return static_cast<int>(std::min<int64_t>(wanted, max));
}

}  // namespace spiked
