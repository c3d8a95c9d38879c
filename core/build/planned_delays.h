// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_BUILD_PLANNED_DELAYS_H_
#define SPIKED_CORE_BUILD_PLANNED_DELAYS_H_

#include <cstdint>
#include <unordered_set>

#include "core/spec/delays.h"
#include "core/spec/network_spec.h"

namespace spiked {

// The delays, in steps, that the synapses of some projections will have,
// predicted before any is drawn. Drawn delays are assumed to lie within six
// standard deviations.
class PlannedDelays {
 public:
  // Requires: a valid delay.
  void Add(const ProjectionSpec& projection, const PopulationSpec& source,
           const PopulationSpec& target, double dt_ms);

  void Merge(const PlannedDelays& other);

  // Segments per source in a table of synapses: one for each constant or listed
  // delay, and one for each delay from the shortest to the longest that may be
  // drawn.
  double count() const;
  // Segments that hold synapses: as `count`, without delays between the points
  // of a grid, which are never drawn.
  double used() const;
  int64_t longest() const;

 private:
  // The number of constant and listed delays outside the range of drawn delays.
  double Listed() const;

  std::unordered_set<int64_t> listed_;
  int64_t first_drawn_ = kMaxDelaySteps + 1;
  int64_t last_drawn_ = 0;
  double drawn_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_PLANNED_DELAYS_H_
