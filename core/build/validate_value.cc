// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/validate.h"
#include "core/build/validate_positions.h"
#include "core/spec/delays.h"
#include "core/spec/names.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

// The probability that a normal number lies in [min, max].
double ProbabilityInside(double mean, double std, double min, double max) {
  const auto cdf = [&](double x) {
    return 0.5 * std::erfc((mean - x) / (std * std::sqrt(2.0)));
  };
  return cdf(max) - cdf(min);
}

// More standard deviations than any draw is from the mean.
constexpr double kMaxDeviation = 10;

// Checks the kinds of values; each returns false after adding violations.
class ValueChecker {
 public:
  ValueChecker(std::string path, double largest, Violations* violations)
      : path_(std::move(path)), largest_(largest), violations_(violations) {}

  bool operator()(std::monostate) { return false; }

  bool operator()(double constant) { return Finite("", constant); }

  bool operator()(const std::vector<double>& list) {
    for (size_t i = 0; i < list.size(); ++i) {
      if (!Finite(absl::StrCat(".list.values[", i, "]"), list[i])) return false;
    }
    return true;
  }

  bool operator()(const Uniform& u) {
    if (!Finite(".uniform.low", u.low) || !Finite(".uniform.high", u.high)) {
      return false;
    }
    if (u.high <= u.low) {
      return Fail(
          ".uniform.high",
          absl::StrCat(u.high, " is not greater than low (", u.low, ")"));
    }
    if (std::isfinite(u.high - u.low)) return true;
    return Fail(".uniform.high",
                absl::StrCat(u.high, " is too far from low (", u.low, ")"));
  }

  bool operator()(const DiscreteUniform& u) {
    const std::string at = ".discrete_uniform";
    if (!Finite(at + ".low", u.low) || !Finite(at + ".high", u.high) ||
        !Finite(at + ".spacing", u.spacing)) {
      return false;
    }
    if (u.spacing <= 0) {
      return Fail(at + ".spacing",
                  absl::StrCat(u.spacing, " is not greater than 0"));
    }
    if (u.high < u.low) {
      return Fail(at + ".high",
                  absl::StrCat(u.high, " is less than low (", u.low, ")"));
    }
    const double intervals = (u.high - u.low) / u.spacing;
    if (std::abs(intervals - std::round(intervals)) > 1e-6 || intervals > 1e9) {
      return Fail(at + ".high",
                  absl::StrCat(u.high, " is not low (", u.low,
                               ") plus a whole multiple of spacing (",
                               u.spacing, "), or there are over 1e9 of them"));
    }
    return true;
  }

  bool operator()(const Normal& n) {
    const std::string at = ".normal";
    if (!Finite(at + ".mean", n.mean) || !Finite(at + ".std", n.std)) {
      return false;
    }
    if (n.std < 0) {
      return Fail(at + ".std", absl::StrCat(n.std, " is less than 0"));
    }
    const double tail = kMaxDeviation * n.std;
    if (!std::isfinite(std::abs(n.mean) + tail)) {
      return Fail(at + ".std", absl::StrCat(n.std, " is too large"));
    }
    if (!CheckBounds(at, n.min, n.max)) return false;
    if (n.std == 0) return CheckInside(at, n.mean, n.min, n.max);
    return CheckReach(at, n.mean - tail, n.mean + tail, n) &&
           CheckProbability(at, ProbabilityInside(n.mean, n.std, n.min, n.max),
                            n);
  }

  bool operator()(const Lognormal& n) {
    const std::string at = ".lognormal";
    if (!Finite(at + ".log_mean", n.log_mean) ||
        !Finite(at + ".log_std", n.log_std)) {
      return false;
    }
    if (n.log_std < 0) {
      return Fail(at + ".log_std", absl::StrCat(n.log_std, " is less than 0"));
    }
    const double tail = kMaxDeviation * n.log_std;
    if (!std::isfinite(std::exp(n.log_mean + tail))) {
      return Fail(at, absl::StrCat("exp(", n.log_mean, " + ", kMaxDeviation,
                                   " * ", n.log_std, ") is not finite"));
    }
    if (!CheckBounds(at, n.min, n.max)) return false;
    if (n.min < 0) {
      return Fail(at + ".min", absl::StrCat(n.min, " is less than 0"));
    }
    if (n.log_std == 0) {
      return CheckInside(at, std::exp(n.log_mean), n.min, n.max);
    }
    return CheckReach(at, std::exp(n.log_mean - tail),
                      std::exp(n.log_mean + tail), n) &&
           CheckProbability(at,
                            ProbabilityInside(n.log_mean, n.log_std,
                                              std::log(n.min), std::log(n.max)),
                            n);
  }

