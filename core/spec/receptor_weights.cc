// SPDX-License-Identifier: Apache-2.0

#include "core/spec/receptor_weights.h"

#include <cstddef>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/spec/names.h"

namespace spiked {
namespace {

bool Takes(const ReceptorInfo& receptor, double weight) {
  return weight >= receptor.weight_min && weight <= receptor.weight_max;
}

// The bound that keeps a distribution within what a receptor takes.
std::string BoundOf(const ReceptorInfo& receptor) {
  return receptor.weight_min == 0 ? "min: 0" : "max: 0";
}

// How a value is brought within what the receptor takes.
std::string Remedy(const ReceptorInfo& receptor, const Value& value) {
  if (std::holds_alternative<Uniform>(value) ||
      std::holds_alternative<DiscreteUniform>(value)) {
    return receptor.weight_min == 0 ? "give a low of at least 0"
                                    : "give a high of at most 0";
  }
  if (std::holds_alternative<Mixture>(value)) {
    return absl::StrCat("add to its distributions ", BoundOf(receptor),
                        ", and give constants of that sign");
  }
  return absl::StrCat("add ", BoundOf(receptor));
}

}  // namespace

bool Takes(const ReceptorInfo& receptor, const ValueRange& range) {
  return range.min >= receptor.weight_min && range.max <= receptor.weight_max;
}

std::string AllowedWeights(const ModelInfo& model,
                           const ReceptorInfo& receptor) {
  return absl::StrCat("receptor ", receptor.name, " of ", model.name, " takes ",
                      receptor.weight_min == 0 ? "0 and more" : "0 and less",
                      " only");
}

std::string WeightProblem(const ModelInfo& model, const ReceptorInfo& receptor,
                          double weight) {
  if (Takes(receptor, weight)) return "";
  return absl::StrCat(
      weight, " is ", weight < 0 ? "below" : "above", " 0, and ",
      AllowedWeights(model, receptor), "; give ", -weight,
      ", or another receptor: ", absl::StrJoin(NamesOf(model.receptors), ", "));
}

std::string WeightProblem(const ModelInfo& model, const ReceptorInfo& receptor,
                          const Value& value, const ValueRange& range,
                          std::string* at) {
  if (Takes(receptor, range)) return "";
  if (const auto* constant = std::get_if<double>(&value)) {
    return WeightProblem(model, receptor, *constant);
  }
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    for (size_t i = 0; i < list->size(); ++i) {
      if (Takes(receptor, (*list)[i])) continue;
      absl::StrAppend(at, ".list.values[", i, "]");
      return WeightProblem(model, receptor, (*list)[i]);
    }
  }
  return absl::StrCat("reaches over [", range.min, ", ", range.max, "], and ",
                      AllowedWeights(model, receptor), "; ",
                      Remedy(receptor, value));
}

std::string AmountsProblem(const ModelInfo& model, const ReceptorInfo& receptor,
                           const ValueRange& range) {
  if (Takes(receptor, range)) return "";
  return absl::StrCat("what is added reaches over [", range.min, ", ",
                      range.max, "], and ", AllowedWeights(model, receptor),
                      "; give parameters that keep it there, or a receptor of "
                      "currents");
}

}  // namespace spiked
