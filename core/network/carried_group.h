// SPDX-License-Identifier: Apache-2.0
//
// Synapses that a group takes over when a network is edited
// (core/change/carry_over.h), as the group's kernel sees them.

#ifndef SPIKED_CORE_NETWORK_CARRIED_GROUP_H_
#define SPIKED_CORE_NETWORK_CARRIED_GROUP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "core/model/spike_history.h"
#include "core/model/synapse_model.h"
#include "core/model/synapse_table.h"
#include "core/network/network.h"

namespace spiked {

// A projection that stays, and the states of the group that it was in, after
// applying changes that were put off: [blocks].
struct CarriedProjection {
  const Projection* before;
  const Projection* now;
  std::vector<const SynapseState*> states;

  const SynapseLayout& layout_before(const Network& network) const {
    return network.groups[before->group].kernel->layout();
  }
};

// A group of the edited network. A projection keeps its synapse model,
// precision and parameters, so the kernel can read the states of before.
struct CarriedGroup {
  const Network& before;
  const Network& now;
  const SpikeHistory& spikes_before;
  const SpikeHistory& spikes;                // with the neuron indices of `now`
  int64_t step;                              // steps done
  absl::Span<const int> populations_before;  // by index now; -1: new
  std::vector<CarriedProjection> projections;  // in the group now
};

// Calls visit(projection, synapse before, synapse now) for all synapses that
// stay. A projection that stays keeps all its synapses, because they are drawn
// from its own specification and name alone.
void ForEachCarriedSynapse(
    const CarriedGroup& group,
    const std::function<void(const CarriedProjection&, const SynapseAt&,
                             const SynapseAt&)>& visit);

// Finds the rows that the sources of a group had before. A group has rows for
// all neurons from its first source to its last one, some of which may have no
// synapses.
class CarriedSources {
 public:
  CarriedSources(const CarriedGroup& group, const SynapseLayout& layout)
      : group_(group),
        layout_(layout),
        projections_(group.now.populations.size()) {
    for (size_t p = 0; p < projections_.size(); ++p) {
      for (const CarriedProjection& projection : group.projections) {
        if (projections_[p] == nullptr && Knows(projection, p)) {
          projections_[p] = &projection;
        }
      }
    }
  }

  // A row of the layout now. `projection` is one whose group before had a row
  // for the neuron; null if there is none.
  struct Source {
    int64_t row;
    const CarriedProjection* projection;
    int64_t row_before;
  };

  // Calls visit(source) for all rows.
  template <class Visit>
  void ForEach(Visit visit) const {
    int64_t row = 0;
    while (row < layout_.source_count) {
      const size_t p = PopulationOf(layout_.first_source + row);
      const Population& population = group_.now.populations[p];
      const int64_t end = std::min(
          population.first_neuron + population.count - layout_.first_source,
          layout_.source_count);
      for (; row < end; ++row) visit(SourceIn(p, row));
    }
  }

  // Calls visit(source, index) for the sources that spiked in a step, in
  // ascending order: `index` is the position of the spike among those of the
  // layout before, or -1.
  template <class Visit>
  void ForEachSpike(int64_t step, Visit visit) const {
    for (uint32_t neuron : Sources(layout_, group_.spikes.At(step))) {
      const Source source =
          SourceIn(PopulationOf(neuron), neuron - layout_.first_source);
      int64_t index = -1;
      if (source.projection != nullptr) {
        const SynapseLayout& before =
            source.projection->layout_before(group_.before);
        const auto rows = Sources(before, group_.spikes_before.At(step));
        const auto wanted =
            static_cast<uint32_t>(before.first_source + source.row_before);
        index =
            std::lower_bound(rows.begin(), rows.end(), wanted) - rows.begin();
      }
      visit(source, index);
    }
  }

  // Whether spikes of a step can still be on their way in the layout before.
  bool Remembers(const Source& source, int64_t step) const {
    return source.projection != nullptr &&
           step >= group_.step - source.projection->layout_before(group_.before)
                                     .delays.back();
  }

 private:
  size_t PopulationOf(int64_t neuron) const {
    const auto& populations = group_.now.populations;
    const auto after = std::upper_bound(
        populations.begin(), populations.end(), neuron,
        [](int64_t n, const Population& p) { return n < p.first_neuron; });
    return after - populations.begin() - 1;
  }

  // The row of a population's first neuron in the group before.
  int64_t FirstRowBefore(const CarriedProjection& projection, size_t p) const {
    return group_.before.populations[group_.populations_before[p]]
               .first_neuron -
           projection.layout_before(group_.before).first_source;
  }
  bool Knows(const CarriedProjection& projection, size_t p) const {
    if (group_.populations_before[p] < 0) return false;
    const int64_t row = FirstRowBefore(projection, p);
    return row >= 0 &&
           row < projection.layout_before(group_.before).source_count;
  }

  Source SourceIn(size_t population, int64_t row) const {
    const CarriedProjection* projection = projections_[population];
    if (projection == nullptr) return {row, nullptr, 0};
    const int64_t neuron = layout_.first_source + row -
                           group_.now.populations[population].first_neuron;
    return {row, projection, FirstRowBefore(*projection, population) + neuron};
  }

  const CarriedGroup& group_;
  const SynapseLayout& layout_;
  std::vector<const CarriedProjection*> projections_;  // by source population
};

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_CARRIED_GROUP_H_
