// SPDX-License-Identifier: Apache-2.0

#include "core/build/planned_delays.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>
#include <vector>

#include "core/build/distance_profile.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

// The range in which drawn numbers will almost certainly lie.
template <class OneOfTheOthers>
ValueRange ProbableRange(const OneOfTheOthers& value) {
  return RangeOf(value);
}
ValueRange ProbableRange(const Normal& n) {
  return {std::clamp(n.mean - 6 * n.std, n.min, n.max),
          std::clamp(n.mean + 6 * n.std, n.min, n.max)};
}
ValueRange ProbableRange(const Lognormal& n) {
  return {std::clamp(std::exp(n.log_mean - 6 * n.log_std), n.min, n.max),
          std::clamp(std::exp(n.log_mean + 6 * n.log_std), n.min, n.max)};
}
ValueRange ProbableRange(const Mixture& mixture) {
  ValueRange range{std::numeric_limits<double>::infinity(),
                   -std::numeric_limits<double>::infinity()};
  for (const auto& component : mixture.components) {
    if (component.probability == 0) continue;
    const ValueRange own = std::visit(
        [](const auto& v) { return ProbableRange(v); }, component.value);
    range.min = std::min(range.min, own.min);
    range.max = std::max(range.max, own.max);
  }
  return range;
}

}  // namespace

void PlannedDelays::Add(const ProjectionSpec& p, const PopulationSpec& source,
                        const PopulationSpec& target, double dt_ms) {
  if (IsConstant(p.delay_ms)) {
    listed_.insert(DelayStepsOf(std::get<double>(p.delay_ms), dt_ms));
    return;
  }
  if (const auto* list = std::get_if<std::vector<double>>(&p.delay_ms)) {
    // Neighbours in a list often have the same delay.
    int64_t last = 0;
    for (double ms : *list) {
      const int64_t steps = DelayStepsOf(ms, dt_ms);
      if (steps == last) continue;
      listed_.insert(steps);
      last = steps;
    }
    return;
  }
  const ValueRange range =
      std::holds_alternative<ByDistance>(p.delay_ms)
          ? RangeOf(p.delay_ms, p, source, target)
          : std::visit([](const auto& v) { return ProbableRange(v); },
                       p.delay_ms);
  const int64_t first = DelayStepsOf(range.min, dt_ms);
  const int64_t last = DelayStepsOf(range.max, dt_ms);
  double grid = 1;
  if (const auto* d = std::get_if<DiscreteUniform>(&p.delay_ms)) {
    grid = std::max(1.0, d->spacing / dt_ms);
  }
  first_drawn_ = std::min(first_drawn_, first);
  last_drawn_ = std::max(last_drawn_, last);
  drawn_ = std::max(drawn_,
                    std::floor(static_cast<double>(last - first) / grid) + 1);
}

void PlannedDelays::Merge(const PlannedDelays& other) {
  listed_.insert(other.listed_.begin(), other.listed_.end());
  first_drawn_ = std::min(first_drawn_, other.first_drawn_);
  last_drawn_ = std::max(last_drawn_, other.last_drawn_);
  drawn_ = std::max(drawn_, other.drawn_);
}

double PlannedDelays::count() const {
  return Listed() + static_cast<double>(
                        std::max<int64_t>(last_drawn_ - first_drawn_ + 1, 0));
}

double PlannedDelays::used() const { return Listed() + drawn_; }

int64_t PlannedDelays::longest() const {
  int64_t longest = last_drawn_;
  for (int64_t steps : listed_) longest = std::max(longest, steps);
  return longest;
}

double PlannedDelays::Listed() const {
  return static_cast<double>(
      std::count_if(listed_.begin(), listed_.end(), [&](int64_t steps) {
        return steps < first_drawn_ || steps > last_drawn_;
      }));
}

}  // namespace spiked
