// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/validate.h"
#include "core/change/change.h"
#include "core/change/change_weights.h"
#include "core/network/placed_synapses.h"
#include "core/spec/names.h"
#include "core/spec/receptor_weights.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

// A model without its rules between parameters, which depend on the current
// values of the parameters that a change leaves alone.
ModelInfo WithoutOrder(ModelInfo info) {
  info.order.clear();
  return info;
}

// State variables as parameters that may have any finite value.
ModelInfo VariablesOf(const ModelInfo& info) {
  ModelInfo variables;
  variables.name = info.name;
  for (const VariableInfo& v : info.variables) {
    variables.parameters.push_back({v.name, v.unit, v.description});
  }
  return variables;
}

class ChangeChecker {
 public:
  ChangeChecker(const Network& network, const ChangeSpecs& changes,
                const std::string& path, Violations* violations)
      : network_(network),
        changes_(changes),
        path_(path),
        violations_(violations),
        largest_(LargestNumber(network.precision)) {}

  void Run() {
    for (size_t i = 0; i < changes_.size() && !violations_->full(); ++i) {
      at_ = absl::StrCat(path_, "[", i, "]");
      std::visit(*this, changes_[i]);
    }
  }

  void operator()(std::monostate) {
    Add("",
        "changes nothing; give set_parameters, set_state, set_input, "
        "set_weights, silence or plasticity");
  }

  void operator()(const SetParametersSpec& set) {
    const Population* population =
        FindPopulation(set.population, set.neuron_indices, ".set_parameters");
    if (population == nullptr) return;
    const ModelInfo& info = population->model->info();
    CheckValues(WithoutOrder(info), set.parameters,
                ChosenCount(*population, set.neuron_indices),
                ".set_parameters.parameters", largest_);
    if (set.neuron_indices.empty()) return;
    for (const ParameterInfo& parameter : info.parameters) {
      if (parameter.is_shared && set.parameters.contains(parameter.name)) {
        Add(absl::StrCat(".set_parameters.parameters[", Quoted(parameter.name),
                         "]"),
            "is shared by all neurons of the population; neuron_indices must "
            "be empty");
      }
    }
  }

  void operator()(const SetStateSpec& set) {
    const Population* population =
        FindPopulation(set.population, set.neuron_indices, ".set_state");
    if (population == nullptr) return;
    CheckValues(VariablesOf(population->model->info()), set.values,
                ChosenCount(*population, set.neuron_indices),
                ".set_state.values", largest_);
  }

  void operator()(const SetInputSpec& set) {
    const int index = network_.FindInput(set.input);
    if (index < 0) {
      AddUnknown(".set_input.input", "input", set.input, network_.inputs);
      return;
    }
    const Input& input = network_.inputs[index];
    CheckValues(WithoutOrder(input.model->info()), set.parameters,
                network_.populations[input.population].count,
                ".set_input.parameters", LargestNumber(Precision::kFloat32));
  }

  void operator()(const SetWeightsSpec& set) {
    const int index = network_.FindProjection(set.projection);
    if (index < 0) {
      AddUnknown(".set_weights.projection", "projection", set.projection,
                 network_.projections);
      return;
    }
    const Projection& projection = network_.projections[index];
    if (std::holds_alternative<std::monostate>(set.weights)) {
      Add(".set_weights", "has no weights; give value, factor or pairs");
    } else if (!CheckSign(set, projection)) {
      return;
    } else if (IsConstant(projection)) {
      CheckConstant(set, projection);
    } else if (LargestWeight(network_, projection) == 0) {
      Add(".set_weights.projection",
          absl::StrCat("so many synapses end at one neuron that weights of "
                       "other sizes than those of ",
                       Quoted(set.projection),
                       " might not fit the 32 bits in which 16-bit weights "
                       "are added up"));
    } else if (const auto* value = std::get_if<Value>(&set.weights)) {
      CheckValue(*value, projection);
    } else if (const auto* pairs = std::get_if<PairWeights>(&set.weights)) {
      CheckPairs(*pairs, projection);
    } else {
      CheckFactor(std::get<WeightFactor>(set.weights));
    }
  }

  void operator()(const SilenceSpec& silence) {
    FindPopulation(silence.population, silence.neuron_indices, ".silence");
  }

  void operator()(const PlasticitySwitchSpec& plasticity) {
    if (!plasticity_.has_value()) plasticity_ = PlasticityOf(network_);
    StimulusSpec as_stimulus;
    as_stimulus.kind = plasticity;
    ValidateStimulus(as_stimulus, {}, *plasticity_, network_.dt_ms, at_,
                     violations_);
  }

 private:
  void Add(const std::string& field, std::string description) {
    violations_->Add(at_ + field, std::move(description));
  }
  void AddUnknown(const std::string& field, std::string_view what,
                  const std::string& name, const KnownNames& known) {
    Add(field, UnknownName(what, name, known, violations_->suggestions()));
  }

