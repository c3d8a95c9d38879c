// SPDX-License-Identifier: Apache-2.0
//
// Finds the targets of a source by distance, looking only at targets that are
// near enough.
//
// The targets are sorted into the cells of a grid. Cells along x are neighbours
// in memory, so the targets near a source are a few runs of one list. Each
// candidate takes one random word. A table of upper bounds of the probability
// by squared distance refuses most candidates; only for the rest is the
// probability computed. The order of the candidates depends on the
// specification alone.

#ifndef SPIKED_CORE_BUILD_DISTANCE_RULE_H_
#define SPIKED_CORE_BUILD_DISTANCE_RULE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/build/distance_profile.h"
#include "core/build/positions.h"
#include "core/numbers/random.h"
#include "core/spec/network_spec.h"

namespace spiked {

// Immutable, so any number of threads may call Find.
class DistanceRule {
 public:
  // `name` is the name of the projection. Requires: a valid specification; the
  // populations must live as long as this object.
  DistanceRule(const DistanceDependent& rule, const PopulationSpec& source,
               const PopulationSpec& target, int64_t seed,
               const std::string& name);

  // Replaces *targets by the targets of a source, in ascending order. Excluding
  // autapses and columns is left to the caller.
  void Find(int64_t source, std::vector<uint32_t>* targets) const;

  // Bytes of the list of targets by cell.
  static double BytesOf(const PopulationSpec& target);

 private:
  // Cells [begin, end) along an axis. A search across a periodic border has two
  // ranges.
  struct CellRange {
    int64_t begin;
    int64_t end;
  };
  struct CellRanges {
    std::array<CellRange, 2> range;
    int count = 0;
  };
  class Search;

  void ChooseCells();
  void SortIntoCells(int64_t count);
  void SetBounds();
  int64_t CellAlong(int axis, double coordinate) const;
  CellRanges CellsNear(int axis, double coordinate, double reach) const;
  double GapTo(int axis, double coordinate, int64_t cell) const;
  bool Connects(uint32_t word, const Point& towards, int64_t source,
                uint32_t target) const;

  DistanceProfile profile_;
  Positions sources_;
  Positions targets_;
  Periods periods_;
  RandomStream stream_;
  RandomStream fraction_stream_;

  std::array<int64_t, 3> cell_count_ = {1, 1, 1};
  Point cell_size_ = {};
  Point slack_ = {};              // mm, above the rounding of coordinates
  std::vector<uint32_t> begin_;   // [cells + 1]: first target of each cell
  std::vector<uint32_t> target_;  // [targets] neurons by cell, then index
  std::array<std::vector<double>, 3> at_;  // [dimensions][targets] mm

  // A random word above bound_[i] connects no target at a squared distance
  // between i / bins_per_squared_mm_ and (i + 1) / bins_per_squared_mm_. The
  // last bound is for all targets farther away.
  static constexpr int kBins = 1024;
  std::array<uint32_t, kBins + 1> bound_ = {};
  double bins_per_squared_mm_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_DISTANCE_RULE_H_
