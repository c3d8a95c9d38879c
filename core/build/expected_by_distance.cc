// SPDX-License-Identifier: Apache-2.0

#include "core/build/expected_by_distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <variant>

#include "core/build/distance_profile.h"
#include "core/build/positions.h"

namespace spiked {
namespace {

// Pairs that are sampled for a projection: a millisecond at most, since there
// may be 100,000 projections.
constexpr double kPairs = 32768;
constexpr int64_t kMinSources = 32;
constexpr int64_t kMinSourcesOfList = 64;  // listed rows differ more
constexpr int64_t kMaxSources = 256;
constexpr int64_t kMaxTargets = 2048;  // per source

// Number k of a sequence that covers [0, 1) evenly. The sequences of several
// axes cover the square and the cube evenly (Roberts 2018, the R sequences).
double Even(int axis, int64_t k) {
  constexpr std::array<double, 4> kSteps = {
      0.8191725133961645, 0.6710436067037893, 0.5497004779019703,
      0.6180339887498949};
  const double x = 0.5 + static_cast<double>(k) * kSteps[axis];
  return x - std::floor(x);
}

// Sampled places along an axis of the targets.
struct Places {
  double first = 0;  // coordinate, or index on the grid
  double step = 1;
  int64_t count = 1;
  double weight = 1;  // targets that each place stands for
};

class Sampler {
 public:
  Sampler(const ProjectionSpec& projection, const PopulationSpec& source,
          const PopulationSpec& target)
      : projection_(projection),
        source_(source),
        target_(target),
        sources_(source, 0),
        targets_(target, 0),
        extent_(targets_.extent()),
        periods_(extent_),
        profile_(std::get<DistanceDependent>(projection.rule), extent_),
        same_population_(projection.source == projection.target),
        skip_autapses_(same_population_ && !projection.allow_autapses),
        source_column_(source.size / source.column_count),
        target_column_(target.size / target.column_count) {}

  double Expected() {
    Row(Sample(0), 0);
    const double pairs = static_cast<double>(std::max<int64_t>(looked_at_, 1));
    const auto enough = static_cast<int64_t>(kPairs / pairs);
    const int64_t least =
        std::holds_alternative<ListedPositions>(target_.positions->layout)
            ? kMinSourcesOfList
            : kMinSources;
    const int64_t samples =
        std::min(std::clamp(enough, least, kMaxSources), source_.size);
    variance_ = 0;
    double sum = 0;
    for (int64_t k = 0; k < samples; ++k) {
      sum += Row(
          samples == source_.size ? Source{k, sources_.At(k)} : Sample(k), k);
    }
    const double scale =
        static_cast<double>(source_.size) / static_cast<double>(samples);
    const double most = static_cast<double>(source_.size) *
                        static_cast<double>(target_.size) *
                        profile_.AtDistance(0);
    return std::min(scale * (sum + 2 * std::sqrt(variance_)), most);
  }

 private:
  static int64_t Below(int64_t n, double u) {
    return std::min(static_cast<int64_t>(u * static_cast<double>(n)), n - 1);
  }

  struct Source {
    int64_t neuron;
    Point at;
  };

  // Source k of the sample: a neuron of a grid or list, otherwise a place
  // anywhere in the extent.
  Source Sample(int64_t k) const {
    int64_t neuron = 0;
    if (const auto* grid =
            std::get_if<GridPositions>(&source_.positions->layout)) {
      for (size_t axis = grid->shape.size(); axis-- > 0;) {
        neuron = neuron * grid->shape[axis] +
                 Below(grid->shape[axis], Even(static_cast<int>(axis), k));
      }
      return {neuron, sources_.At(neuron)};
    }
    neuron = Below(source_.size, Even(3, k));
    if (std::holds_alternative<ListedPositions>(source_.positions->layout)) {
      return {neuron, sources_.At(neuron)};
    }
    const Extent& extent = sources_.extent();
    Point p = {};
    for (int axis = 0; axis < extent.dimensions; ++axis) {
      p[axis] = extent.low[axis] + extent.size[axis] * Even(axis, k);
    }
    return {neuron, p};
  }

  // The expected number of targets of source k.
  double Row(const Source& source, int64_t k) {
    looked_at_ = 0;
    if (std::holds_alternative<ListedPositions>(target_.positions->layout)) {
      return ListedRow(source.at, source.neuron);
    }
    const auto* grid = std::get_if<GridPositions>(&target_.positions->layout);
    return grid != nullptr ? GridRow(*grid, source.at, source.neuron)
                           : UniformRow(source.at, k);
  }

  // Whether the column and autapse restrictions allow a pair.
  bool Allows(int64_t source, int64_t target) const {
    ++looked_at_;
    if (skip_autapses_ && source == target) return false;
    if (projection_.columns == ColumnRestriction::kAny) return true;
    const bool same = source / source_column_ == target / target_column_;
    return same == (projection_.columns == ColumnRestriction::kSame);
  }

  // The probability of a synapse between two places.
  double At(const Point& from, const Point& to) const {
    Point towards = {};
    for (int k = 0; k < extent_.dimensions; ++k) {
      towards[k] = periods_.Towards(k, to[k] - from[k]);
    }
    return profile_.At(towards);
  }

  // The sum of the probabilities over listed targets, or over a sample of them.
  double ListedRow(const Point& from, int64_t source) {
    const int64_t samples = std::min(target_.size, kMaxTargets);
    const double weight =
        static_cast<double>(target_.size) / static_cast<double>(samples);
    double sum = 0;
    for (int64_t k = 0; k < samples; ++k) {
      const int64_t target =
          samples == target_.size ? k : Below(target_.size, Even(3, k));
      if (!Allows(source, target)) continue;
      const double p = weight * At(from, targets_.At(target));
      sum += p;
      if (weight > 1) variance_ += p * p;
    }
    return sum;
  }

