// SPDX-License-Identifier: Apache-2.0

#include "core/change/change.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/validate.h"
#include "core/change/change_weights.h"
#include "core/network/model_parameters.h"
#include "core/network/plasticity_switch.h"
#include "core/numbers/random.h"
#include "core/spec/mix_changes.h"
#include "core/spec/receptor_weights.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

// Calls body(neuron, number) for the chosen neurons (an empty list chooses all
// `count`). A list value has one number for each chosen neuron.
template <class Body>
void ForEachNumber(const Value& value, RandomStream stream,
                   const std::vector<int32_t>& neurons, int64_t count,
                   Body body) {
  const bool is_list = std::holds_alternative<std::vector<double>>(value);
  const auto chosen =
      neurons.empty() ? count : static_cast<int64_t>(neurons.size());
  for (int64_t k = 0; k < chosen; ++k) {
    const int64_t neuron = neurons.empty() ? k : neurons[k];
    body(neuron, NumberOf(value, stream, is_list ? k : neuron));
  }
}

// Random stream for the value `name` of `owner` at a step.
RandomStream StreamOf(const Network& network, const std::string& owner,
                      const char* kind, const std::string& name, int64_t step) {
  return MakeRandomStream(network.seed, RandomPurpose::kChange, owner,
                          absl::StrCat(kind, ":", name, "@", step));
}

// A population or an input, whose parameters can be changed.
struct Owner {
  bool is_input;
  int index;

  // NOLINTNEXTLINE(modernize-use-nullptr)
  auto operator<=>(const Owner&) const = default;
};

std::optional<Owner> OwnerOf(const Network& network, const ChangeSpec& change) {
  if (const auto* set = std::get_if<SetParametersSpec>(&change)) {
    return Owner{false, network.FindPopulation(set->population)};
  }
  if (const auto* set = std::get_if<SetInputSpec>(&change)) {
    return Owner{true, network.FindInput(set->input)};
  }
  return std::nullopt;
}

const ModelInfo& InfoOf(const Network& network, const Owner& owner) {
  return owner.is_input ? network.inputs[owner.index].model->info()
                        : network.populations[owner.index].model->info();
}

Parameters CurrentParameters(const Network& network,
                             const NetworkChanges* changes,
                             const Owner& owner) {
  if (changes != nullptr) {
    const auto& own = owner.is_input
                          ? changes->inputs[owner.index].parameters
                          : changes->populations[owner.index].parameters;
    if (own != nullptr) return *own;
  }
  return owner.is_input
             ? ParametersOf(network, network.inputs[owner.index])
             : ParametersOf(network, network.populations[owner.index]);
}

// Applies a change of the owner's parameters to `parameters`.
void SetParameters(const Network& network, const ChangeSpec& change,
                   const Owner& owner, int64_t step, Parameters* parameters) {
  const auto* of_neurons = std::get_if<SetParametersSpec>(&change);
  const Population& population =
      network
          .populations[owner.is_input ? network.inputs[owner.index].population
                                      : owner.index];
  const std::string& name =
      owner.is_input ? network.inputs[owner.index].name : population.name;
  const ValueMap& values = of_neurons != nullptr
                               ? of_neurons->parameters
                               : std::get<SetInputSpec>(change).parameters;
  const std::vector<int32_t> neurons = of_neurons != nullptr
                                           ? of_neurons->neuron_indices
                                           : std::vector<int32_t>();
  const ModelInfo& info = InfoOf(network, owner);
  for (const auto& [parameter, value] : values) {
    const int p = IndexByName(info.parameters, parameter);
    const RandomStream stream = StreamOf(
        network, name, owner.is_input ? "input" : "parameter", parameter, step);
    if (neurons.empty()) {
      parameters->Set(p, NumbersOf(value, stream, population.count));
      continue;
    }
    std::vector<double> column(population.count);
    for (int64_t i = 0; i < population.count; ++i) {
      column[i] = parameters->Get(p, i);
    }
    ForEachNumber(value, stream, neurons, population.count,
                  [&](int64_t i, double x) { column[i] = x; });
    parameters->Set(p, std::move(column));
  }
}

// Describes the first broken rule between parameters; empty if all hold.
std::string OrderProblem(const ModelInfo& info, const Parameters& parameters,
                         double largest) {
  for (const OrderInfo& order : info.order) {
    const int a = IndexByName(info.parameters, order.smaller);
    const int b = IndexByName(info.parameters, order.larger);
    const size_t count =
        std::max(parameters.column(a).size(), parameters.column(b).size());
    for (size_t i = 0; i < count; ++i) {
      const double smaller = parameters.Get(a, static_cast<int64_t>(i));
      const double larger = parameters.Get(b, static_cast<int64_t>(i));
      if (smaller > larger) {
        return absl::StrCat(order.smaller, " (", smaller, ") must be at most ",
                            order.larger, " (", larger, ")",
                            count > 1 ? absl::StrCat("; see neuron ", i) : "");
      }
      const std::string problem =
          order.has_width ? NumberProblem(larger - smaller, largest) : "";
      if (!problem.empty()) {
        return absl::StrCat(order.larger, " - ", order.smaller, ": ", problem);
      }
    }
  }
  return "";
}

