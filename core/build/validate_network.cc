// SPDX-License-Identifier: Apache-2.0

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/build/catalogue.h"
#include "core/build/distance_profile.h"
#include "core/build/expected_synapses.h"
#include "core/build/positions.h"
#include "core/build/validate.h"
#include "core/build/validate_positions.h"
#include "core/spec/delays.h"
#include "core/spec/names.h"
#include "core/spec/receptor_weights.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

constexpr double kMinDtMs = 0.001;
constexpr double kMaxDtMs = 100;
constexpr int64_t kMaxNeurons = int64_t{1} << 30;
constexpr double kMaxSynapses = 4.2e9;
constexpr int64_t kMaxDegree = (int64_t{1} << 31) - 1;

template <typename Model>
std::vector<std::string> ModelNames(absl::Span<const Model* const> models) {
  std::vector<std::string> names;
  for (const Model* model : models) names.push_back(model->info().name);
  return names;
}

class NetworkChecker {
 public:
  NetworkChecker(const NetworkSpec& spec, std::string path)
      : spec_(spec),
        path_(std::move(path)),
        largest_(LargestNumber(spec.precision)) {}

  Violations Run(std::vector<double>* synapse_counts) {
    CheckNetwork();
    CheckEach(spec_.populations, "populations",
              [&](const auto& p, const auto& at) { CheckPopulation(p, at); });
    CheckEach(spec_.projections, "projections",
              [&](const auto& p, const auto& at) { CheckProjection(p, at); });
    CheckEach(spec_.inputs, "inputs", [&](const auto& input, const auto& at) {
      CheckInput(input, at);
    });
    CheckEach(spec_.encoders, "encoders",
              [&](const auto& e, const auto& at) { CheckEncoder(e, at); });
    CheckEach(spec_.stimuli, "stimuli", [&](const auto& s, const auto& at) {
      // An invalid step is reported once, not again for every duration.
      ValidateStimulus(s, shapes_, plasticity_,
                       dt_valid_ ? spec_.dt_ms : kMinDtMs, at, &violations_,
                       encoders_);
    });
    if (violations_.empty()) CheckSize(synapse_counts);
    return std::move(violations_);
  }

 private:
  // Calls check(entry, path) for each entry, until the list of violations is
  // full.
  template <class Entry, class Check>
  void CheckEach(const std::vector<Entry>& entries, const char* field,
                 Check check) {
    for (size_t i = 0; i < entries.size() && !violations_.full(); ++i) {
      check(entries[i], absl::StrCat(path_, ".", field, "[", i, "]"));
    }
  }
  void Add(std::string field, std::string description) {
    violations_.Add(std::move(field), std::move(description));
  }
  void CheckCount(const char* field, size_t count, size_t min, size_t max) {
    if (count >= min && count <= max) return;
    Add(absl::StrCat(path_, ".", field),
        absl::StrCat(count, " ", field, "; ", min, " to ", max,
                     " are allowed"));
  }

  void CheckNetwork() {
    dt_valid_ = spec_.dt_ms >= kMinDtMs && spec_.dt_ms <= kMaxDtMs;
    if (!dt_valid_) {
      Add(path_ + ".dt_ms", absl::StrCat(spec_.dt_ms, " is not in [", kMinDtMs,
                                         ", ", kMaxDtMs, "]"));
    }
    if (spec_.description.size() > 10000) {
      Add(path_ + ".description",
          absl::StrCat(spec_.description.size(),
                       " bytes; at most 10000 are allowed"));
    }
    CheckCount("populations", spec_.populations.size(), 1,
               NetworkLimits::kMaxPopulations);
    CheckCount("projections", spec_.projections.size(), 0,
               NetworkLimits::kMaxProjections);
    CheckCount("inputs", spec_.inputs.size(), 0, NetworkLimits::kMaxInputs);
    CheckCount("encoders", spec_.encoders.size(), 0,
               NetworkLimits::kMaxEncoders);
    CheckCount("stimuli", spec_.stimuli.size(), 0, NetworkLimits::kMaxStimuli);
  }

