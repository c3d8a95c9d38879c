// SPDX-License-Identifier: Apache-2.0
//
// The dendritic parts of delays, for rules in the frame of plastic_kernel.h.
//
// A delay of D steps has a dendritic part of d = round(fraction D) steps, and
// an axonal part of D - d. The synapse lies between them: a presynaptic spike
// of step n reaches it at the end of step n + max(D - d - 1, 0), since an
// axonal delay of one step is no delay for a rule (stdp_pair.h), and a
// postsynaptic spike of step m at the end of step m + d. The spike acts on the
// target in step n + D, whatever the fraction.
//
// A synapse with a dendritic part sees everything of its target d steps late.
// So for each d there is a plane: a copy of the targets' states as they were d
// steps ago. Rules count the time of such a synapse in steps of its target: at
// the end of step t they are told t - d.

#ifndef SPIKED_CORE_NETWORK_DENDRITIC_DELAYS_H_
#define SPIKED_CORE_NETWORK_DENDRITIC_DELAYS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/model/synapse_table.h"
#include "core/network/network.h"
#include "core/spec/delays.h"

namespace spiked {

struct DendriticPlanes {
  std::vector<int32_t> steps;      // [planes] ascending
  std::vector<uint32_t> of_delay;  // [D] the plane of each delay

  explicit DendriticPlanes(const SynapseLayout& layout) {
    const auto steps_of = [&](int32_t delay) {
      return DendriticStepsOf(delay, layout.dendritic_delay_fraction);
    };
    for (int32_t delay : layout.delays) steps.push_back(steps_of(delay));
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    for (int32_t delay : layout.delays) {
      of_delay.push_back(static_cast<uint32_t>(
          std::lower_bound(steps.begin(), steps.end(), steps_of(delay)) -
          steps.begin()));
    }
  }
};

// The slots of a block, by neuron of the network.
class SlotsOfNeurons {
 public:
  SlotsOfNeurons(const Network& network, const Block& block) {
    for (size_t p = 0; p < network.populations.size(); ++p) {
      const Run& run = block.runs[p];
      if (run.count == 0) continue;
      const auto first = static_cast<uint32_t>(
          network.populations[p].first_neuron + run.first);
      runs_.push_back(
          {first, first + static_cast<uint32_t>(run.count), run.first_slot});
    }
  }

  // Calls visit(slot) for those of `neurons` (ascending) that lie in the block.
  template <class Visit>
  void ForEach(absl::Span<const uint32_t> neurons, Visit visit) const {
    const auto* next = neurons.begin();
    for (const Piece& run : runs_) {
      next = std::lower_bound(next, neurons.end(), run.first);
      for (; next != neurons.end() && *next < run.end; ++next) {
        visit(run.first_slot + (*next - run.first));
      }
    }
  }

 private:
  struct Piece {
    uint32_t first, end;  // neurons of the network
    uint32_t first_slot;
  };
  std::vector<Piece> runs_;  // ascending
};

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_DENDRITIC_DELAYS_H_