// Why the receptor of an input doesn't take what the input adds; empty if it
// does.
std::string AmountsProblem(const Network& network, const Input& input,
                           const Parameters& parameters) {
  std::vector<ValueRange> ranges;
  for (size_t p = 0; p < input.model->info().parameters.size(); ++p) {
    const auto& column = parameters.column(static_cast<int>(p));
    const auto [min, max] = std::minmax_element(column.begin(), column.end());
    ranges.push_back({*min, *max});
  }
  const ModelInfo& model = network.populations[input.population].model->info();
  return AmountsProblem(model, model.receptors[input.receptor],
                        input.model->AmountsOf(ranges));
}

// Checks that the rules between parameters hold, and that receptors take what
// inputs add, after changes at a step and after the changes that wait for later
// steps.
class ParameterChecker {
 public:
  ParameterChecker(const Network& network, const State& state,
                   const ChangeSpecs& changes, int64_t step,
                   const std::string& path, Violations* violations)
      : network_(network),
        state_(state),
        changes_(changes),
        step_(step),
        path_(path),
        violations_(violations) {}

  void Run() {
    std::map<Owner, size_t> last;  // index of each owner's last change
    for (size_t i = 0; i < changes_.size(); ++i) {
      const auto owner = OwnerOf(network_, changes_[i]);
      if (owner.has_value() &&
          (owner->is_input || !InfoOf(network_, *owner).order.empty())) {
        last[*owner] = i;
      }
    }
    for (const auto& [owner, i] : last) {
      Check(owner, absl::StrCat(path_, "[", i, "].",
                                owner.is_input ? "set_input" : "set_parameters",
                                ".parameters"));
    }
  }

 private:
  void Check(const Owner& owner, const std::string& path) {
    Parameters parameters =
        CurrentParameters(network_, state_.changes.get(), owner);
    const double largest = LargestNumber(owner.is_input ? Precision::kFloat32
                                                        : network_.precision);
    const auto problem = [&] {
      std::string text =
          OrderProblem(InfoOf(network_, owner), parameters, largest);
      if (!text.empty() || !owner.is_input) return text;
      return AmountsProblem(network_, network_.inputs[owner.index], parameters);
    };
    // Waiting changes up to the step come first, then the new ones.
    auto later = state_.scheduled.begin();
    for (; later != state_.scheduled.end() && later->step <= step_; ++later) {
      Make(*later->changes, owner, later->step, &parameters);
    }
    Make(changes_, owner, step_, &parameters);
    if (const std::string text = problem(); !text.empty()) {
      violations_->Add(path, text);
      return;
    }
    // Later changes, made in the past, must still be possible.
    for (; later != state_.scheduled.end(); ++later) {
      if (!Make(*later->changes, owner, later->step, &parameters)) continue;
      if (const std::string text = problem(); !text.empty()) {
        violations_->Add(path, absl::StrCat("after the change that waits for "
                                            "step ",
                                            later->step, ", ", text));
        return;
      }
    }
  }

  // Applies the owner's changes to `parameters`. False if there are none.
  bool Make(const ChangeSpecs& changes, const Owner& owner, int64_t step,
            Parameters* parameters) const {
    bool any = false;
    for (const ChangeSpec& change : changes) {
      if (OwnerOf(network_, change) != owner) continue;
      SetParameters(network_, change, owner, step, parameters);
      any = true;
    }
    return any;
  }

  const Network& network_;
  const State& state_;
  const ChangeSpecs& changes_;
  const int64_t step_;
  const std::string& path_;
  Violations* violations_;
};

void CheckFactors(const Network& network, const State& state,
                  const ChangeSpecs& changes, const std::string& path,
                  Violations* violations) {
  for (size_t i = 0; i < changes.size(); ++i) {
    const auto* set = std::get_if<SetWeightsSpec>(&changes[i]);
    if (set == nullptr) continue;
    const auto* factor = std::get_if<WeightFactor>(&set->weights);
    if (factor == nullptr) continue;
    const std::string problem = FactorProblem(
        network, state,
        network.projections[network.FindProjection(set->projection)],
        factor->factor);
    if (problem.empty()) continue;
    violations->Add(absl::StrCat(path, "[", i, "].set_weights.factor"),
                    problem);
  }
}

// Applies changes to a state, at the step that the state has reached.
class Applier {
 public:
  Applier(const Network& network, State& state)
      : network_(network), state_(state) {}

  void operator()(std::monostate) {}

  void operator()(const SetParametersSpec&) {}  // see Apply
  void operator()(const SetInputSpec&) {}       // see Apply