  // Names are unique among the populations, the projections, the inputs and
  // the encoders.
  void CheckName(const std::string& name, bool is_derived, const char* kind,
                 const std::string& path) {
    if (!is_derived && !IsName(name)) {
      Add(path + ".name", absl::StrCat(Quoted(name), ": ", kNameRule));
    } else if (!names_[kind].insert(name).second) {
      Add(path + ".name",
          absl::StrCat(Quoted(name), " is the name of another ", kind,
                       is_derived ? "; give this one a name of its own" : ""));
    }
  }

  void CheckPopulation(const PopulationSpec& p, const std::string& path) {
    // Name and size. Invalid values stay 0 in the shape, so that other checks
    // don't report them again.
    CheckName(p.name, false, "population", path);
    const NeuronModel* model = FindNeuronModel(p.model);
    shape_index_.emplace(p.name, shapes_.size());
    shapes_.push_back(
        {p.name, 0, 0, model == nullptr ? nullptr : &model->info(), largest_});
    if (p.size < 1) {
      Add(path + ".size", absl::StrCat(p.size, " is less than 1"));
    } else if (p.size > kMaxNeurons) {
      Add(path + ".size",
          absl::StrCat(p.size, " neurons; at most 2^30 are allowed"));
    } else {
      shapes_.back().size = p.size;
    }
    if (p.column_count >= 1 && p.column_count <= p.size &&
        p.size % p.column_count == 0) {
      shapes_.back().column_count = p.column_count;
    } else if (p.size >= 1) {
      Add(path + ".column_count",
          absl::StrCat(p.column_count, " columns do not divide ", p.size,
                       " neurons; size must be a multiple of column_count"));
    }
    positions_valid_.push_back(
        !p.positions.has_value() ||
        ValidatePositions(*p.positions, shapes_.back().size,
                          path + ".positions", &violations_));
    // Layer, model and variants of the model.
    if (p.layer.size() > 64) {
      Add(path + ".layer",
          absl::StrCat(p.layer.size(), " bytes; at most 64 are allowed"));
    }
    if (model == nullptr) {
      Add(path + ".model",
          UnknownName("neuron model", p.model, ModelNames(NeuronModels())));
      return;
    }
    const ModelInfo& info = model->info();
    if (!p.cell_class.empty() &&
        FindByName(info.cell_classes, p.cell_class) == nullptr) {
      Add(path + ".cell_class", UnknownName("cell class of " + info.name,
                                            p.cell_class, info.cell_classes));
    }
    if (!p.scheme.empty() && FindByName(info.schemes, p.scheme) == nullptr) {
      Add(path + ".scheme",
          UnknownName("scheme of " + info.name, p.scheme, info.schemes));
    }
    // Parameters and initial values.
    const int64_t count =
        shapes_.back().size > 0 ? shapes_.back().size : kUnknownCount;
    ValidateParameters(info, p.cell_class, p.parameters, count, spec_.dt_ms,
                       path + ".parameters", &violations_, largest_);
    // Variables are checked like parameters that may have any finite value.
    ModelInfo variables;
    variables.name = info.name;
    for (const VariableInfo& v : info.variables) {
      variables.parameters.push_back({v.name, v.unit, v.description});
    }
    ValidateParameters(variables, "", p.initial_values, count, spec_.dt_ms,
                       path + ".initial_values", &violations_, largest_);
  }

  const PopulationShape* CheckReference(const std::string& name,
                                        const std::string& path) {
    const auto it = shape_index_.find(name);
    if (it != shape_index_.end()) return &shapes_[it->second];
    Add(path,
        UnknownName("population", name, shapes_, violations_.suggestions()));
    return nullptr;
  }

  // Checks a receptor of the population's model; an empty name means the first.
  // `population` is null if unknown. Returns null after adding violations, or
  // if the model is unknown.
  const ReceptorInfo* CheckReceptor(const PopulationShape* population,
                                    const std::string& receptor,
                                    const std::string& path) {
    if (population == nullptr || population->model == nullptr) return nullptr;
    const ModelInfo& model = *population->model;
    if (receptor.empty()) return &model.receptors.front();
    const ReceptorInfo* found = FindByName(model.receptors, receptor);
    if (found != nullptr) return found;
    Add(path + ".receptor",
        UnknownName("receptor of " + model.name, receptor, model.receptors));
    return nullptr;
  }

