// SPDX-License-Identifier: Apache-2.0

#include "core/build/weight_format.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "core/build/catalogue.h"
#include "core/build/distance_profile.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

// Smallest typical weight in units: below it, rounding would change weights by
// more than 0.2 %.
constexpr double kMinUnits = 256;

// Most constant weights onto a receptor of a population that are stored as
// counts: each has a row of counts of its own.
constexpr size_t kMaxConstants = 64;

// The typical magnitude of a drawn weight.
double TypicalSize(std::monostate) { return 0; }
double TypicalSize(double constant) { return std::abs(constant); }
double TypicalSize(const std::vector<double>&) { return 0; }
double TypicalSize(const Uniform& u) {
  return std::max(std::abs(u.low), std::abs(u.high));
}
double TypicalSize(const DiscreteUniform& u) {
  return std::max(std::abs(u.low), std::abs(u.high));
}
double TypicalSize(const Normal& n) {
  return std::max(std::abs(n.mean), n.std);
}
double TypicalSize(const Lognormal& n) { return std::exp(n.log_mean); }
double TypicalSize(const Mixture& mixture) {
  double least = std::numeric_limits<double>::infinity();
  for (const Mixture::Component& component : mixture.components) {
    const double size = std::visit([](const auto& v) { return TypicalSize(v); },
                                   component.value);
    if (component.probability > 0 && size > 0) least = std::min(least, size);
  }
  return least;
}

double TypicalSize(const ByDistance&) { return 0; }  // see TypicalSizeOf

double LargestMagnitudeIn(const ValueRange& range) {
  return std::max(std::abs(range.min), std::abs(range.max));
}

double SmallestMagnitudeIn(const ValueRange& range) {
  if (range.min <= 0 && range.max >= 0) return 0;
  return std::min(std::abs(range.min), std::abs(range.max));
}

class Chooser {
 public:
  Chooser(const NetworkSpec& spec, const std::vector<double>& synapse_counts,
          const KeptFormats& kept)
      : spec_(spec), synapse_counts_(synapse_counts), kept_(kept) {
    for (const PopulationSpec& p : spec.populations) {
      populations_.emplace(p.name, &p);
    }
  }

  std::vector<WeightChoice> Choose() {
    choices_.resize(spec_.projections.size());
    std::map<Receptor, double> drawn;
    for (size_t i = 0; i < choices_.size(); ++i) {
      const ProjectionSpec& p = spec_.projections[i];
      if (IsDrawnStatic(p)) drawn[ReceptorOf(p)] += synapse_counts_[i];
    }
    for (size_t i = 0; i < choices_.size(); ++i) {
      if (KeptOf(i) != nullptr) Keep(i);
    }
    for (size_t i = 0; i < choices_.size(); ++i) {
      const ProjectionSpec& p = spec_.projections[i];
      WeightChoice& choice = choices_[i];
      choice.dense = IsDense(p);
      if (IsFull(p) || KeptOf(i) != nullptr) continue;
      if (IsConstant(p.weight) && CanCount(p, synapse_counts_[i])) {
        choice.format = WeightFormat::kConstant;
        choice.constant = std::get<double>(p.weight);
      } else if (p.weight_precision == WeightPrecision::kBits16 ||
                 (p.weight_precision == WeightPrecision::kAuto &&
                  spec_.precision == Precision::kFloat32 && IsDrawnStatic(p) &&
                  drawn[ReceptorOf(p)] >= kManyWeights)) {
        choice.format = WeightFormat::kBits16;
      }
    }
    while (!SetUnits()) {
    }
    return std::move(choices_);
  }

 private:
  // A population and the index of a receptor of its model.
  using Receptor = std::pair<std::string_view, int>;

  const KeptWeights* KeptOf(size_t i) const {
    return kept_.empty() || !kept_[i].has_value() ? nullptr : &*kept_[i];
  }

  void Keep(size_t i) {
    const ProjectionSpec& p = spec_.projections[i];
    choices_[i].format = KeptOf(i)->format;
    if (KeptOf(i)->format == WeightFormat::kBits16) {
      kept_units_[ReceptorOf(p)] = KeptOf(i)->unit;
    }
    if (KeptOf(i)->format != WeightFormat::kConstant) return;
    choices_[i].constant = std::get<double>(p.weight);
    CanCount(p, synapse_counts_[i]);  // it could: counts what it takes
  }

  Receptor ReceptorOf(const ProjectionSpec& p) const {
    const NeuronModel* model =
        FindNeuronModel(populations_.at(p.target)->model);
    return {p.target, ReceptorIndex(*model, p.receptor)};
  }

