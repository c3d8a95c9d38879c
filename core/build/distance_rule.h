// SPDX-License-Identifier: Apache-2.0
//
// Finds the targets of a source by distance, looking only at those that are
// near enough.
//
// The targets are sorted into the cells of a grid, cells along x being
// neighbours in memory, so that what is near a source are some runs of a list.
// Each candidate takes one random word, which a table of bounds of the
// probability over the squared distance refuses in most cases; only for the
// others is the probability computed. Candidates come in an order that depends
// on nothing but the specification.

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

// Immutable, so any number of threads may ask.
class DistanceRule {
 public:
  // `name`: of the projection. Requires: a valid specification; the populations
  // must live as long.
  DistanceRule(const DistanceDependent& rule, const PopulationSpec& source,
               const PopulationSpec& target, int64_t seed,
               const std::string& name);

  // Replaces *targets by those of a source, in ascending order. Autapses and
  // columns are left to the caller.
  void Find(int64_t source, std::vector<uint32_t>* targets) const;

  // Bytes that the cells take.
  static double BytesOf(const PopulationSpec& target);

 private:
  // Cells [begin, end) along an axis; around a border, two such ranges.
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
  Point slack_ = {};              // more than coordinates are rounded by
  std::vector<uint32_t> begin_;   // [cells + 1]: where a cell's targets begin
  std::vector<uint32_t> target_;  // [targets] by cell, then ascending
  std::array<std::vector<double>, 3> at_;  // [dimensions][targets]: where

  // Words above bound_[i] connect no targets at squared distances between
  // i / bins_per_squared_mm_ and (i + 1) / bins_per_squared_mm_; the last is
  // for all that are farther.
  static constexpr int kBins = 1024;
  std::array<uint32_t, kBins + 1> bound_ = {};
  double bins_per_squared_mm_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_DISTANCE_RULE_H_