  // Checks that a receptor takes what an input or encoder adds. Requires: valid
  // parameters.
  template <typename Model>
  void CheckAmounts(const Model& model, const ValueMap& parameters,
                    const PopulationShape* population,
                    const ReceptorInfo* receptor, bool is_named,
                    const std::string& path) {
    if (receptor == nullptr) return;
    const ModelInfo& info = *population->model;
    if (!is_named && model.is_current()) {
      if (CurrentReceptor(info) < 0) return;  // reported already
      receptor = &info.receptors[CurrentReceptor(info)];
    }
    const ValueRange range =
        model.AmountsOf(ParameterRanges(model.info(), parameters));
    const std::string problem = AmountsProblem(info, *receptor, range);
    if (!problem.empty()) Add(path, problem);
  }

  void CheckProjection(const ProjectionSpec& p, const std::string& path) {
    CheckName(NameOf(p), p.name.empty(), "projection", path);
    const SynapseModel* model = FindSynapseModel(p.synapse.model);
    // A projection with an unknown model counts as plastic, so that the mistake
    // is reported only once.
    plasticity_.Add(NameOf(p), model == nullptr
                                   ? Plasticity::kWithDopamine
                                   : PlasticityOf(model->is_plastic(),
                                                  model->takes_dopamine()));
    const PopulationShape* source = CheckReference(p.source, path + ".source");
    const PopulationShape* target = CheckReference(p.target, path + ".target");
    const ReceptorInfo* receptor = CheckReceptor(target, p.receptor, path);
    if (source != nullptr && target != nullptr) {
      CheckRule(p, *source, *target, path);
    }
    CheckWeights(p, target, receptor, path);
    CheckDelays(p, path + ".delay_ms");
    if (!(p.dendritic_delay_fraction >= 0 && p.dendritic_delay_fraction <= 1)) {
      Add(path + ".dendritic_delay_fraction",
          absl::StrCat(p.dendritic_delay_fraction, " is not in [0, 1]"));
    }
  }

  void CheckRule(const ProjectionSpec& p, const PopulationShape& source,
                 const PopulationShape& target, const std::string& path) {
    // The rule and its parameters.
    if (std::holds_alternative<std::monostate>(p.rule)) {
      Add(path,
          "has no connection rule; give all_to_all, one_to_one, "
          "pairwise_bernoulli, explicit_pairs, fixed_indegree, "
          "fixed_outdegree, fixed_total_number or distance_dependent");
    } else if (std::holds_alternative<OneToOne>(p.rule)) {
      if (source.size > 0 && target.size > 0 && source.size != target.size) {
        Add(path + ".one_to_one",
            absl::StrCat("the populations have ", source.size, " and ",
                         target.size, " neurons; they must have as many"));
      }
    } else if (const auto* b = std::get_if<PairwiseBernoulli>(&p.rule)) {
      if (!(b->probability >= 0 && b->probability <= 1)) {
        Add(path + ".pairwise_bernoulli.probability",
            absl::StrCat(b->probability, " is not in [0, 1]"));
      }
    } else if (const auto* e = std::get_if<ExplicitPairs>(&p.rule)) {
      CheckPairs(*e, source.size, target.size, path + ".explicit_pairs");
      if (p.columns != ColumnRestriction::kAny) {
        Add(path + ".columns", "explicit_pairs take no column restriction");
      }
    } else if (const auto* d = std::get_if<DistanceDependent>(&p.rule)) {
      const std::string at = path + ".distance_dependent";
      const bool has_space = CheckSpace(p, at);
      const int dimensions =
          has_space ? ExtentOf(*Spec(p.target)->positions).dimensions : 0;
      ValidateRule(*d, dimensions, at, &violations_);
    } else {
      CheckDrawnRule(p, source, target, path);
    }
    if (p.allow_multapses &&
        (std::holds_alternative<AllToAll>(p.rule) ||
         std::holds_alternative<OneToOne>(p.rule) ||
         std::holds_alternative<PairwiseBernoulli>(p.rule) ||
         std::holds_alternative<DistanceDependent>(p.rule))) {
      Add(path + ".allow_multapses",
          "true is allowed for fixed_indegree, fixed_outdegree and "
          "fixed_total_number; the rule given here makes at most one synapse "
          "per pair");
    }
    if (p.columns != ColumnRestriction::kAny && source.column_count > 0 &&
        target.column_count > 0 && source.column_count != target.column_count) {
      Add(path + ".columns",
          absl::StrCat("the populations have ", source.column_count, " and ",
                       target.column_count,
                       " columns; they must have as many"));
    }
  }

