// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/build/catalogue.h"
#include "core/build/validate.h"
#include "core/model/poisson_tables.h"
#include "core/spec/names.h"
#include "core/spec/receptor_weights.h"

namespace spiked {
namespace {

constexpr double kMaxMs = 1e9;

class StimulusChecker {
 public:
  StimulusChecker(const StimulusSpec& spec, const PopulationShape& population,
                  double dt_ms, const std::string& path, Violations* violations)
      : spec_(spec),
        population_(population),
        dt_ms_(dt_ms),
        path_(path),
        violations_(violations) {}

  void operator()(std::monostate) {
    Add("",
        "has nothing to inject; give current, spikes, rates, encoder_values, "
        "plasticity or dopamine");
  }

  // Stimuli without a population; see the functions below.
  void operator()(const PlasticitySwitchSpec&) {}
  void operator()(const DopaminePulseSpec&) {}
  void operator()(const EncoderValuesSpec&) {}

  void operator()(const CurrentStimulusSpec& current) {
    if (CurrentReceptor(*population_.model) < 0) {
      Add(".current",
          absl::StrCat(
              population_.model->name,
              " has no receptor for currents; give spikes "
              "and one of its receptors: ",
              absl::StrJoin(NamesOf(population_.model->receptors), ", ")));
    }
    CheckCount(current.amplitudes.size(), "amplitudes", ".current.amplitudes");
    const int receptor = CurrentReceptor(*population_.model);
    for (size_t i = 0; i < current.amplitudes.size(); ++i) {
      std::string problem =
          NumberProblem(current.amplitudes[i], population_.largest);
      if (problem.empty() && receptor >= 0) {
        problem = WeightProblem(*population_.model,
                                population_.model->receptors[receptor],
                                current.amplitudes[i]);
      }
      if (problem.empty()) continue;
      Add(absl::StrCat(".current.amplitudes[", i, "]"), problem);
      break;
    }
    if (!IsDuration(current.duration_ms)) {
      Add(".current.duration_ms",
          absl::StrCat(current.duration_ms, " is not in [", dt_ms_,
                       " (one step), 1e9]"));
    }
  }

  void operator()(const RateStimulusSpec& rates) {
    CheckCount(rates.rates_hz.size(), "rates", ".rates.rates_hz");
    for (size_t i = 0; i < rates.rates_hz.size(); ++i) {
      const double rate = rates.rates_hz[i];
      if (rate >= 0 && rate <= poisson::kMaxRateHz) continue;
      Add(absl::StrCat(".rates.rates_hz[", i, "]"),
          absl::StrCat(rate, " is not in [0, 1e6]"));
      break;
    }
    const double ms = rates.duration_ms;
    if (ms != 0 && !IsDuration(ms)) {
      Add(".rates.duration_ms",
          absl::StrCat(ms, " is neither 0 (until the next rates) nor in [",
                       dt_ms_, " (one step), 1e9]"));
    }
    CheckSpikes(rates.weight, rates.receptor, ".rates");
  }

  void operator()(const SpikeStimulusSpec& spikes) {
    for (size_t i = 0; i < spikes.offsets_ms.size(); ++i) {
      if (spikes.offsets_ms[i] >= 0 && spikes.offsets_ms[i] <= kMaxMs) continue;
      Add(absl::StrCat(".spikes.offsets_ms[", i, "]"),
          absl::StrCat(spikes.offsets_ms[i], " is not in [0, 1e9]"));
      break;
    }
    CheckSpikes(spikes.weight, spikes.receptor, ".spikes");
  }

 private:
  void CheckCount(size_t given, const char* what, const char* at) {
    const size_t wanted = spec_.neuron_indices.size();
    if (given == 1 || (wanted > 0 && given == wanted)) return;
    Add(at, absl::StrCat(given, " ", what, "; give one, or one for each of ",
                         wanted, " neuron_indices"));
  }

  bool IsDuration(double ms) const {
    return ms >= 0.5 * dt_ms_ && ms <= kMaxMs;
  }

  void CheckSpikes(double weight, const std::string& receptor,
                   const std::string& at) {
    const auto& receptors = population_.model->receptors;
    const ReceptorInfo* chosen =
        receptor.empty() ? &receptors.front() : FindByName(receptors, receptor);
    std::string problem = NumberProblem(weight, population_.largest);
    if (problem.empty() && chosen != nullptr) {
      problem = WeightProblem(*population_.model, *chosen, weight);
    }
    if (!problem.empty()) Add(at + ".weight", problem);
    if (chosen != nullptr) return;
    Add(at + ".receptor", UnknownName("receptor of " + population_.model->name,
                                      receptor, receptors));
  }

  void Add(const std::string& at, std::string description) {
    violations_->Add(path_ + at, std::move(description));
  }

