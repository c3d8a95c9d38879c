// SPDX-License-Identifier: Apache-2.0
//
// Positions of neurons and distances between them. Positions are computed from
// the specification; only given lists are stored.

#ifndef SPIKED_CORE_BUILD_POSITIONS_H_
#define SPIKED_CORE_BUILD_POSITIONS_H_

#include <array>
#include <cmath>
#include <cstdint>

#include "core/numbers/random.h"
#include "core/spec/network_spec.h"
#include "core/spec/value.h"

namespace spiked {

// Coordinates in mm; in two dimensions the third is 0.
using Point = std::array<double, 3>;

// The rectangle or cuboid, in mm, in which a population lies. In two dimensions
// its size along the third axis is 0.
struct Extent {
  int dimensions = 2;
  bool periodic = false;
  Point low = {};
  Point size = {};

  double high(int axis) const { return low[axis] + size[axis]; }
};

// Requires: valid positions.
Extent ExtentOf(const PositionsSpec& positions);

// The distance in mm after which coordinates along each axis repeat; infinity
// if they don't.
class Periods {
 public:
  explicit Periods(const Extent& extent);

  double at(int axis) const { return period_[axis]; }

  // The shortest distance along an axis between coordinates with a difference
  // of at most one period.
  double Apart(int axis, double difference) const {
    const double direct = std::abs(difference);
    return std::min(direct, period_[axis] - direct);
  }
  // The shortest way along an axis, with its sign.
  double Towards(int axis, double difference) const {
    if (difference > 0.5 * period_[axis]) return difference - period_[axis];
    if (difference < -0.5 * period_[axis]) return difference + period_[axis];
    return difference;
  }
  double SquaredDistance(const Point& a, const Point& b) const {
    const double x = Apart(0, b[0] - a[0]);
    const double y = Apart(1, b[1] - a[1]);
    const double z = Apart(2, b[2] - a[2]);
    return x * x + y * y + z * z;
  }

 private:
  Point period_;
};

// The positions of one population.
class Positions {
 public:
  // Requires: a valid population with positions, which must live as long as
  // this object.
  Positions(const PopulationSpec& population, int64_t seed);

  const Extent& extent() const { return extent_; }

  // The position of a neuron. Takes some nanoseconds, some tens of nanoseconds
  // for drawn positions.
  Point At(int64_t neuron) const;

 private:
  Point OnGrid(const GridPositions& grid, int64_t neuron) const;
  Point Drawn(int64_t neuron) const;

  const PositionsSpec& spec_;
  Extent extent_;
  RandomStream stream_;
};

// The distances between neurons of two populations.
class Distances {
 public:
  // Requires: valid populations with positions in the same space
  // (ValidateSpace), which must live as long as this object.
  Distances(const PopulationSpec& from, const PopulationSpec& to, int64_t seed)
      : from_(from, seed), to_(to, seed), periods_(to_.extent()) {}

  double Between(int64_t from, int64_t to) const {
    return std::sqrt(periods_.SquaredDistance(from_.At(from), to_.At(to)));
  }

 private:
  Positions from_;
  Positions to_;
  Periods periods_;
};

// The range of distances between points of two extents.
DistanceRange DistancesBetween(const Extent& a, const Extent& b);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_POSITIONS_H_
