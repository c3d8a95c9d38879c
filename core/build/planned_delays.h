// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_BUILD_PLANNED_DELAYS_H_
#define SPIKED_CORE_BUILD_PLANNED_DELAYS_H_

#include <cstdint>
#include <unordered_set>

#include "core/spec/delays.h"
#include "core/spec/network_spec.h"

namespace spiked {

// The delays, in steps, that the synapses of some projections will have, told
// before any is drawn. Drawn delays are taken to lie within six standard
// deviations.
class PlannedDelays {
 public:
  // Requires: a valid delay.
  void Add(const ProjectionSpec& projection, const PopulationSpec& source,
           const PopulationSpec& target, double dt_ms);

  void Merge(const PlannedDelays& other);

  // Places of a table of synapses: one for each delay that is listed, and for
  // each from the shortest that may be drawn to the longest.
  double count() const;
  // Delays that synapses have: as `count`, without those between the points of
  // a grid.
  double used() const;
  int64_t longest() const;

 private:
  // Delays of constants and lists outside of the range of those that are drawn.
  double Listed() const;

  std::unordered_set<int64_t> listed_;
  int64_t first_drawn_ = kMaxDelaySteps + 1;
  int64_t last_drawn_ = 0;
  double drawn_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_PLANNED_DELAYS_H_
