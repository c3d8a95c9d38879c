// SPDX-License-Identifier: Apache-2.0

#include "core/spec/value.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace spiked {
namespace {

ValueRange Range(std::monostate) { return {0, 0}; }
ValueRange Range(double constant) { return {constant, constant}; }
ValueRange Range(const Uniform& u) { return {u.low, u.high}; }
ValueRange Range(const DiscreteUniform& u) { return {u.low, u.high}; }
ValueRange Range(const Normal& n) {
  if (n.std > 0) return {n.min, n.max};
  const double constant = std::clamp(n.mean, n.min, n.max);
  return {constant, constant};
}
ValueRange Range(const Lognormal& n) {
  if (n.log_std > 0) return {std::max(0.0, n.min), n.max};
  const double constant = std::clamp(std::exp(n.log_mean), n.min, n.max);
  return {constant, constant};
}
ValueRange Range(const std::vector<double>& list) {
  if (list.empty()) return {0, 0};
  const auto [min, max] = std::minmax_element(list.begin(), list.end());
  return {*min, *max};
}
ValueRange Range(const Mixture& mixture) {
  ValueRange range{kInfinity, -kInfinity};
  for (const auto& component : mixture.components) {
    const ValueRange r =
        std::visit([](const auto& v) { return Range(v); }, component.value);
    range = {std::min(range.min, r.min), std::max(range.max, r.max)};
  }
  return range;
}

double ShapeAt(std::monostate, double) { return 0; }
double ShapeAt(const LinearOfDistance& f, double d) {
  return f.slope_per_mm == 0 ? 0 : f.slope_per_mm * d;  // d may be infinite
}
double ShapeAt(const GaussianOfDistance& f, double d) {
  const double z = d / f.std_mm;
  return f.amplitude * std::exp(-0.5 * z * z);
}
double ShapeAt(const ExponentialOfDistance& f, double d) {
  return f.amplitude * std::exp(-d / f.decay_mm);
}
// All shapes are monotonic.
ValueRange Range(const ByDistance& value, const DistanceRange& distances) {
  const auto [min, max] = std::minmax(
      {NumberAt(value, distances.min), NumberAt(value, distances.max)});
  return {min, max};
}
ValueRange Range(const ByDistance& value) {
  return Range(value, {0, kInfinity});
}

// Reach of DrawnRangeOf, in standard deviations.
constexpr double kDrawnDeviations = 9;

template <class Simple>
ValueRange DrawnRange(const Simple& value) {
  return Range(value);
}
ValueRange DrawnRange(const Normal& n) {
  const double reach = kDrawnDeviations * n.std;
  return {std::clamp(n.mean - reach, n.min, n.max),
          std::clamp(n.mean + reach, n.min, n.max)};
}
ValueRange DrawnRange(const Lognormal& n) {
  const double reach = kDrawnDeviations * n.log_std;
  return {std::clamp(std::exp(n.log_mean - reach), n.min, n.max),
          std::clamp(std::exp(n.log_mean + reach), n.min, n.max)};
}
ValueRange DrawnRange(const Mixture& mixture) {
  ValueRange range{kInfinity, -kInfinity};
  for (const auto& component : mixture.components) {
    if (component.probability <= 0) continue;
    const ValueRange r = std::visit([](const auto& v) { return DrawnRange(v); },
                                    component.value);
    range = {std::min(range.min, r.min), std::max(range.max, r.max)};
  }
  return range;
}

double Draw(std::monostate, ElementRandom&) { return 0; }
double Draw(double constant, ElementRandom&) { return constant; }
double Draw(const Uniform& u, ElementRandom& random) {
  // Rounding can reach `high`, which is excluded.
  return std::min(u.low + (u.high - u.low) * random.Uniform01(),
                  std::nextafter(u.high, u.low));
}
double Draw(const DiscreteUniform& u, ElementRandom& random) {
  const double count = std::floor((u.high - u.low) / u.spacing + 1.5);
  return u.low + u.spacing * std::floor(random.Uniform01() * count);
}

// Draws a number within the bounds of a distribution. Redrawing ends, because
// Validate requires a probability of at least 0.001 inside them.
template <class Distribution, class DrawOne>
double DrawWithin(const Distribution& bounds, DrawOne draw) {
  for (;;) {
    const double x = draw();
    if (x >= bounds.min && x <= bounds.max) return x;
    if (bounds.out_of_bounds == OutOfBounds::kClip) {
      return std::clamp(x, bounds.min, bounds.max);
    }
  }
}
double Draw(const Normal& n, ElementRandom& random) {
  if (n.std == 0) return std::clamp(n.mean, n.min, n.max);
  return DrawWithin(n,
                    [&] { return n.mean + n.std * random.StandardNormal(); });
}
double Draw(const Lognormal& n, ElementRandom& random) {
  if (n.log_std == 0) return std::clamp(std::exp(n.log_mean), n.min, n.max);
  return DrawWithin(n, [&] {
    return std::exp(n.log_mean + n.log_std * random.StandardNormal());
  });
}
double Draw(const ByDistance& value, ElementRandom&) {  // see NumberAt instead
  return value.offset;
}
double Draw(const Mixture& mixture, ElementRandom& random) {
  double u = random.Uniform01();
  // The last component with a probability above 0 takes what rounding leaves.
  const Mixture::Component* chosen = &mixture.components.front();
  for (const auto& component : mixture.components) {
    if (component.probability <= 0) continue;
    chosen = &component;
    if (u < component.probability) break;
    u -= component.probability;
  }
  return std::visit([&](const auto& v) { return Draw(v, random); },
                    chosen->value);
}

}  // namespace

ValueRange RangeOf(const Value& value) {
  return std::visit([](const auto& v) { return Range(v); }, value);
}

ValueRange RangeOf(const Value& value, const DistanceRange& distances) {
  if (const auto* by_distance = std::get_if<ByDistance>(&value)) {
    return Range(*by_distance, distances);
  }
  return RangeOf(value);
}

double NumberAt(const ByDistance& value, double distance_mm) {
  const double shape = std::visit(
      [&](const auto& f) { return ShapeAt(f, distance_mm); }, value.shape);
  return std::clamp(value.offset + shape, value.min, value.max);
}

ValueRange DrawnRangeOf(const Value& value) {
  return std::visit([](const auto& v) { return DrawnRange(v); }, value);
}

double LargestMagnitude(const Value& value) {
  const ValueRange range = DrawnRangeOf(value);
  return std::max(std::abs(range.min), std::abs(range.max));
}

bool IsConstant(const Value& value) {
  return std::holds_alternative<double>(value);
}

double NumberOf(const Value& value, RandomStream stream, uint64_t index) {
  return std::visit(
      [&](const auto& v) -> double {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>,
                                     std::vector<double>>) {
          return v[index];
        } else {
          ElementRandom random(stream, index);
          return Draw(v, random);
        }
      },
      value);
}

std::vector<double> NumbersOf(const Value& value, RandomStream stream,
                              uint64_t count) {
  std::vector<double> numbers(IsConstant(value) ? 1 : count);
  for (uint64_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = NumberOf(value, stream, i);
  }
  return numbers;
}

}  // namespace spiked