  // The part of the extent that is within reach along an axis, in mm.
  struct Span {
    double low;
    double high;
  };
  Span Near(int axis, double coordinate) const {
    const double reach =
        std::min(profile_.reach(axis), profile_.typical_reach());
    if (extent_.periodic) {
      const double half = std::min(reach, 0.5 * extent_.size[axis]);
      return {coordinate - half, coordinate + half};
    }
    return {std::max(extent_.low[axis], coordinate - reach),
            std::min(extent_.high(axis), coordinate + reach)};
  }

  // The largest number of places along an axis.
  double MostAlong() const {
    return std::floor(std::pow(double{kMaxTargets}, 1.0 / extent_.dimensions));
  }

  template <class Visit>
  void ForEachPlace(const std::array<Places, 3>& places, Visit visit) const {
    const double weight =
        places[0].weight * places[1].weight * places[2].weight;
    std::array<double, 3> at = {};
    const auto set = [&](int axis, int64_t k) {
      at[axis] =
          places[axis].first + static_cast<double>(k) * places[axis].step;
    };
    for (int64_t z = 0; z < places[2].count; ++z) {
      set(2, z);
      for (int64_t y = 0; y < places[1].count; ++y) {
        set(1, y);
        for (int64_t x = 0; x < places[0].count; ++x) {
          set(0, x);
          visit(at, weight);
        }
      }
    }
  }

  // The sum of the probabilities over the points of a grid within reach, or
  // over every n-th of them along each axis.
  double GridRow(const GridPositions& grid, const Point& from, int64_t source) {
    std::array<Places, 3> places;
    std::array<int64_t, 3> shape = {1, 1, 1};
    const Point first = targets_.At(0);
    for (int k = 0; k < extent_.dimensions; ++k) {
      shape[k] = grid.shape[k];
      const double spacing = extent_.size[k] / static_cast<double>(shape[k]);
      const Span near = Near(k, from[k]);
      double low = std::ceil((near.low - first[k]) / spacing - 1e-6);
      double high = std::floor((near.high - first[k]) / spacing + 1e-6);
      const auto last = static_cast<double>(shape[k] - 1);
      if (!extent_.periodic) {
        low = std::max(low, 0.0);
        high = std::min(high, last);
      }
      const double count = std::min(high - low + 1, last + 1);
      if (count < 1) return 0;
      const double step = std::ceil(count / MostAlong());
      const double looked_at = std::ceil(count / step);
      // The sampled points are centred among all points within reach.
      places[k].first =
          low + std::floor(0.5 * (count - 1 - step * (looked_at - 1)));
      places[k].step = step;
      places[k].count = static_cast<int64_t>(looked_at);
      places[k].weight = count / looked_at;
    }
    double sum = 0;
    // A place is a point of the grid, which may lie across a periodic border.
    ForEachPlace(places, [&](const std::array<double, 3>& at, double weight) {
      int64_t target = 0;
      for (int k = 2; k >= 0; --k) {
        const auto n = static_cast<double>(shape[k]);
        target = target * shape[k] +
                 static_cast<int64_t>(at[k] - n * std::floor(at[k] / n));
      }
      if (!Allows(source, target)) return;
      sum += weight * At(from, targets_.At(target));
    });
    return sum;
  }

  // The integral of the probability over the extent within reach, sampled at
  // the points of a grid that is shifted from source to source.
  double UniformRow(const Point& from, int64_t k) {
    std::array<Places, 3> places;
    for (int axis = 0; axis < extent_.dimensions; ++axis) {
      const Span near = Near(axis, from[axis]);
      if (!(near.high > near.low)) return 0;
      Places& p = places[axis];
      p.count = static_cast<int64_t>(MostAlong());
      p.step = (near.high - near.low) / static_cast<double>(p.count);
      p.first = near.low + Even((axis + 1) % 3, 5 * k + 2) * p.step;
      p.weight = p.step / extent_.size[axis];
    }
    double sum = 0;
    ForEachPlace(places, [&](const Point& at, double weight) {
      ++looked_at_;
      sum += weight * At(from, at);
    });
    sum *= UniformTargets();
    // An autapse has distance 0.
    const bool autapse = same_population_ && !skip_autapses_ &&
                         projection_.columns != ColumnRestriction::kOther;
    return autapse ? sum + profile_.At({}) : sum;
  }

  // The number of other neurons that are allowed as targets. Columns aren't
  // regions in space, as positions don't depend on indices.
  double UniformTargets() const {
    const auto size = static_cast<double>(target_.size);
    const auto column = static_cast<double>(target_column_);
    const double self = same_population_ ? 1 : 0;
    switch (projection_.columns) {
      case ColumnRestriction::kAny:
        return size - self;
      case ColumnRestriction::kSame:
        return column - self;
      case ColumnRestriction::kOther:
        return size - column;
    }
    return size;
  }

  const ProjectionSpec& projection_;
  const PopulationSpec& source_;
  const PopulationSpec& target_;
  Positions sources_;
  Positions targets_;
  const Extent& extent_;
  Periods periods_;
  DistanceProfile profile_;
  bool same_population_;
  bool skip_autapses_;
  int64_t source_column_;
  int64_t target_column_;
  mutable int64_t looked_at_ = 0;  // pairs in the last row
  double variance_ = 0;
};

}  // namespace

double ExpectedByDistance(const ProjectionSpec& projection,
                          const PopulationSpec& source,
                          const PopulationSpec& target) {
  return Sampler(projection, source, target).Expected();
}

}  // namespace spiked
