// SPDX-License-Identifier: Apache-2.0
//
// What a group of synapses takes over when a network is edited
// (core/change/carry_over.h), for its kernel.

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

// A projection that stays, and the states of the group that it was in, without
// changes that were put off: [blocks].
struct CarriedProjection {
  const Projection* before;
  const Projection* now;
  std::vector<const SynapseState*> states;

  const SynapseLayout& layout_before(const Network& network) const {
    return network.groups[before->group].kernel->layout();
  }
};

// Kernels of the same model and precision: a kernel knows the states that it
// gets, and a projection's parameters are what they were.
struct CarriedGroup {
  const Network& before;
  const Network& now;
  const SpikeHistory& spikes_before;
  const SpikeHistory& spikes;  // the same, with the neurons of now
  int64_t step;                // steps done
  absl::Span<const int> populations_before;    // of each now; -1: it is new
  std::vector<CarriedProjection> projections;  // that are in the group now
};

// Calls visit(projection, synapse before, synapse now) for all synapses that
// stay. A projection has the same ones as before, because what is drawn depends
// on nothing but itself.
void ForEachCarriedSynapse(
    const CarriedGroup& group,
    const std::function<void(const CarriedProjection&, const SynapseAt&,
                             const SynapseAt&)>& visit);

// Finds what the sources of a group were before. A group knows all neurons from
// its first source to its last one, some of which may have no synapses.
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

  // The rows of the layout now. `projection` is one whose group knew the neuron
  // before; null: there is none.
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

  // Calls visit(source, index) for those that spiked in a step, in their order:
  // `index` is where the spike was among those of the layout before, or -1.
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