  // The population; null, with a violation, if there is none. Invalid neuron
  // indices are reported, too.
  const Population* FindPopulation(const std::string& name,
                                   const std::vector<int32_t>& neurons,
                                   const std::string& field) {
    const int index = network_.FindPopulation(name);
    if (index < 0) {
      AddUnknown(field + ".population", "population", name,
                 network_.populations);
      return nullptr;
    }
    const Population& population = network_.populations[index];
    ValidateIndices(neurons, population.count, at_ + field + ".neuron_indices",
                    violations_);
    return &population;
  }

  static int64_t ChosenCount(const Population& population,
                             const std::vector<int32_t>& neurons) {
    return neurons.empty() ? population.count
                           : static_cast<int64_t>(neurons.size());
  }

  void CheckValues(const ModelInfo& info, const ValueMap& values, int64_t count,
                   const std::string& field, double largest) {
    if (values.empty()) Add(field, "gives nothing to change");
    ValidateParameters(info, "", values, count, network_.dt_ms, at_ + field,
                       violations_, largest);
  }

  bool IsConstant(const Projection& projection) const {
    return network_.groups[projection.group].kernel->layout().format ==
           WeightFormat::kConstant;
  }

  // Checks that the receptor takes the new weights. False if it doesn't; values
  // that are wrong by themselves are reported later.
  bool CheckSign(const SetWeightsSpec& set, const Projection& projection) {
    const ModelInfo& model =
        network_.populations[projection.target].model->info();
    const ReceptorInfo& receptor =
        model.receptors[network_.groups[projection.group].receptor];
    std::string at = ".set_weights";
    std::string problem;
    if (const auto* factor = std::get_if<WeightFactor>(&set.weights)) {
      at += ".factor";
      if (factor->factor < 0 &&
          !Takes(receptor, ValueRange{-kInfinity, kInfinity})) {
        problem = absl::StrCat(
            factor->factor, " is below 0 and would turn the sign of weights; ",
            AllowedWeights(model, receptor), "; give a factor of at least 0");
      }
    } else if (const auto* pairs = std::get_if<PairWeights>(&set.weights)) {
      for (size_t k = 0; k < pairs->weights.size() && problem.empty(); ++k) {
        problem = WeightProblem(model, receptor, pairs->weights[k]);
        if (!problem.empty()) absl::StrAppend(&at, ".pairs.weights[", k, "]");
      }
    } else {
      const auto& value = std::get<Value>(set.weights);
      Violations of_value;  // reported later
      at += ".value";
      if (ValidateValue(value, "", &of_value, largest_) &&
          !std::holds_alternative<ByDistance>(value)) {
        problem = WeightProblem(model, receptor, value, RangeOf(value), &at);
      }
    }
    if (problem.empty()) return true;
    Add(at, std::move(problem));
    return false;
  }

  void CheckFactor(const WeightFactor& factor) {
    const std::string problem = NumberProblem(factor.factor, largest_);
    if (!problem.empty()) Add(".set_weights.factor", problem);
  }

  // Checks weights of a projection that stores one constant: all change
  // together.
  void CheckConstant(const SetWeightsSpec& set, const Projection& projection) {
    if (const auto* factor = std::get_if<WeightFactor>(&set.weights)) {
      CheckFactor(*factor);
    } else {
      const auto* value = std::get_if<Value>(&set.weights);
      if (value == nullptr || !std::holds_alternative<double>(*value)) {
        Add(value == nullptr ? ".set_weights.pairs" : ".set_weights.value",
            absl::StrCat("the weights of ", Quoted(set.projection),
                         " are all the same, and none is stored (weight_bits "
                         "0); give one constant for all, or a factor"));
        return;
      }
      ValidateValue(*value, at_ + ".set_weights.value", violations_, largest_);
    }
    // A group counts the arrivals at a target population together.
    for (const Projection& other : network_.projections) {
      if (&other == &projection || other.group != projection.group ||
          other.target != projection.target || ChangesAlike(other, set)) {
        continue;
      }
      Add(".set_weights.projection",
          absl::StrCat("arrivals of ", Quoted(set.projection), " and ",
                       Quoted(other.name),
                       " are counted together, because their weights are the "
                       "same; give both the same new weight or factor in one "
                       "request"));
      return;
    }
  }

  // Whether the request gives `projection` the same weights as `wanted`.
  bool ChangesAlike(const Projection& projection,
                    const SetWeightsSpec& wanted) const {
    for (const ChangeSpec& change : changes_) {
      const auto* set = std::get_if<SetWeightsSpec>(&change);
      if (set == nullptr || set->projection != projection.name) continue;
      const auto* a = std::get_if<WeightFactor>(&set->weights);
      const auto* b = std::get_if<WeightFactor>(&wanted.weights);
      if (a != nullptr && b != nullptr && a->factor == b->factor) return true;
      const auto* v = std::get_if<Value>(&set->weights);
      const auto* w = std::get_if<Value>(&wanted.weights);
      if (v != nullptr && w != nullptr && *v == *w) return true;
    }
    return false;
  }

