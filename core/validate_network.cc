// SPDX-License-Identifier: Apache-2.0

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/catalogue.h"
#include "core/delays.h"
#include "core/estimate.h"
#include "core/names.h"
#include "core/validate.h"
#include "core/value.h"

namespace spiked {
namespace {

constexpr double kMinDtMs = 0.001;
constexpr double kMaxDtMs = 100;
constexpr int64_t kMaxNeurons = int64_t{1} << 30;

template <typename Model>
std::vector<std::string> ModelNames(absl::Span<const Model* const> models) {
  std::vector<std::string> names;
  for (const Model* model : models) names.push_back(model->info().name);
  return names;
}

class NetworkChecker {
 public:
  NetworkChecker(const NetworkSpec& spec, std::string path)
      : spec_(spec), path_(std::move(path)) {}

  Violations Run() {
    CheckNetwork();
    CheckEach(spec_.populations, "populations",
              [&](const auto& p, const auto& at) { CheckPopulation(p, at); });
    CheckEach(spec_.projections, "projections",
              [&](const auto& p, const auto& at) { CheckProjection(p, at); });
    CheckEach(spec_.inputs, "inputs", [&](const auto& input, const auto& at) {
      CheckInput(input, at);
    });
    CheckEach(spec_.stimuli, "stimuli", [&](const auto& s, const auto& at) {
      // An invalid step is told once, not again by every duration.
      ValidateStimulus(s, shapes_, dt_valid_ ? spec_.dt_ms : kMinDtMs, at,
                       &violations_);
    });
    if (violations_.empty()) CheckSize();
    return std::move(violations_);
  }

 private:
  // Calls check(entry, path) until there are enough violations.
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
    CheckCount("populations", spec_.populations.size(), 1, 10000);
    CheckCount("projections", spec_.projections.size(), 0, 100000);
    CheckCount("inputs", spec_.inputs.size(), 0, 10000);
    CheckCount("stimuli", spec_.stimuli.size(), 0, 100000);
  }