  static bool IsFull(const ProjectionSpec& p) {
    return FindSynapseModel(p.synapse.model)->has_full_weights();
  }
  static bool IsDrawnStatic(const ProjectionSpec& p) {
    return !IsFull(p) && !IsConstant(p.weight) &&
           !std::holds_alternative<std::vector<double>>(p.weight);
  }

  bool IsDense(const ProjectionSpec& p) const {
    return !IsFull(p) && std::holds_alternative<AllToAll>(p.rule) &&
           p.columns == ColumnRestriction::kAny && IsConstant(p.delay_ms) &&
           (p.allow_autapses || p.source != p.target);
  }

  // The range of weights by distance.
  ValueRange ByDistanceRange(const ProjectionSpec& p) const {
    return RangeOf(p.weight, p, *populations_.at(p.source),
                   *populations_.at(p.target));
  }

  double LargestWeightOf(const ProjectionSpec& p) const {
    return std::holds_alternative<ByDistance>(p.weight)
               ? LargestMagnitudeIn(ByDistanceRange(p))
               : LargestMagnitude(p.weight);
  }

  // Weights by distance have no typical size; the smallest stands for it.
  double TypicalSizeOf(const ProjectionSpec& p) const {
    return std::holds_alternative<ByDistance>(p.weight)
               ? SmallestMagnitudeIn(ByDistanceRange(p))
               : std::visit([](const auto& v) { return TypicalSize(v); },
                            p.weight);
  }

  // Whether constant weights can be stored as counts. Arrivals in one step are
  // counted in 16 bits. Drawn in-degrees are assumed to lie within ten standard
  // deviations, which Compile checks once the synapses are built.
  bool CanCount(const ProjectionSpec& p, double synapse_count) {
    const double indegree =
        synapse_count / static_cast<double>(populations_.at(p.target)->size);
    const double most = indegree + 10 * std::sqrt(indegree) + 10;
    double& sum = indegrees_[ReceptorOf(p)];
    sum += most;
    if (sum > 65535) return false;
    std::set<double>& constants = constants_[ReceptorOf(p)];
    constants.insert(std::get<double>(p.weight));
    return constants.size() <= kMaxConstants;
  }

  // Sets the unit of each receptor so that all 16-bit projections onto it fit.
  // False if the unit is too coarse for some projections, which get full
  // weights instead.
  bool SetUnits() {
    std::map<Receptor, double> largest;
    for (size_t i = 0; i < choices_.size(); ++i) {
      if (choices_[i].format != WeightFormat::kBits16) continue;
      const ProjectionSpec& p = spec_.projections[i];
      double& most = largest[ReceptorOf(p)];
      most = std::max(most, LargestWeightOf(p));
    }
    bool all = true;
    for (size_t i = 0; i < choices_.size(); ++i) {
      if (choices_[i].format != WeightFormat::kBits16) continue;
      const ProjectionSpec& p = spec_.projections[i];
      const double most = largest[ReceptorOf(p)];
      double& unit = choices_[i].unit;
      unit = most > 0 ? most / kMaxInteger : 1;
      const auto kept = kept_units_.find(ReceptorOf(p));
      if (kept != kept_units_.end()) unit = kept->second;
      if (KeptOf(i) != nullptr) continue;
      const bool is_coarse = p.weight_precision == WeightPrecision::kAuto &&
                             TypicalSizeOf(p) < kMinUnits * unit;
      if (is_coarse || LargestWeightOf(p) > kMaxInteger * unit * (1 + 1e-12)) {
        choices_[i].format = WeightFormat::kFull;
        all = false;
      }
    }
    return all;
  }

  const NetworkSpec& spec_;
  const std::vector<double>& synapse_counts_;  // [projections]
  const KeptFormats& kept_;
  std::map<Receptor, double> kept_units_;
  std::map<std::string_view, const PopulationSpec*> populations_;
  std::map<Receptor, double> indegrees_;
  std::map<Receptor, std::set<double>> constants_;
  std::vector<WeightChoice> choices_;
};

}  // namespace

std::vector<WeightChoice> ChooseWeightFormats(
    const NetworkSpec& spec, const std::vector<double>& synapse_counts,
    const KeptFormats& kept) {
  return Chooser(spec, synapse_counts, kept).Choose();
}

double BytesPerSynapse(const WeightChoice& choice, Precision precision) {
  const double target = choice.dense ? 0 : 2;
  switch (choice.format) {
    case WeightFormat::kConstant:
      return target;
    case WeightFormat::kBits16:
      return target + 2;
    case WeightFormat::kFull:
      return target + (precision == Precision::kFloat64 ? 8 : 4);
  }
  return 0;
}

}  // namespace spiked
