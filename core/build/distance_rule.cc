// SPDX-License-Identifier: Apache-2.0

#include "core/build/distance_rule.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "core/numbers/random_words.h"

namespace spiked {
namespace {

// Cells per reach along an axis, unless cells would then hold fewer targets on
// average than kTargetsPerCell.
constexpr double kCellsPerReach = 4;
constexpr int64_t kTargetsPerCell = 4;

}  // namespace

DistanceRule::DistanceRule(const DistanceDependent& rule,
                           const PopulationSpec& source,
                           const PopulationSpec& target, int64_t seed,
                           const std::string& name)
    : profile_(rule, ExtentOf(*target.positions)),
      sources_(source, seed),
      targets_(target, seed),
      periods_(targets_.extent()),
      stream_(MakeRandomStream(seed, RandomPurpose::kConnection, name)),
      fraction_stream_(MakeRandomStream(seed, RandomPurpose::kConnection, name,
                                        "fraction")) {
  ChooseCells();
  SortIntoCells(target.size);
  SetBounds();
}

void DistanceRule::SetBounds() {
  // With an infinite reach, all squared distances are in the first bin.
  const double squared = profile_.reach() * profile_.reach() * (1 + 1e-9);
  bins_per_squared_mm_ = kBins / squared;
  for (int i = 0; i < kBins; ++i) {
    const double nearest =
        i == 0 ? 0 : std::sqrt(i / bins_per_squared_mm_) * (1 - 1e-9);
    const double bound = profile_.AtDistance(nearest) * (1 + 1e-9) * 0x1p32;
    bound_[i] = static_cast<uint32_t>(std::min(bound, 0x1p32 - 1));
    if (std::isinf(squared)) return;
  }
}

double DistanceRule::BytesOf(const PopulationSpec& target) {
  const int dimensions = ExtentOf(*target.positions).dimensions;
  return static_cast<double>(target.size) * (8 * dimensions + 8);
}

void DistanceRule::ChooseCells() {
  const Extent& extent = targets_.extent();
  for (int k = 0; k < extent.dimensions; ++k) {
    const double cells = kCellsPerReach * extent.size[k] / profile_.reach(k);
    cell_count_[k] = static_cast<int64_t>(std::clamp(cells, 1.0, 0x1p20));
  }
}

// Counting sort: the targets in a cell stay in ascending order.
void DistanceRule::SortIntoCells(int64_t count) {
  const Extent& extent = targets_.extent();
  const int64_t most = std::max<int64_t>(1, count / kTargetsPerCell);
  // Each factor is at most 2^20, so the product doesn't overflow.
  while (cell_count_[0] * cell_count_[1] * cell_count_[2] > most) {
    auto& largest = *std::max_element(cell_count_.begin(), cell_count_.end());
    largest = (largest + 1) / 2;
  }
  for (int k = 0; k < extent.dimensions; ++k) {
    cell_size_[k] = extent.size[k] / static_cast<double>(cell_count_[k]);
    slack_[k] = 1e-9 * (extent.size[k] + std::abs(extent.low[k]) +
                        std::min(profile_.reach(k), extent.size[k]));
  }
  // Counts of targets by cell give the begins; then each target is stored.
  const auto cell_of = [&](const Point& p) {
    return CellAlong(0, p[0]) +
           cell_count_[0] *
               (CellAlong(1, p[1]) + cell_count_[1] * CellAlong(2, p[2]));
  };
  begin_.assign(cell_count_[0] * cell_count_[1] * cell_count_[2] + 1, 0);
  for (int64_t i = 0; i < count; ++i) ++begin_[cell_of(targets_.At(i)) + 1];
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  target_.resize(count);
  for (int k = 0; k < extent.dimensions; ++k) at_[k].resize(count);
  std::vector<uint32_t> next(begin_.begin(), begin_.end() - 1);
  for (int64_t i = 0; i < count; ++i) {
    const Point p = targets_.At(i);
    const uint32_t place = next[cell_of(p)]++;
    target_[place] = static_cast<uint32_t>(i);
    for (int k = 0; k < extent.dimensions; ++k) at_[k][place] = p[k];
  }
}

// Never falls when the coordinate grows, so all targets between two coordinates
// are in the cells between theirs.
int64_t DistanceRule::CellAlong(int axis, double coordinate) const {
  if (cell_count_[axis] == 1) return 0;
  const double cell =
      (coordinate - targets_.extent().low[axis]) / cell_size_[axis];
  return static_cast<int64_t>(
      std::clamp(cell, 0.0, static_cast<double>(cell_count_[axis] - 1)));
}

DistanceRule::CellRanges DistanceRule::CellsNear(int axis, double coordinate,
                                                 double reach) const {
  const Extent& extent = targets_.extent();
  const int64_t end = cell_count_[axis];
  const CellRanges all = {{{{0, end}}}, 1};
  if (axis >= extent.dimensions) return all;
  const double low = coordinate - reach - slack_[axis];
  const double high = coordinate + reach + slack_[axis];
  const CellRange direct = {CellAlong(axis, low), CellAlong(axis, high) + 1};
  if (!extent.periodic) {
    if (high < extent.low[axis] - slack_[axis] ||
        low > extent.high(axis) + slack_[axis]) {
      return {};
    }
    return {{{direct}}, 1};
  }
  if (high - low >= extent.size[axis]) return all;
  CellRange first = direct;
  CellRange second = {end, end};
  if (low < extent.low[axis]) {
    first = {0, direct.end};
    second = {CellAlong(axis, low + extent.size[axis]), end};
  } else if (high > extent.high(axis)) {
    first = {0, CellAlong(axis, high - extent.size[axis]) + 1};
    second = {direct.begin, end};
  } else {
    return {{{direct}}, 1};
  }
  if (second.begin <= first.end) return all;
  return {{{first, second}}, 2};
}

// The smallest distance along an axis between a coordinate and a cell.
double DistanceRule::GapTo(int axis, double coordinate, int64_t cell) const {
  if (axis >= targets_.extent().dimensions) return 0;
  const double half = 0.5 * cell_size_[axis];
  const double middle = targets_.extent().low[axis] +
                        (static_cast<double>(cell) + 0.5) * cell_size_[axis];
  const double apart = periods_.Apart(axis, middle - coordinate);
  return std::max(0.0, apart - half - slack_[axis]);
}

// Whether a synapse is drawn. The probability is exact though `word` has 32
// bits only: if the probability ends within the range of numbers that `word`
// stands for, another number, drawn for the pair, decides.
bool DistanceRule::Connects(uint32_t word, const Point& towards, int64_t source,
                            uint32_t target) const {
  const double words = profile_.At(towards) * 0x1p32 - word;
  if (words >= 1) return true;
  if (words <= 0) return false;
  const uint64_t pair = static_cast<uint64_t>(source) << 32 | target;
  return ElementRandom(fraction_stream_, pair).Uniform01() < words;
}

// A search for the targets of one source, with its random words.
class DistanceRule::Search {
 public:
  Search(const DistanceRule& rule, int64_t source,
         std::vector<uint32_t>* targets)
      : reader_(rule.stream_, static_cast<uint64_t>(source)),
        rule_(rule),
        source_(source),
        targets_(targets),
        from_(rule.sources_.At(source)) {}