  // Checks the rules that draw a given number of partners or pairs.
  void CheckDrawnRule(const ProjectionSpec& p, const PopulationShape& source,
                      const PopulationShape& target, const std::string& path) {
    if (const auto* in = std::get_if<FixedIndegree>(&p.rule)) {
      CheckDegree(p, in->degree, PartnersOf(p, source, target), "source",
                  "target", path + ".fixed_indegree.degree");
    } else if (const auto* out = std::get_if<FixedOutdegree>(&p.rule)) {
      CheckDegree(p, out->degree, PartnersOf(p, target, source), "target",
                  "source", path + ".fixed_outdegree.degree");
    } else if (const auto* total = std::get_if<FixedTotalNumber>(&p.rule)) {
      CheckTotal(p, total->count, source, target,
                 path + ".fixed_total_number.count");
    }
  }

  // The number of neurons of a population with which the column and autapse
  // restrictions let each neuron of the other connect; kUnknownCount if sizes
  // or columns are wrong.
  static int64_t PartnersOf(const ProjectionSpec& p,
                            const PopulationShape& population,
                            const PopulationShape& other) {
    const int64_t columns = population.column_count;
    if (population.size == 0 || other.size == 0 || columns == 0) {
      return kUnknownCount;
    }
    const bool restricted = p.columns != ColumnRestriction::kAny;
    if (restricted && other.column_count != columns) return kUnknownCount;
    const int64_t column = population.size / columns;
    if (p.columns == ColumnRestriction::kOther) return population.size - column;
    const int64_t all = restricted ? column : population.size;
    return p.source == p.target && !p.allow_autapses ? all - 1 : all;
  }

  // The reason why a number of draws from `partners` is impossible; empty if it
  // is possible.
  static std::string DrawProblem(const ProjectionSpec& p, int64_t count,
                                 int64_t partners, const std::string& which) {
    if (partners == kUnknownCount || count <= partners ||
        (p.allow_multapses && partners > 0)) {
      return "";
    }
    return absl::StrCat(
        count, " is more than the ", partners, " ", which,
        partners > 0 ? "; draw fewer, or set allow_multapses" : "");
  }

  void CheckDegree(const ProjectionSpec& p, int64_t degree, int64_t partners,
                   const std::string& drawn, const std::string& drawing,
                   const std::string& path) {
    if (degree < 1 || degree > kMaxDegree) {
      Add(path, absl::StrCat(degree, " is not in [1, 2^31)"));
      return;
    }
    const std::string problem =
        DrawProblem(p, degree, partners,
                    absl::StrCat(drawn, " neurons that each ", drawing,
                                 " neuron may be connected with"));
    if (!problem.empty()) Add(path, problem);
  }

  void CheckTotal(const ProjectionSpec& p, int64_t count,
                  const PopulationShape& source, const PopulationShape& target,
                  const std::string& path) {
    if (count < 1 || static_cast<double>(count) > kMaxSynapses) {
      Add(path, absl::StrCat(count, " is not in [1, 4.2e9]"));
      return;
    }
    const int64_t partners = PartnersOf(p, source, target);
    if (partners == kUnknownCount) return;
    // The product is at most 2^60.
    const std::string problem = DrawProblem(p, count, partners * target.size,
                                            "pairs that may be connected");
    if (!problem.empty()) Add(path, problem);
  }

  void CheckPairs(const ExplicitPairs& pairs, int64_t sources, int64_t targets,
                  const std::string& path) {
    if (pairs.source_indices.size() != pairs.target_indices.size()) {
      Add(path,
          absl::StrCat(pairs.source_indices.size(), " source_indices and ",
                       pairs.target_indices.size(),
                       " target_indices; there must be as many"));
    }
    CheckPairIndices(pairs.source_indices, sources, path + ".source_indices");
    CheckPairIndices(pairs.target_indices, targets, path + ".target_indices");
  }

