// SPDX-License-Identifier: Apache-2.0
//
// The probability of a synapse as a function of where its target is, as seen
// from its source: what kernel and mask of DistanceDependent say.

#ifndef SPIKED_CORE_BUILD_DISTANCE_PROFILE_H_
#define SPIKED_CORE_BUILD_DISTANCE_PROFILE_H_

#include <array>

#include "core/build/positions.h"
#include "core/spec/network_spec.h"
#include "core/spec/value.h"

namespace spiked {

class DistanceProfile {
 public:
  // Requires: a valid rule for populations in `targets`, the targets' extent.
  DistanceProfile(const DistanceDependent& rule, const Extent& targets);

  // The largest distance, and the largest difference along an axis, at which
  // there can be a synapse; may be infinite.
  double reach() const { return reach_; }
  double reach(int axis) const { return axis_reach_[axis]; }

  // A distance within which all but 0.5 % of the synapses are, in an unbounded
  // plane or space; at most reach().
  double typical_reach() const { return typical_reach_; }

  // Without the mask; falls with the distance.
  double AtDistance(double distance_mm) const;

  // With the mask; `towards` is the shortest way to the target.
  double At(const Point& towards) const;

 private:
  double probability_;
  // The exponent is -(linear_ + square_ * d) * d.
  double linear_ = 0;
  double square_ = 0;
  double reach_;
  double typical_reach_;
  double least_squared_;    // squared distances, in which borders are included
  double largest_squared_;  // though they may be rounded
  Point lower_;             // differences, likewise
  Point upper_;
  Point axis_reach_;
};

// The range of a weight or delay of a projection: RangeOf, but if it is by
// distance, over the distances that the projection can have. Requires: valid
// positions of both populations, if it is by distance.
ValueRange RangeOf(const Value& value, const ProjectionSpec& projection,
                   const PopulationSpec& source, const PopulationSpec& target);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_DISTANCE_PROFILE_H_
