// SPDX-License-Identifier: Apache-2.0

#include "core/build/distance_profile.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <variant>

#include "core/spec/value.h"

namespace spiked {
namespace {

// Relative slack of borders, so that neurons on them are included despite
// rounding.
constexpr double kTolerance = 1e-9;

// The exponent at which kernels end, where they have fallen to 2^-32.
constexpr double kMaxExponent = 32 * std::numbers::ln2;

}  // namespace

DistanceProfile::DistanceProfile(const DistanceDependent& rule,
                                 const Extent& targets)
    : probability_(rule.probability) {
  const DistanceMask& mask = rule.mask;
  reach_ = mask.radius_mm;
  double typical = kInfinity;
  if (const auto* box = std::get_if<BoxKernel>(&rule.kernel)) {
    reach_ = std::min(reach_, box->radius_mm);
  } else if (const auto* gaussian = std::get_if<GaussianKernel>(&rule.kernel)) {
    square_ = 0.5 / (gaussian->std_mm * gaussian->std_mm);
    reach_ = std::min(reach_, gaussian->std_mm * std::sqrt(2 * kMaxExponent));
    typical = 4.5 * gaussian->std_mm;
  } else if (const auto* e = std::get_if<ExponentialKernel>(&rule.kernel)) {
    linear_ = 1 / e->decay_mm;
    reach_ = std::min(reach_, e->decay_mm * kMaxExponent);
    typical = 10 * e->decay_mm;
  }
  reach_ *= 1 + kTolerance;
  // A hole in the middle may leave only synapses beyond the typical reach.
  typical_reach_ = mask.inner_radius_mm > 0 || !mask.lower_mm.empty()
                       ? reach_
                       : std::min(reach_, typical);
  const double least = mask.inner_radius_mm * (1 - kTolerance);
  least_squared_ = least * least;
  largest_squared_ = reach_ * reach_;
  for (int k = 0; k < 3; ++k) {
    lower_[k] = -kInfinity;
    upper_[k] = kInfinity;
    axis_reach_[k] = reach_;
    if (k >= static_cast<int>(mask.lower_mm.size())) continue;
    const double lower = mask.lower_mm[k];
    const double upper = mask.upper_mm[k];
    const double slack =
        kTolerance * std::max({std::abs(lower), std::abs(upper),
                               targets.dimensions > k ? targets.size[k] : 0});
    lower_[k] = lower - slack;
    upper_[k] = upper + slack;
    axis_reach_[k] =
        std::min(reach_, std::max(std::abs(lower_[k]), std::abs(upper_[k])));
  }
}

double DistanceProfile::AtDistance(double distance_mm) const {
  return probability_ *
         std::exp(-(linear_ + square_ * distance_mm) * distance_mm);
}

double DistanceProfile::At(const Point& towards) const {
  const double squared = towards[0] * towards[0] + towards[1] * towards[1] +
                         towards[2] * towards[2];
  if (squared < least_squared_ || squared > largest_squared_) return 0;
  for (int k = 0; k < 3; ++k) {
    if (towards[k] < lower_[k] || towards[k] > upper_[k]) return 0;
  }
  return AtDistance(std::sqrt(squared));
}

ValueRange RangeOf(const Value& value, const ProjectionSpec& projection,
                   const PopulationSpec& source, const PopulationSpec& target) {
  if (!std::holds_alternative<ByDistance>(value)) return RangeOf(value);
  const Extent targets = ExtentOf(*target.positions);
  DistanceRange distances =
      DistancesBetween(ExtentOf(*source.positions), targets);
  if (const auto* rule = std::get_if<DistanceDependent>(&projection.rule)) {
    const DistanceProfile profile(*rule, targets);
    distances.min =
        std::max(distances.min, rule->mask.inner_radius_mm * (1 - kTolerance));
    distances.max =
        std::max(distances.min, std::min(distances.max, profile.reach()));
  }
  return RangeOf(value, distances);
}

}  // namespace spiked