  void Run() {
    const double reach = rule_.profile_.reach();
    ForEachCell(2, rule_.profile_.reach(2), [&](int64_t z) {
      const double gap_z = rule_.GapTo(2, from_[2], z);
      ForEachCell(1, rule_.profile_.reach(1), [&](int64_t y) {
        const double gap_y = rule_.GapTo(1, from_[1], y);
        // The square of half the width along x of the circle or sphere of
        // targets within reach, at this y and z.
        const double left = reach * reach - gap_z * gap_z - gap_y * gap_y;
        if (left < 0) return;
        const CellRanges near = rule_.CellsNear(
            0, from_[0], std::min(rule_.profile_.reach(0), std::sqrt(left)));
        const int64_t row =
            (z * rule_.cell_count_[1] + y) * rule_.cell_count_[0];
        for (int r = 0; r < near.count; ++r) {
          const size_t begin = rule_.begin_[row + near.range[r].begin];
          const size_t end = rule_.begin_[row + near.range[r].end];
          if (rule_.targets_.extent().dimensions == 2) {
            Look<2>(begin, end);
          } else {
            Look<3>(begin, end);
          }
        }
      });
    });
  }

 private:
  template <class Visit>
  void ForEachCell(int axis, double reach, Visit visit) {
    const CellRanges near = rule_.CellsNear(axis, from_[axis], reach);
    for (int r = 0; r < near.count; ++r) {
      for (int64_t c = near.range[r].begin; c < near.range[r].end; ++c) {
        visit(c);
      }
    }
  }

  // Draws for candidates [begin, end) of the list of targets.
  template <int kDimensions>
  void Look(size_t begin, size_t end) {
    while (begin < end) {
      if (words_.empty()) words_ = reader_.NextChunk();
      const size_t count = std::min(words_.size(), end - begin);
      LookAt<kDimensions>(begin, count);
      begin += count;
      words_ = words_.subspan(count);
    }
  }

  // Draws for `count` candidates from `begin` on, one word for each. The first
  // loop, without branches, lists the few candidates that the bounds don't
  // refuse.
  template <int kDimensions>
  void LookAt(size_t begin, size_t count) {
    const uint32_t* words = words_.data();
    const uint32_t* bound = rule_.bound_.data();
    const double scale = rule_.bins_per_squared_mm_;
    const Point from = from_;
    const Periods periods = rule_.periods_;
    std::array<const double*, kDimensions> at;
    for (int k = 0; k < kDimensions; ++k) at[k] = &rule_.at_[k][begin];
    std::array<uint32_t, RandomWordReader::kMaxChunk> left;
    size_t left_count = 0;
    for (size_t i = 0; i < count; ++i) {
      double squared = 0;
      for (int k = 0; k < kDimensions; ++k) {
        const double apart = periods.Apart(k, at[k][i] - from[k]);
        squared += apart * apart;
      }
      const auto bin =
          static_cast<int>(std::min(squared * scale, double{kBins}));
      left[left_count] = static_cast<uint32_t>(i);
      left_count += words[i] <= bound[bin];
    }
    for (size_t n = 0; n < left_count; ++n) {
      const uint32_t i = left[n];
      Point towards = {};
      for (int k = 0; k < kDimensions; ++k) {
        towards[k] = periods.Towards(k, at[k][i] - from[k]);
      }
      const uint32_t target = rule_.target_[begin + i];
      if (rule_.Connects(words[i], towards, source_, target)) {
        targets_->push_back(target);
      }
    }
  }

  // The first member, because it is aligned to a cache line.
  RandomWordReader reader_;
  const DistanceRule& rule_;
  int64_t source_;
  std::vector<uint32_t>* targets_;
  std::span<const uint32_t> words_;
  Point from_;
};

void DistanceRule::Find(int64_t source, std::vector<uint32_t>* targets) const {
  targets->clear();
  Search(*this, source, targets).Run();
  std::sort(targets->begin(), targets->end());
}

}  // namespace spiked