  bool operator()(const Mixture& mixture) {
    const size_t size = mixture.components.size();
    if (size < 1 || size > 16) {
      return Fail(".mixture.components",
                  absl::StrCat(size, " components; 1 to 16 are allowed"));
    }
    double sum = 0;
    bool valid = true;
    for (size_t i = 0; i < size; ++i) {
      const auto& component = mixture.components[i];
      const std::string at = absl::StrCat(".mixture.components[", i, "]");
      if (!(component.probability >= 0 && component.probability <= 1)) {
        valid = Fail(at + ".probability",
                     absl::StrCat(component.probability, " is not in [0, 1]"));
      }
      sum += component.probability;
      if (std::holds_alternative<std::monostate>(component.value)) {
        valid = Fail(at + ".value",
                     "is required; a constant or a distribution other than a "
                     "mixture is allowed");
        continue;
      }
      ValueChecker checker(path_ + at + ".value", largest_, violations_);
      valid = std::visit(checker, component.value) && valid;
    }
    if (valid && std::abs(sum - 1) > 1e-9) {
      valid = Fail(".mixture.components",
                   absl::StrCat("the probabilities add up to ", sum,
                                "; they must add up to 1"));
    }
    return valid;
  }

  // The range depends on the distances and is checked with RangeOf.
  bool operator()(const ByDistance& value) {
    const std::string at = ".by_distance";
    return Finite(at + ".offset", value.offset) && CheckShape(at, value) &&
           CheckBounds(at, value.min, value.max);
  }

 private:
  bool CheckShape(const std::string& at, const ByDistance& value) {
    if (const auto* linear = std::get_if<LinearOfDistance>(&value.shape)) {
      return Finite(at + ".linear.slope_per_mm", linear->slope_per_mm);
    }
    if (const auto* g = std::get_if<GaussianOfDistance>(&value.shape)) {
      return Finite(at + ".gaussian.amplitude", g->amplitude) &&
             Length(at + ".gaussian.std_mm", g->std_mm);
    }
    if (const auto* e = std::get_if<ExponentialOfDistance>(&value.shape)) {
      return Finite(at + ".exponential.amplitude", e->amplitude) &&
             Length(at + ".exponential.decay_mm", e->decay_mm);
    }
    return Fail(at, "has no shape; give linear, gaussian or exponential");
  }
  bool Length(const std::string& at, double mm) {
    const std::string problem = LengthProblem(mm);
    return problem.empty() || Fail(at, problem);
  }

  bool Fail(const std::string& at, std::string description) {
    violations_->Add(path_ + at, std::move(description));
    return false;
  }
  bool Finite(const std::string& at, double x) {
    const std::string problem = NumberProblem(x, largest_);
    return problem.empty() || Fail(at, problem);
  }

  // Checks the bounds of a distribution by themselves.
  bool CheckBounds(const std::string& at, double min, double max) {
    if (std::isnan(min) || std::isnan(max)) {
      return Fail(at, "min and max must be numbers");
    }
    if (max < min) {
      return Fail(at + ".max",
                  absl::StrCat(max, " is less than min (", min, ")"));
    }
    if (min < kInfinity && max > -kInfinity) return true;
    return Fail(at,
                absl::StrCat("no finite number is in [", min, ", ", max, "]"));
  }

  // Checks a distribution that gives one number only.
  bool CheckInside(const std::string& at, double x, double min, double max) {
    if (x >= min && x <= max) return Finite(at, x);
    return Fail(at, absl::StrCat(x,
                                 ", the only number without a standard "
                                 "deviation, is not in [",
                                 min, ", ", max, "]"));
  }