  void operator()(const SetStateSpec& set) {
    const Population& population =
        network_.populations[network_.FindPopulation(set.population)];
    for (const auto& [name, value] : set.values) {
      const int v = IndexByName(population.model->info().variables, name);
      const size_t row = population.variables_offset + v * population.stride;
      ForEachNumber(
          value, StreamOf(network_, set.population, "state", name, state_.step),
          set.neuron_indices, population.count,
          [&](int64_t i, double x) { Store(row + i, x); });
    }
  }

  void operator()(const SetWeightsSpec& set) {
    ApplyWeights(network_, set, state_.step, Changes(), state_);
  }

  void operator()(const SilenceSpec& silence) {
    const int p = network_.FindPopulation(silence.population);
    auto& own = Changes().populations[p].silenced;
    auto silenced =
        own == nullptr
            ? std::make_shared<SilencedNeurons>(network_.populations[p].count)
            : std::make_shared<SilencedNeurons>(*own);
    const Value one = 1.0;
    ForEachNumber(
        one, {}, silence.neuron_indices, network_.populations[p].count,
        [&](int64_t i, double) { silenced->Set(i, silence.silenced); });
    own = silenced->count() > 0 ? std::move(silenced) : nullptr;
    ++state_.overview_revision;
  }

  void operator()(const PlasticitySwitchSpec& spec) {
    PlasticitySwitch plasticity{spec.enabled, {}};
    for (const std::string& name : spec.projections) {
      plasticity.projections.push_back(network_.FindProjection(name));
    }
    std::vector<int> groups;
    NoteSwitch(network_, plasticity, state_, &groups);
    const auto switched = SwitchedGroupsOf(network_, groups, state_);
    for (size_t b = 0; b < network_.blocks.size(); ++b) {
      FreezeSynapses(network_, static_cast<int>(b), switched, state_);
    }
  }

  void Apply(const ChangeSpecs& changes) {
    for (const ChangeSpec& change : changes) {
      std::visit(*this, change);
      if (const auto owner = OwnerOf(network_, change)) {
        const auto it =
            parameters_
                .try_emplace(
                    *owner,
                    CurrentParameters(network_, state_.changes.get(), *owner))
                .first;
        SetParameters(network_, change, *owner, state_.step, &it->second);
      }
    }
    // Each kernel is made once, from all its parameters together.
    for (auto& [owner, parameters] : parameters_) {
      const auto i = owner.index;
      auto kept = std::make_shared<const Parameters>(std::move(parameters));
      if (owner.is_input) {
        Changes().inputs[i] = {kept,
                               MakeKernel(network_, network_.inputs[i], *kept)};
      } else {
        NetworkChanges::OfPopulation& own = Changes().populations[i];
        own.kernel = MakeKernel(network_, network_.populations[i], *kept);
        own.parameters = std::move(kept);
      }
    }
    if (changes_ != nullptr) state_.changes = std::move(changes_);
  }

 private:
  // A copy of the state's changes that can be written; the state's own is
  // shared.
  NetworkChanges& Changes() {
    if (changes_ == nullptr) {
      if (state_.changes != nullptr) {
        changes_ = std::make_shared<NetworkChanges>(*state_.changes);
      } else {
        changes_ = std::make_shared<NetworkChanges>();
        changes_->populations.resize(network_.populations.size());
        changes_->inputs.resize(network_.inputs.size());
        changes_->projections.resize(network_.projections.size());
      }
    }
    return *changes_;
  }

  void Store(size_t i, double x) {
    if (network_.precision == Precision::kFloat64) {
      state_.variables.as<double>()[i] = x;
    } else {
      state_.variables.as<float>()[i] = static_cast<float>(x);
    }
  }

  const Network& network_;
  State& state_;
  std::map<Owner, Parameters> parameters_;
  std::shared_ptr<NetworkChanges> changes_;
};

}  // namespace

void CheckChanges(const Network& network, const State& state,
                  const ChangeSpecs& changes, int64_t step,
                  const std::string& path, Violations* violations) {
  ParameterChecker(network, state, changes, step, path, violations).Run();
  CheckFactors(network, state, changes, path, violations);
}

void ScheduleChanges(const Network& network,
                     std::shared_ptr<const ChangeSpecs> changes, int64_t step,
                     State& state) {
  // Changes that wait for this step were requested earlier and come first.
  ApplyDueChanges(network, state);
  if (step == state.step) {
    Applier(network, state).Apply(*changes);
    return;
  }
  const auto at = std::upper_bound(
      state.scheduled.begin(), state.scheduled.end(), step,
      [](int64_t s, const ScheduledChanges& other) { return s < other.step; });
  const int64_t elements = CountElements(*changes);
  state.scheduled.insert(at, {step, std::move(changes), elements});
}

void ApplyDueChanges(const Network& network, State& state) {
  auto& waiting = state.scheduled;
  auto due = waiting.begin();
  for (; due != waiting.end() && due->step <= state.step; ++due) {
    Applier(network, state).Apply(*due->changes);
  }
  waiting.erase(waiting.begin(), due);
}

}  // namespace spiked
