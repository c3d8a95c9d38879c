// SPDX-License-Identifier: Apache-2.0

#include "core/build/draw_table.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>
#include <vector>

#include "core/spec/value.h"

namespace spiked {
namespace {

double NormalCdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// Adds up the distributions of one or more values over a range of indices.
class Cumulative {
 public:
  Cumulative(double unit, int64_t min_index, int64_t max_index)
      : unit_(unit),
        min_(static_cast<double>(min_index)),
        below_(max_index - min_index + 1),
        at_(max_index - min_index + 1) {}

  // The cumulative distribution: [i] is the probability of an index of at most
  // min_index + i.
  std::vector<double> Take() {
    double sum = 0;
    for (size_t i = 0; i < at_.size(); ++i) {
      sum += at_[i];
      below_[i] += sum;
    }
    return std::move(below_);
  }

  void Add(double weight, std::monostate) { AddPoint(weight, 0); }
  void Add(double weight, double constant) { AddPoint(weight, constant); }

  void Add(double weight, const Uniform& u) {
    AddContinuous(weight, u.low, u.high,
                  [&](double x) { return (x - u.low) / (u.high - u.low); });
  }

  void Add(double weight, const DiscreteUniform& u) {
    const double count = std::floor((u.high - u.low) / u.spacing + 1.5);
    // Numbers of the grid that are rounded to indices below i. A binary search
    // finds the first number that is rounded above i.
    double before = 0;
    for (size_t i = PlaceOf(u.low); before < count; ++i) {
      double low = before, high = count;
      while (i + 1 < at_.size() && low < high) {
        const double middle = std::floor((low + high) / 2);
        if (PlaceOf(u.low + u.spacing * middle) <= i) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      at_[i] += weight * (high - before) / count;
      before = high;
    }
  }

  void Add(double weight, const Normal& n) {
    if (n.std == 0) {
      AddPoint(weight, std::clamp(n.mean, n.min, n.max));
    } else {
      AddBounded(weight, n,
                 [&](double x) { return NormalCdf((x - n.mean) / n.std); });
    }
  }

  void Add(double weight, const Lognormal& n) {
    if (n.log_std == 0) {
      AddPoint(weight, std::clamp(std::exp(n.log_mean), n.min, n.max));
    } else {
      AddBounded(weight, n, [&](double x) {
        return x <= 0 ? 0 : NormalCdf((std::log(x) - n.log_mean) / n.log_std);
      });
    }
  }

  void Add(double weight, const Mixture& mixture) {
    // The last component takes what rounding leaves, as in NumberOf.
    double left = 1;
    const Mixture::Component* last = nullptr;
    for (const auto& component : mixture.components) {
      if (component.probability > 0) last = &component;
    }
    for (const auto& component : mixture.components) {
      if (component.probability <= 0) continue;
      const double p = &component == last ? left : component.probability;
      std::visit([&](const auto& v) { Add(weight * p, v); }, component.value);
      left -= p;
    }
  }

  void Add(double, const std::vector<double>&) {}  // excluded
  void Add(double, const ByDistance&) {}           // excluded

 private:
  // The place in below_ and at_ of the index to which a number is rounded.
  size_t PlaceOf(double x) const {
    const double place = std::round(x / unit_) - min_;
    return static_cast<size_t>(
        std::clamp(place, 0.0, static_cast<double>(at_.size() - 1)));
  }

  void AddPoint(double weight, double x) { at_[PlaceOf(x)] += weight; }

  // `cdf` is the distribution before redrawing or clipping.
  template <class Distribution, class Cdf>
  void AddBounded(double weight, const Distribution& bounds, Cdf cdf) {
    const double below = cdf(bounds.min), within = cdf(bounds.max) - below;
    const ValueRange range = DrawnRangeOf(bounds);
    double weight_within = weight;
    if (bounds.out_of_bounds == OutOfBounds::kClip) {
      weight_within = weight * within;
      AddPoint(weight * below, bounds.min);
      AddPoint(weight - weight_within - weight * below, bounds.max);
    }
    if (within <= 0) return;  // all clipped
    AddContinuous(weight_within, range.min, range.max,
                  [&](double x) { return (cdf(x) - below) / within; });
  }

  // `cdf` is the distribution of numbers between low and high.
  template <class Cdf>
  void AddContinuous(double weight, double low, double high, Cdf cdf) {
    const size_t last = PlaceOf(high);
    for (size_t i = PlaceOf(low); i < last; ++i) {
      const double x = (min_ + static_cast<double>(i) + 0.5) * unit_;
      below_[i] += weight * std::clamp(cdf(x), 0.0, 1.0);
    }
    for (size_t i = last; i < below_.size(); ++i) below_[i] += weight;
  }

  double unit_;
  double min_;
  std::vector<double> below_;  // P(index <= i), continuous parts
  std::vector<double> at_;     // P(index == i), single numbers
};

}  // namespace

DrawTable DrawTable::Of(const Value& value, double unit, int64_t min_index,
                        int64_t max_index) {
  const auto clamped = [&](double x) {
    return static_cast<int64_t>(std::clamp(std::round(x / unit),
                                           static_cast<double>(min_index),
                                           static_cast<double>(max_index)));
  };
  const ValueRange range = DrawnRangeOf(value);
  const int64_t first = clamped(range.min);
  Cumulative cumulative(unit, first, clamped(range.max));
  std::visit([&](const auto& v) { cumulative.Add(1, v); }, value);
  return DrawTable(static_cast<int32_t>(first), InverseCdf(cumulative.Take()));
}

}  // namespace spiked