  // Checks the smallest and largest number of a distribution over [low, high]
  // within the bounds of `d`.
  template <class Distribution>
  bool CheckReach(const std::string& at, double low, double high,
                  const Distribution& d) {
    return Finite(at, std::clamp(low, d.min, d.max)) &&
           Finite(at, std::clamp(high, d.min, d.max));
  }

  // Checks that redrawing ends: the bounds must leave enough probability.
  template <class Distribution>
  bool CheckProbability(const std::string& at, double inside,
                        const Distribution& d) {
    if (d.out_of_bounds == OutOfBounds::kClip || inside >= 0.001) return true;
    return Fail(at, absl::StrCat("[", d.min, ", ", d.max,
                                 "] leaves a probability below 0.001"));
  }

  std::string path_;
  double largest_;
  Violations* violations_;
};

std::string RangeText(const ParameterInfo& info) {
  if (std::isinf(info.max)) {
    return absl::StrCat(info.min_exclusive ? "greater than " : "at least ",
                        info.min);
  }
  return absl::StrCat("in ", info.min_exclusive ? "(" : "[", info.min, ", ",
                      info.max, "]");
}

void CheckRange(const ParameterInfo& info, const Value& value,
                const std::string& path, Violations* violations) {
  const ValueRange range = RangeOf(value);
  const bool below =
      info.min_exclusive ? range.min <= info.min : range.min < info.min;
  const bool above = range.max > info.max;
  if (!below && !above) return;
  const double worst = below ? range.min : range.max;
  violations->Add(path, absl::StrCat(worst, " is not allowed for ", info.name,
                                     "; it must be ", RangeText(info)));
}

void CheckSteps(const ParameterInfo& info, const Value& value, double dt_ms,
                const std::string& path, Violations* violations) {
  if (!info.is_counted || dt_ms <= 0) return;
  const double longest_ms = DrawnRangeOf(value).max;
  if (StepsCovering(longest_ms, dt_ms) <= kMaxCountedSteps) return;
  violations->Add(
      path, absl::StrCat(longest_ms, " is too long for ", info.name,
                         "; it must be at most ", kMaxCountedSteps * dt_ms,
                         " (", kMaxCountedSteps, " steps of ", dt_ms, " ms)"));
}

void CheckListLength(const Value& value, int64_t count, const std::string& path,
                     Violations* violations) {
  const auto* list = std::get_if<std::vector<double>>(&value);
  if (list == nullptr || count == kUnknownCount ||
      list->size() == static_cast<size_t>(count)) {
    return;
  }
  violations->Add(
      path, absl::StrCat("the list has ", list->size(),
                         " values; it must have ", count, ", one per neuron"));
}

// The value of a parameter: given in `values`, else by the cell class, else the
// default.
Value EffectiveValue(const ModelInfo& model, const std::string& cell_class,
                     const ValueMap& values, const std::string& name) {
  if (const auto it = values.find(name); it != values.end()) return it->second;
  if (const auto* preset = FindByName(model.cell_classes, cell_class)) {
    const auto it = preset->parameters.find(name);
    if (it != preset->parameters.end()) return it->second;
  }
  return FindByName(model.parameters, name)->default_value;
}

// The given numbers, one for all or one per element; empty if they are drawn.
std::vector<double> GivenNumbers(const Value& value) {
  if (const auto* list = std::get_if<std::vector<double>>(&value)) return *list;
  if (const auto* constant = std::get_if<double>(&value)) return {*constant};
  return {};
}

// The number of element i. A list that is too short, which is possible if the
// size of the population is invalid, is continued with its last number.
double NumberAt(const std::vector<double>& given, size_t i) {
  return given[std::min(i, given.size() - 1)];
}

// Two numbers of one element that break the rule smaller <= larger. FindBreach
// returns one if there may be any: drawn numbers may lie anywhere in their
// range.
struct Breach {
  double smaller;
  double larger;
};
std::optional<Breach> FindBreach(const Value& smaller, const Value& larger) {
  const std::vector<double> a = GivenNumbers(smaller);
  const std::vector<double> b = GivenNumbers(larger);
  if (a.empty() || b.empty()) {
    const Breach worst = {RangeOf(smaller).max, RangeOf(larger).min};
    if (worst.smaller <= worst.larger) return std::nullopt;
    return worst;
  }
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const Breach pair = {NumberAt(a, i), NumberAt(b, i)};
    if (pair.smaller > pair.larger) return pair;
  }
  return std::nullopt;
}