  const StimulusSpec& spec_;
  const PopulationShape& population_;
  double dt_ms_;
  const std::string& path_;
  Violations* violations_;
};

std::vector<std::string> ModelsWithDopamine() {
  std::vector<std::string> names;
  for (const SynapseModel* model : SynapseModels()) {
    if (model->takes_dopamine()) names.push_back(model->info().name);
  }
  return names;
}

// The reason why a projection can't be switched or given dopamine (`wanted`);
// empty if it can.
std::string NameProblem(const std::string& name, Plasticity wanted,
                        const PlasticityByName& projections,
                        std::set<std::string>* seen,
                        SuggestionBudget* suggestions) {
  const Plasticity* plasticity = projections.Find(name);
  if (plasticity == nullptr) {
    return UnknownName("projection", name, projections.by_name(), suggestions);
  }
  if (*plasticity < wanted) {
    return wanted == Plasticity::kPlastic
               ? absl::StrCat("the weights of ", Quoted(name),
                              " never change; only projections whose synapse "
                              "model is plastic can be switched")
               : absl::StrCat("the synapse model of ", Quoted(name),
                              " takes no dopamine; those that do: ",
                              absl::StrJoin(ModelsWithDopamine(), ", "));
  }
  if (!seen->insert(name).second) {
    return absl::StrCat(Quoted(name), " occurs twice");
  }
  return "";
}

// Checks a stimulus of projections, which must have at least the plasticity
// `wanted`.
void CheckProjections(const StimulusSpec& spec, const std::string& kind,
                      const std::vector<std::string>& names, Plasticity wanted,
                      const PlasticityByName& projections,
                      const std::string& path, Violations* violations) {
  const auto refuse = [&](bool given, const char* field) {
    if (!given) return;
    violations->Add(
        absl::StrCat(path, ".", field),
        absl::StrCat(kind, " is of projections, not of neurons; give ", kind,
                     ".projections instead"));
  };
  refuse(!spec.population.empty(), "population");
  refuse(!spec.neuron_indices.empty(), "neuron_indices");
  refuse(!spec.columns.empty(), "columns");
  const std::string list = absl::StrCat(path, ".", kind, ".projections");
  if (names.empty() && projections.most() < wanted) {
    violations->Add(list, absl::StrCat("empty means all ",
                                       wanted == Plasticity::kPlastic
                                           ? "plastic projections"
                                           : "projections that take dopamine",
                                       ", and there are none"));
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string problem = NameProblem(names[i], wanted, projections,
                                            &seen, violations->suggestions());
    if (problem.empty()) continue;
    violations->Add(absl::StrCat(list, "[", i, "]"), problem);
    return;
  }
}

// The largest amount of a pulse, so small that sums of many stay far from the
// largest number.
constexpr double kMaxAmount = 1e20;

void CheckPulse(const StimulusSpec& spec, const DopaminePulseSpec& dopamine,
                const PlasticityByName& projections, const std::string& path,
                Violations* violations) {
  CheckProjections(spec, "dopamine", dopamine.projections,
                   Plasticity::kWithDopamine, projections, path, violations);
  if (std::abs(dopamine.amount) <= kMaxAmount) return;
  violations->Add(path + ".dopamine.amount",
                  absl::StrCat(dopamine.amount, " is not in [-1e20, 1e20]"));
}

void CheckStart(const StimulusStart& start, const std::string& path,
                Violations* violations) {
  if (const auto* step = std::get_if<int64_t>(&start)) {
    if (*step >= 0 && *step <= int64_t{1} << 60) return;
    violations->Add(path + ".start_step",
                    absl::StrCat(*step, " is not in [0, 2^60]"));
  } else if (const auto* time = std::get_if<StartMs>(&start)) {
    if (time->ms >= 0 && time->ms <= 1e15) return;
    violations->Add(path + ".start_ms",
                    absl::StrCat(time->ms, " is not in [0, 1e15]"));
  }
}

void CheckEncoderValues(const StimulusSpec& spec,
                        const EncoderValuesSpec& values,
                        const std::vector<EncoderShape>& encoders, double dt_ms,
                        const std::string& path, Violations* violations) {
  const auto add = [&](const std::string& field, std::string description) {
    violations->Add(path + field, std::move(description));
  };
  const char* kMustBeEmpty =
      "must be empty: the encoder says which neurons its values are for";
  if (!spec.population.empty()) add(".population", kMustBeEmpty);
  if (!spec.neuron_indices.empty()) add(".neuron_indices", kMustBeEmpty);
  if (!spec.columns.empty()) add(".columns", kMustBeEmpty);
  for (size_t i = 0; i < values.values.size(); ++i) {
    const std::string problem =
        NumberProblem(values.values[i], LargestNumber(Precision::kFloat64));
    if (problem.empty()) continue;
    add(absl::StrCat(".encoder_values.values[", i, "]"), problem);
    break;
  }
  const EncoderShape* encoder = FindByName(encoders, values.encoder);
  if (encoder == nullptr) {
    add(".encoder_values.encoder",
        UnknownName("encoder", values.encoder, encoders,
                    violations->suggestions()));
    return;
  }
  if (encoder->dimension_count > 0 &&
      static_cast<size_t>(encoder->dimension_count) != values.values.size()) {
    add(".encoder_values.values",
        absl::StrCat(values.values.size(), " values; encoder ",
                     Quoted(encoder->name), " has ", encoder->dimension_count,
                     " dimensions"));
  }
  const double ms = values.duration_ms;
  if (!encoder->is_current && ms != 0) {
    add(".encoder_values.duration_ms",
        absl::StrCat(ms, ": encoder ", Quoted(encoder->name),
                     " gives spikes, which have no duration"));
  } else if (ms != 0 && !(ms >= 0.5 * dt_ms && ms <= kMaxMs)) {
    add(".encoder_values.duration_ms",
        absl::StrCat(ms, " is neither 0 (until the next values) nor in [",
                     dt_ms, " (one step), 1e9]"));
  }
}

}  // namespace

void ValidateIndices(const std::vector<int32_t>& indices, int64_t end,
                     const std::string& path, Violations* violations) {
  std::set<int32_t> seen;
  for (size_t i = 0; i < indices.size(); ++i) {
    const int32_t index = indices[i];
    const std::string at = absl::StrCat(path, "[", i, "]");
    if (index < 0 || index >= end) {
      violations->Add(at, absl::StrCat(index, " is not in [0, ", end, ")"));
      return;
    }
    if (!seen.insert(index).second) {
      violations->Add(at, absl::StrCat(index, " occurs twice"));
      return;
    }
  }
}

std::vector<EncoderShape> EncoderShapesOf(const Network& network) {
  std::vector<EncoderShape> shapes;
  for (const Encoder& e : network.encoders) {
    shapes.push_back({e.name, e.dimension_count, e.model->is_current()});
  }
  return shapes;
}

std::vector<PopulationShape> ShapesOf(const Network& network) {
  std::vector<PopulationShape> shapes;
  for (const Population& p : network.populations) {
    shapes.push_back({p.name, p.count, p.column_count, &p.model->info(),
                      LargestNumber(network.precision)});
  }
  return shapes;
}

Plasticity PlasticityOf(bool is_plastic, bool takes_dopamine) {
  if (takes_dopamine) return Plasticity::kWithDopamine;
  return is_plastic ? Plasticity::kPlastic : Plasticity::kNone;
}

PlasticityByName PlasticityOf(const Network& network) {
  PlasticityByName projections;
  for (const Projection& p : network.projections) {
    projections.Add(
        p.name, PlasticityOf(network.IsPlastic(p), network.TakesDopamine(p)));
  }
  return projections;
}

void ValidateStimulus(const StimulusSpec& spec,
                      const std::vector<PopulationShape>& populations,
                      const PlasticityByName& projections, double dt_ms,
                      const std::string& path, Violations* violations,
                      const std::vector<EncoderShape>& encoders) {
  // Stimuli of projections and encoders, which name no population.
  CheckStart(spec.start, path, violations);
  if (const auto* plasticity = std::get_if<PlasticitySwitchSpec>(&spec.kind)) {
    CheckProjections(spec, "plasticity", plasticity->projections,
                     Plasticity::kPlastic, projections, path, violations);
    return;
  }
  if (const auto* dopamine = std::get_if<DopaminePulseSpec>(&spec.kind)) {
    CheckPulse(spec, *dopamine, projections, path, violations);
    return;
  }
  if (const auto* values = std::get_if<EncoderValuesSpec>(&spec.kind)) {
    CheckEncoderValues(spec, *values, encoders, dt_ms, path, violations);
    return;
  }
  // Stimuli of neurons.
  const PopulationShape* population = FindByName(populations, spec.population);
  if (population == nullptr) {
    violations->Add(path + ".population",
                    UnknownName("population", spec.population, populations,
                                violations->suggestions()));
    return;
  }
  if (!spec.neuron_indices.empty() && !spec.columns.empty()) {
    violations->Add(path + ".columns",
                    "columns and neuron_indices exclude each other");
  }
  if (population->size > 0) {
    ValidateIndices(spec.neuron_indices, population->size,
                    path + ".neuron_indices", violations);
  }
  if (population->column_count > 0) {
    ValidateIndices(spec.columns, population->column_count, path + ".columns",
                    violations);
  }
  if (population->model == nullptr) return;  // reported with the population
  std::visit(StimulusChecker(spec, *population, dt_ms, path, violations),
             spec.kind);
}

}  // namespace spiked