  // Names are unique among the populations, the projections and the inputs.
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
    CheckName(p.name, false, "population", path);
    const NeuronModel* model = FindNeuronModel(p.model);
    shape_index_.emplace(p.name, shapes_.size());
    shapes_.push_back(
        {p.name, 0, 0, model == nullptr ? nullptr : &model->info()});
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
      Add(path + ".cell_class",
          UnknownName("cell class of " + info.name, p.cell_class,
                      NamesOf(info.cell_classes)));
    }
    if (!p.scheme.empty() && FindByName(info.schemes, p.scheme) == nullptr) {
      Add(path + ".scheme", UnknownName("scheme of " + info.name, p.scheme,
                                        NamesOf(info.schemes)));
    }
    const int64_t count =
        shapes_.back().size > 0 ? shapes_.back().size : kUnknownCount;
    ValidateParameters(info, p.cell_class, p.parameters, count,
                       path + ".parameters", &violations_);
    // Variables are checked like parameters that may have any finite value.
    ModelInfo variables;
    variables.name = info.name;
    for (const VariableInfo& v : info.variables) {
      variables.parameters.push_back({v.name, v.unit, v.description});
    }
    ValidateParameters(variables, "", p.initial_values, count,
                       path + ".initial_values", &violations_);
  }

  const PopulationShape* CheckReference(const std::string& name,
                                        const std::string& path) {
    const auto it = shape_index_.find(name);
    if (it != shape_index_.end()) return &shapes_[it->second];
    Add(path, UnknownName("population", name, NamesOf(shapes_)));
    return nullptr;
  }

  void CheckProjection(const ProjectionSpec& p, const std::string& path) {
    CheckName(NameOf(p), p.name.empty(), "projection", path);
    const PopulationShape* source = CheckReference(p.source, path + ".source");
    const PopulationShape* target = CheckReference(p.target, path + ".target");
    if (target != nullptr && target->model != nullptr && !p.receptor.empty() &&
        FindByName(target->model->receptors, p.receptor) == nullptr) {
      Add(path + ".receptor",
          UnknownName("receptor of " + target->model->name, p.receptor,
                      NamesOf(target->model->receptors)));
    }
    if (source != nullptr && target != nullptr) {
      CheckRule(p, *source, *target, path);
    }
    CheckWeights(p, path);
    CheckDelays(p, path + ".delay_ms");
  }

  void CheckRule(const ProjectionSpec& p, const PopulationShape& source,
                 const PopulationShape& target, const std::string& path) {
    if (std::holds_alternative<std::monostate>(p.rule)) {
      Add(path,
          "has no connection rule; give all_to_all, one_to_one, "
          "pairwise_bernoulli or explicit_pairs");
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
    }
    if (p.columns != ColumnRestriction::kAny && source.column_count > 0 &&
        target.column_count > 0 && source.column_count != target.column_count) {
      Add(path + ".columns",
          absl::StrCat("the populations have ", source.column_count, " and ",
                       target.column_count,
                       " columns; they must have as many"));
    }
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
    if (end == 0) return;  // the population's size is wrong, which was told
    for (size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] >= 0 && indices[i] < end) continue;
      Add(absl::StrCat(path, "[", i, "]"),
          absl::StrCat(indices[i], " is not in [0, ", end, ")"));
      return;
    }
  }

  // Weights and delays: lists belong to explicit pairs.
  bool CheckSynapseValue(const ProjectionSpec& p, const Value& value,
                         const std::string& path) {
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
    return ValidateValue(value, path, &violations_);
  }

  void CheckWeights(const ProjectionSpec& p, const std::string& path) {
    const bool valid = CheckSynapseValue(p, p.weight, path + ".weight");
    const SynapseModel* model = FindSynapseModel(p.synapse.model);
    if (model == nullptr) {
      Add(path + ".synapse.model", UnknownName("synapse model", p.synapse.model,
                                               ModelNames(SynapseModels())));
      return;
    }
    const size_t before = violations_.size();
    ValidateParameters(model->info(), "", p.synapse.parameters, 0,
                       path + ".synapse.parameters", &violations_);
    if (!valid || violations_.size() > before) return;
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
    model->CheckWeights(
        Parameters::Resolve(model->info(), "", p.synapse.parameters, 1, 0, ""),
        &min, &max);
    const ValueRange range = RangeOf(p.weight);
    if (range.min >= min && range.max <= max) return;
    Add(path + ".weight",
        absl::StrCat("reaches over [", range.min, ", ", range.max,
                     "]; weights of ", p.synapse.model, " must be in [", min,
                     ", ", max, "] here"));
  }

  void CheckDelays(const ProjectionSpec& p, const std::string& path) {
    if (!CheckSynapseValue(p, p.delay_ms, path) || !dt_valid_) return;
    const double dt = spec_.dt_ms;
    const double longest = static_cast<double>(kMaxDelaySteps) * dt;
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
      const ValueRange range = RangeOf(p.delay_ms);
      if (range.max < dt || (std::isfinite(range.max) && range.max > longest)) {
        Add(path, absl::StrCat("reaches over [", range.min, ", ", range.max,
                               "] ms; delays are between one step (", dt,
                               " ms) and ", longest, " ms"));
      }
    }
  }

  void CheckInput(const InputSpec& input, const std::string& path) {
    CheckName(NameOf(input), input.name.empty(), "input", path);
    const PopulationShape* population =
        CheckReference(input.population, path + ".population");
    const InputModel* model = FindInputModel(input.model);
    if (model == nullptr) {
      Add(path + ".model",
          UnknownName("input model", input.model, ModelNames(InputModels())));
    } else {
      const bool is_known = population != nullptr && population->size > 0;
      ValidateParameters(model->info(), "", input.parameters,
                         is_known ? population->size : kUnknownCount,
                         path + ".parameters", &violations_);
    }
  }

  // Slots and synapses are counted in 32 bits.
  void CheckSize() {
    const Estimate estimate = EstimateNetwork(spec_);
    if (estimate.neuron_count > kMaxNeurons) {
      Add(path_ + ".populations",
          absl::StrCat(estimate.neuron_count,
                       " neurons; at most 2^30 are allowed"));
    }
    if (estimate.synapse_count > 4.2e9) {
      Add(path_ + ".projections",
          absl::StrCat("about ", estimate.synapse_count,
                       " synapses; at most 4.2e9 are allowed"));
    }
  }

  const NetworkSpec& spec_;
  std::string path_;
  bool dt_valid_ = false;
  std::vector<PopulationShape> shapes_;
  std::map<std::string, size_t> shape_index_;  // by name
  std::map<std::string, std::set<std::string>> names_;
  Violations violations_;
};

}  // namespace

Violations ValidateNetwork(const NetworkSpec& spec, const std::string& path) {
  return NetworkChecker(spec, path).Run();
}

}  // namespace spiked