  void CheckPairIndices(const std::vector<int32_t>& indices, int64_t end,
                        const std::string& path) {
    if (end == 0) return;  // an invalid size, reported already
    for (size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] >= 0 && indices[i] < end) continue;
      Add(absl::StrCat(path, "[", i, "]"),
          absl::StrCat(indices[i], " is not in [0, ", end, ")"));
      return;
    }
  }

  // The population with a name; null if there is none.
  const PopulationSpec* Spec(const std::string& name) const {
    const auto it = shape_index_.find(name);
    return it == shape_index_.end() ? nullptr : &spec_.populations[it->second];
  }

  // Whether the populations of a projection have distances, which the field at
  // `path` needs. Mistakes in names or positions are reported with these.
  bool CheckSpace(const ProjectionSpec& p, const std::string& path) {
    for (const std::string* name : {&p.source, &p.target}) {
      const auto it = shape_index_.find(*name);
      if (it == shape_index_.end() || !positions_valid_[it->second]) {
        return false;
      }
    }
    return ValidateSpace(*Spec(p.source), *Spec(p.target), path, &violations_);
  }

  // The range of a valid weight or delay; empty if it depends on distances that
  // are unknown.
  std::optional<ValueRange> SynapseRange(const ProjectionSpec& p,
                                         const Value& value, double largest,
                                         const std::string& path) {
    if (!std::holds_alternative<ByDistance>(value)) return RangeOf(value);
    const size_t before = violations_.size();
    if (!CheckSpace(p, path + ".by_distance")) return std::nullopt;
    const auto* rule = std::get_if<DistanceDependent>(&p.rule);
    Violations of_rule;  // reported already
    if (rule != nullptr && !ValidateRule(*rule, 0, "", &of_rule)) {
      return std::nullopt;
    }
    const ValueRange range =
        RangeOf(value, p, *Spec(p.source), *Spec(p.target));
    for (double x : {range.min, range.max}) {
      const std::string problem = NumberProblem(x, largest);
      if (problem.empty() || violations_.size() > before) continue;
      Add(path + ".by_distance", problem);
    }
    if (violations_.size() > before) return std::nullopt;
    return range;
  }

  // Checks a weight or delay by itself. Lists are for explicit pairs only.
  bool CheckSynapseValue(const ProjectionSpec& p, const Value& value,
                         const std::string& path, double largest) {
    if (std::holds_alternative<std::monostate>(value)) {
      Add(path, "is required; give a constant or a distribution");
      return false;
    }
    const auto* list = std::get_if<std::vector<double>>(&value);
    if (list != nullptr) {
      const auto* pairs = std::get_if<ExplicitPairs>(&p.rule);
      if (pairs == nullptr) {
        Add(path, "a list is allowed for explicit_pairs only");
        return false;
      }
      if (list->size() != pairs->source_indices.size()) {
        Add(path, absl::StrCat("the list has ", list->size(),
                               " values; it must have ",
                               pairs->source_indices.size(), ", one per pair"));
        return false;
      }
    }
    return ValidateValue(value, path, &violations_, largest);
  }

  // `target` and `receptor` are null if unknown.
  void CheckWeights(const ProjectionSpec& p, const PopulationShape* target,
                    const ReceptorInfo* receptor, const std::string& path) {
    const bool valid =
        CheckSynapseValue(p, p.weight, path + ".weight", largest_);
    const SynapseModel* model = FindSynapseModel(p.synapse.model);
    if (model == nullptr) {
      Add(path + ".synapse.model", UnknownName("synapse model", p.synapse.model,
                                               ModelNames(SynapseModels())));
      return;
    }
    // Precision, parameter set and parameters.
    if (p.weight_precision == WeightPrecision::kBits16 &&
        model->info().name != "static") {
      Add(path + ".weight_precision",
          absl::StrCat("BITS_16 is allowed for the synapse model static only; "
                       "weights of ",
                       model->info().name,
                       model->is_plastic() ? " change in steps too small for it"
                                           : " are multiplied by fractions"));
    }
    const size_t before = violations_.size();
    const ModelInfo& info = model->info();
    const std::string& set = p.synapse.parameter_set;
    if (!set.empty() && FindByName(info.cell_classes, set) == nullptr) {
      Add(path + ".synapse.parameter_set",
          UnknownName("parameter set of " + info.name, set, info.cell_classes));
    }
    ValidateParameters(info, set, p.synapse.parameters, 0, spec_.dt_ms,
                       path + ".synapse.parameters", &violations_, largest_);
    if (!valid || violations_.size() > before) return;
    // The weights must lie in the range that the parameters allow.
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
    model->CheckWeights(
        Parameters::Resolve(info, set, p.synapse.parameters, 1, 0, ""), &min,
        &max);
    const auto range = SynapseRange(p, p.weight, largest_, path + ".weight");
    if (!range) return;
    if (receptor != nullptr) {
      if (model->is_plastic()) {
        CheckBounds({min, max}, *target->model, *receptor, path);
      }
      std::string at = path + ".weight";
      const std::string problem =
          WeightProblem(*target->model, *receptor, p.weight, *range, &at);
      if (!problem.empty()) return Add(at, problem);
    }
    if (range->min >= min && range->max <= max) return;
    Add(path + ".weight",
        absl::StrCat("reaches over [", range->min, ", ", range->max,
                     "]; weights of ", p.synapse.model, " must be in [", min,
                     ", ", max, "] here"));
  }

  // Checks that a receptor takes all weights that a plastic rule can reach.
  void CheckBounds(const ValueRange& bounds, const ModelInfo& model,
                   const ReceptorInfo& receptor, const std::string& path) {
    if (Takes(receptor, bounds)) return;
    const bool is_min = bounds.min < receptor.weight_min;
    Add(absl::StrCat(path, ".synapse.parameters[\"",
                     is_min ? "weight_min" : "weight_max", "\"]"),
        absl::StrCat(is_min ? bounds.min : bounds.max, " is ",
                     is_min ? "below" : "above", " 0, and ",
                     AllowedWeights(model, receptor),
                     "; give a bound of that sign, or 0"));
  }

  void CheckDelays(const ProjectionSpec& p, const std::string& path) {
    if (!CheckSynapseValue(p, p.delay_ms, path,
                           std::numeric_limits<double>::max()) ||
        !dt_valid_) {
      return;
    }
    const double dt = spec_.dt_ms;
    const double longest = static_cast<double>(kMaxDelaySteps) * dt;
    // Checks one delay in ms.
    const auto check = [&](double ms, const std::string& at) {
      if (ms < dt * (1 - 1e-6)) {
        Add(at, absl::StrCat(ms, " is shorter than one step (", dt, " ms)"));
      } else if (ms > longest) {
        Add(at, absl::StrCat(ms, " is longer than ", kMaxDelaySteps, " steps (",
                             longest, " ms)"));
      } else if (!IsOnGrid(ms, dt)) {
        Add(at, absl::StrCat(ms, " is not a whole multiple of the step (", dt,
                             " ms)"));
      } else {
        return true;
      }
      return false;
    };
    if (const auto* constant = std::get_if<double>(&p.delay_ms)) {
      check(*constant, path);
    } else if (const auto* list =
                   std::get_if<std::vector<double>>(&p.delay_ms)) {
      for (size_t i = 0; i < list->size(); ++i) {
        if (!check((*list)[i], absl::StrCat(path, ".list.values[", i, "]"))) {
          return;
        }
      }
    } else {
      const auto range =
          SynapseRange(p, p.delay_ms, std::numeric_limits<double>::max(), path);
      if (range && (range->max < dt ||
                    (std::isfinite(range->max) && range->max > longest))) {
        Add(path, absl::StrCat("reaches over [", range->min, ", ", range->max,
                               "] ms; delays are between one step (", dt,
                               " ms) and ", longest, " ms"));
      }
    }
  }

  void CheckInput(const InputSpec& input, const std::string& path) {
    CheckName(NameOf(input), input.name.empty(), "input", path);
    const PopulationShape* population =
        CheckReference(input.population, path + ".population");
    const ReceptorInfo* receptor =
        CheckReceptor(population, input.receptor, path);
    const InputModel* model = FindInputModel(input.model);
    if (model == nullptr) {
      Add(path + ".model",
          UnknownName("input model", input.model, ModelNames(InputModels())));
    } else {
      if (input.receptor.empty() && model->is_current()) {
        CheckTakesCurrents(population, path);
      }
      // Noise is computed in 32 bits for any precision of the network.
      const bool is_known = population != nullptr && population->size > 0;
      const size_t before = violations_.size();
      ValidateParameters(model->info(), "", input.parameters,
                         is_known ? population->size : kUnknownCount,
                         spec_.dt_ms, path + ".parameters", &violations_,
                         LargestNumber(Precision::kFloat32));
      if (violations_.size() > before) return;
      CheckAmounts(*model, input.parameters, population, receptor,
                   !input.receptor.empty(), path + ".parameters");
    }
  }

  // Inputs and encoders of currents that name no receptor need a model with a
  // receptor for currents.
  void CheckTakesCurrents(const PopulationShape* population,
                          const std::string& path) {
    if (population == nullptr || population->model == nullptr ||
        CurrentReceptor(*population->model) >= 0) {
      return;
    }
    Add(path + ".receptor",
        absl::StrCat(
            "is required: ", population->model->name,
            " has no receptor for currents; it has ",
            absl::StrJoin(NamesOf(population->model->receptors), ", ")));
  }

  void CheckEncoder(const EncoderSpec& e, const std::string& path) {
    CheckName(e.name, false, "encoder", path);
    encoders_.push_back({e.name});
    const PopulationShape* population =
        CheckReference(e.population, path + ".population");
    const ReceptorInfo* receptor = CheckReceptor(population, e.receptor, path);
    const int64_t size = population == nullptr ? 0 : population->size;
    const EncoderModel* model = FindEncoderModel(e.tuning);
    if (model == nullptr) {
      Add(path + ".tuning",
          UnknownName("tuning", e.tuning, ModelNames(EncoderModels())));
      return;
    }
    encoders_.back().is_current = model->is_current();
    if (e.receptor.empty() && model->is_current()) {
      CheckTakesCurrents(population, path);
    }
    const int64_t groups = model->group_count();
    if (e.dimension_count < 1 || e.dimension_count > kMaxNeurons) {
      Add(path + ".dimension_count",
          absl::StrCat(e.dimension_count, " is not in [1, 2^30]"));
    } else if (size % (e.dimension_count * groups) != 0) {
      Add(path + ".dimension_count",
          absl::StrCat(
              size, " neurons can't be divided equally over ",
              e.dimension_count, " dimensions",
              groups > 1 ? absl::StrCat(" of ", groups, " groups") : ""));
    } else {
      encoders_.back().dimension_count = e.dimension_count;
    }
    const size_t before = violations_.size();
    ValidateParameters(model->info(), "", e.parameters,
                       size > 0 ? size : kUnknownCount, spec_.dt_ms,
                       path + ".parameters", &violations_, largest_);
    if (violations_.size() > before) return;
    CheckAmounts(*model, e.parameters, population, receptor,
                 !e.receptor.empty(), path + ".parameters");
  }

  // Checks the size of the whole network: slots and synapses are counted in 32
  // bits.
  void CheckSize(std::vector<double>* synapse_counts) {
    int64_t neurons = 0;
    for (const PopulationSpec& p : spec_.populations) neurons += p.size;
    if (neurons > kMaxNeurons) {
      Add(path_ + ".populations",
          absl::StrCat(neurons, " neurons; at most 2^30 are allowed"));
    }
    std::vector<double> counts = ExpectedSynapseCounts(spec_);
    double synapses = 0;
    for (double count : counts) synapses += count;
    if (synapses > kMaxSynapses) {
      Add(path_ + ".projections",
          absl::StrCat("about ", synapses,
                       " synapses; at most 4.2e9 are allowed"));
    }
    if (violations_.empty() && synapse_counts != nullptr) {
      *synapse_counts = std::move(counts);
    }
  }

  const NetworkSpec& spec_;
  std::string path_;
  double largest_;  // largest number that the network can hold
  bool dt_valid_ = false;
  std::vector<PopulationShape> shapes_;
  std::vector<EncoderShape> encoders_;
  std::vector<bool> positions_valid_;  // like shapes_; true if there are none
  std::map<std::string, size_t> shape_index_;  // by name
  PlasticityByName plasticity_;
  std::map<std::string, std::set<std::string>> names_;
  Violations violations_;
};

}  // namespace

Violations ValidateNetwork(const NetworkSpec& spec, const std::string& path,
                           std::vector<double>* synapse_counts) {
  return NetworkChecker(spec, path).Run(synapse_counts);
}

}  // namespace spiked