  std::string LimitProblem(double min, double max,
                           const Projection& projection) const {
    const WeightLimits limits = LimitsOf(network_, projection);
    if (min >= limits.min && max <= limits.max) return "";
    return absl::StrCat("reaches over [", min, ", ", max, "]; weights of ",
                        Quoted(projection.name), " must be in [", limits.min,
                        ", ", limits.max, "]",
                        projection.weight_bits == 16
                            ? ", which is what their 16 bits hold"
                            : "");
  }

  void CheckValue(const Value& value, const Projection& projection) {
    const std::string at = ".set_weights.value";
    if (std::holds_alternative<std::monostate>(value)) {
      return Add(at, "has no value; give a constant, a list or a distribution");
    }
    if (std::holds_alternative<ByDistance>(value)) {
      return Add(at, "by_distance is allowed when a network is built only");
    }
    if (!ValidateValue(value, at_ + at, violations_, largest_)) return;
    const auto* list = std::get_if<std::vector<double>>(&value);
    if (list != nullptr &&
        static_cast<int64_t>(list->size()) != projection.synapse_count) {
      return Add(
          at,
          absl::StrCat("the list has ", list->size(), " values; it must have ",
                       projection.synapse_count, ", one per synapse"));
    }
    // Plastic weights are only checked against the bounds of the distribution;
    // for others, no number that is drawn may exceed what 16 bits hold.
    const ValueRange range =
        network_.IsPlastic(projection) ? RangeOf(value) : DrawnRangeOf(value);
    if (list != nullptr && list->empty()) return;
    const std::string problem = LimitProblem(range.min, range.max, projection);
    if (!problem.empty()) Add(at, problem);
  }

  void CheckPairs(const PairWeights& pairs, const Projection& projection) {
    const std::string at = ".set_weights.pairs";
    const size_t count = pairs.source_indices.size();
    if (count == 0 || pairs.target_indices.size() != count ||
        pairs.weights.size() != count) {
      return Add(at, absl::StrCat(count, " source_indices, ",
                                  pairs.target_indices.size(),
                                  " target_indices and ", pairs.weights.size(),
                                  " weights; there must be as many, and one "
                                  "at least"));
    }
    const size_t before = violations_->size();
    CheckPairIndices(pairs.source_indices,
                     network_.populations[projection.source].count,
                     at + ".source_indices");
    CheckPairIndices(pairs.target_indices,
                     network_.populations[projection.target].count,
                     at + ".target_indices");
    for (size_t k = 0; k < count; ++k) {
      std::string problem = NumberProblem(pairs.weights[k], largest_);
      if (problem.empty()) {
        problem = LimitProblem(pairs.weights[k], pairs.weights[k], projection);
      }
      if (problem.empty()) continue;
      Add(absl::StrCat(at, ".weights[", k, "]"), problem);
      break;
    }
    if (violations_->size() == before) FindPairs(pairs, projection, at);
  }

  void CheckPairIndices(const std::vector<int32_t>& indices, int64_t end,
                        const std::string& field) {
    for (size_t k = 0; k < indices.size(); ++k) {
      if (indices[k] >= 0 && indices[k] < end) continue;
      return Add(absl::StrCat(field, "[", k, "]"),
                 absl::StrCat(indices[k], " is not in [0, ", end, ")"));
    }
  }

  void FindPairs(const PairWeights& pairs, const Projection& projection,
                 const std::string& at) {
    std::vector<PlacedSynapse> synapses;
    std::vector<int32_t> targets;
    int32_t source = -1;
    for (size_t k : PairsBySource(pairs)) {
      if (pairs.source_indices[k] != source) {
        source = pairs.source_indices[k];
        FindSynapses(network_, projection, source, &synapses);
        targets.clear();
        for (const PlacedSynapse& s : synapses) targets.push_back(s.target);
        std::sort(targets.begin(), targets.end());
      }
      if (std::binary_search(targets.begin(), targets.end(),
                             pairs.target_indices[k])) {
        continue;
      }
      return Add(absl::StrCat(at, ".target_indices[", k, "]"),
                 absl::StrCat("there is no synapse from ", source, " to ",
                              pairs.target_indices[k], " in ",
                              Quoted(projection.name)));
    }
  }

  const Network& network_;
  const ChangeSpecs& changes_;
  const std::string& path_;
  Violations* violations_;
  const double largest_;
  std::string at_;  // path of the change that is checked
  std::optional<PlasticityByName> plasticity_;
};

}  // namespace

void ValidateChanges(const Network& network, const ChangeSpecs& changes,
                     const std::string& path, Violations* violations) {
  ChangeChecker(network, changes, path, violations).Run();
}

}  // namespace spiked