// The largest difference larger - smaller over all elements.
double LargestWidth(const Value& smaller, const Value& larger) {
  const std::vector<double> a = GivenNumbers(smaller);
  const std::vector<double> b = GivenNumbers(larger);
  if (a.empty() || b.empty()) {
    return DrawnRangeOf(larger).max - DrawnRangeOf(smaller).min;
  }
  double width = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    width = std::max(width, NumberAt(b, i) - NumberAt(a, i));
  }
  return width;
}

}  // namespace

double LargestNumber(Precision precision) {
  return precision == Precision::kFloat64
             ? std::numeric_limits<double>::max()
             : static_cast<double>(std::numeric_limits<float>::max());
}

std::string NumberProblem(double x, double largest) {
  if (!std::isfinite(x)) return absl::StrCat(x, " is not a finite number");
  if (std::abs(x) <= largest) return "";
  return absl::StrCat(x, " is beyond ", largest,
                      ", the largest number of FLOAT32");
}

bool ValidateValue(const Value& value, const std::string& path,
                   Violations* violations, double largest) {
  return std::visit(ValueChecker(path, largest, violations), value);
}

std::vector<ValueRange> ParameterRanges(const ModelInfo& model,
                                        const ValueMap& values) {
  std::vector<ValueRange> ranges;
  for (const ParameterInfo& parameter : model.parameters) {
    ranges.push_back(
        RangeOf(EffectiveValue(model, "", values, parameter.name)));
  }
  return ranges;
}

void ValidateParameters(const ModelInfo& model, const std::string& cell_class,
                        const ValueMap& values, int64_t count, double dt_ms,
                        const std::string& path, Violations* violations,
                        double largest) {
  const size_t before = violations->size();
  for (const auto& [name, value] : values) {
    if (violations->full()) return;
    const std::string at = absl::StrCat(path, "[", Quoted(name), "]");
    const ParameterInfo* info = FindByName(model.parameters, name);
    if (info == nullptr) {
      violations->Add(at, UnknownName("parameter of " + model.name, name,
                                      model.parameters));
    } else if (std::holds_alternative<std::monostate>(value)) {
      violations->Add(at,
                      "has no value; give a constant, a list or a "
                      "distribution");
    } else if (count == 0 && !IsConstant(value)) {
      violations->Add(at,
                      "must be a constant, shared by all synapses of the "
                      "projection");
    } else if (info->is_shared && !IsConstant(value)) {
      violations->Add(at,
                      "must be a constant, shared by all neurons of the "
                      "population");
    } else if (std::holds_alternative<ByDistance>(value)) {
      violations->Add(at,
                      "by_distance is allowed for weight and delay_ms of "
                      "projections only");
    } else if (ValidateValue(value, at, violations, largest)) {
      CheckRange(*info, value, at, violations);
      CheckSteps(*info, value, dt_ms, at, violations);
      CheckListLength(value, count, at, violations);
    }
  }
  // Rules between two parameters, if each is valid by itself.
  if (violations->size() > before) return;
  for (const OrderInfo& order : model.order) {
    const Value smaller =
        EffectiveValue(model, cell_class, values, order.smaller);
    const Value larger =
        EffectiveValue(model, cell_class, values, order.larger);
    if (const auto breach = FindBreach(smaller, larger)) {
      violations->Add(path, absl::StrCat(order.smaller, " (", breach->smaller,
                                         ") must be at most ", order.larger,
                                         " (", breach->larger, ")"));
    } else if (order.has_width) {
      const std::string problem =
          NumberProblem(LargestWidth(smaller, larger), largest);
      if (problem.empty()) continue;
      violations->Add(path, absl::StrCat(order.larger, " - ", order.smaller,
                                         ": ", problem));
    }
  }
}

}  // namespace spiked
