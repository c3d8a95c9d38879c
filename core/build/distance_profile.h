// SPDX-License-Identifier: Apache-2.0
//
// The probability of a synapse as a function of the difference between the
// positions of target and source, given by kernel and mask of
// DistanceDependent.

#ifndef SPIKED_CORE_BUILD_DISTANCE_PROFILE_H_
#define SPIKED_CORE_BUILD_DISTANCE_PROFILE_H_

#include <array>

#include "core/build/positions.h"
#include "core/spec/network_spec.h"
#include "core/spec/value.h"

namespace spiked {

class DistanceProfile {
 public:
  // Requires: a valid rule for populations with positions; `targets` is the
  // extent of the target population.
  DistanceProfile(const DistanceDependent& rule, const Extent& targets);

  // The largest distance, and the largest difference along an axis, in mm, at
  // which there can be a synapse. May be infinite.
  double reach() const { return reach_; }
  double reach(int axis) const { return axis_reach_[axis]; }

  // The distance in mm within which all but 0.5 % of the synapses lie, in an
  // unbounded plane or space; at most reach().
  double typical_reach() const { return typical_reach_; }

  // The probability without the mask; falls with the distance.
  double AtDistance(double distance_mm) const;

  // The probability with the mask; `towards` is the shortest way from source to
  // target.
  double At(const Point& towards) const;

 private:
  double probability_;
  // The kernel is exp(-(linear_ + square_ * d) * d) at distance d in mm.
  double linear_ = 0;
  double square_ = 0;
  double reach_;
  double typical_reach_;

  // Bounds of the mask, widened by the rounding error, so that neurons on its
  // border are included: squared distances, and differences along each axis.
  double least_squared_;
  double largest_squared_;
  Point lower_;
  Point upper_;
  Point axis_reach_;
};

// The range of a weight or delay of a projection. A value by distance is taken
// over the distances that the projection can have, which requires valid
// positions of both populations.
ValueRange RangeOf(const Value& value, const ProjectionSpec& projection,
                   const PopulationSpec& source, const PopulationSpec& target);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_DISTANCE_PROFILE_H_
