// SPDX-License-Identifier: Apache-2.0

#include "core/change/edit_spec.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/build/catalogue.h"
#include "core/model/synapse_model.h"
#include "core/spec/names.h"

namespace spiked {
namespace {

const std::string& NameOf(const PopulationSpec& spec) { return spec.name; }
const std::string& NameOf(const EncoderSpec& spec) { return spec.name; }

std::vector<int> Count(size_t count) {
  std::vector<int> indices(count);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

// Names to remove from one list of the specification. Adds unknown and repeated
// names to `violations`.
template <class Spec>
std::set<std::string> NamesToRemove(const std::vector<std::string>& names,
                                    const std::vector<Spec>& specs,
                                    std::string_view what,
                                    const std::string& path,
                                    Violations* violations) {
  std::vector<std::string> known;
  known.reserve(specs.size());
  for (const Spec& spec : specs) known.push_back(NameOf(spec));
  const std::set<std::string_view> exists(known.begin(), known.end());
  std::set<std::string> wanted;
  for (size_t i = 0; i < names.size() && !violations->full(); ++i) {
    const std::string at = absl::StrCat(path, "[", i, "]");
    if (!exists.contains(names[i])) {
      violations->Add(
          at, UnknownName(what, names[i], known, violations->suggestions()));
    } else if (!wanted.insert(names[i]).second) {
      violations->Add(at, absl::StrCat(Quoted(names[i]), " occurs twice"));
    }
  }
  return wanted;
}

// `specs` without those for which goes() is true, followed by `added`. Writes
// the origin of each to `lineage`.
template <class Spec, class Goes>
std::vector<Spec> Edited(const std::vector<Spec>& specs,
                         const std::vector<Spec>& added, Goes goes,
                         std::vector<int>* lineage) {
  std::vector<Spec> edited;
  for (size_t i = 0; i < specs.size(); ++i) {
    if (goes(specs[i])) continue;
    edited.push_back(specs[i]);
    lineage->push_back(static_cast<int>(i));
  }
  edited.insert(edited.end(), added.begin(), added.end());
  lineage->resize(edited.size(), -1);
  return edited;
}

// Number of items that were there before the edit; they come first.
size_t KeptCount(const std::vector<int>& lineage) {
  return static_cast<size_t>(std::count_if(lineage.begin(), lineage.end(),
                                           [](int from) { return from >= 0; }));
}

// Decides which stimuli of the network before still have a target. A new object
// doesn't inherit the stimuli of a removed one of the same name.
class StimulusFilter {
 public:
  StimulusFilter(const NetworkSpec& spec, const Lineage& lineage) {
    for (size_t i = 0; i < KeptCount(lineage.populations); ++i) {
      populations_.insert(spec.populations[i].name);
    }
    for (size_t i = 0; i < KeptCount(lineage.encoders); ++i) {
      encoders_.insert(spec.encoders[i].name);
    }
    for (size_t i = 0; i < KeptCount(lineage.projections); ++i) {
      const ProjectionSpec& p = spec.projections[i];
      projections_.insert(spiked::NameOf(p));
      const SynapseModel* model = FindSynapseModel(p.synapse.model);
      if (model == nullptr) continue;
      is_plastic_ = is_plastic_ || model->is_plastic();
      takes_dopamine_ = takes_dopamine_ || model->takes_dopamine();
    }
  }

  // False if the stimulus is removed. Takes removed projections out of the
  // lists of stimuli that stay.
  bool Keep(StimulusSpec* stimulus) const {
    if (auto* plasticity = std::get_if<PlasticitySwitchSpec>(&stimulus->kind)) {
      return KeepProjections(is_plastic_, &plasticity->projections);
    }
    if (auto* dopamine = std::get_if<DopaminePulseSpec>(&stimulus->kind)) {
      return KeepProjections(takes_dopamine_, &dopamine->projections);
    }
    if (auto* values = std::get_if<EncoderValuesSpec>(&stimulus->kind)) {
      return encoders_.contains(values->encoder);
    }
    return populations_.contains(stimulus->population);
  }

 private:
  // An empty list stands for all suitable projections: one must be left.
  bool KeepProjections(bool any, std::vector<std::string>* names) const {
    if (names->empty()) return any;
    std::erase_if(*names, [&](const std::string& name) {
      return !projections_.contains(name);
    });
    return !names->empty();
  }

  std::set<std::string> populations_;
  std::set<std::string> encoders_;
  std::set<std::string> projections_;
  bool is_plastic_ = false;
  bool takes_dopamine_ = false;
};

// Turns "network.populations[7].size" into "add.populations[1].size" if the
// first six populations were there before the edit.
std::string PathInEdit(const std::string& field, const Lineage& lineage,
                       const std::string& path) {
  constexpr std::string_view kNetwork = "network";
  const std::pair<std::string, const std::vector<int>*> lists[] = {
      {"network.populations[", &lineage.populations},
      {"network.projections[", &lineage.projections},
      {"network.inputs[", &lineage.inputs},
      {"network.encoders[", &lineage.encoders}};
  for (const auto& [prefix, list] : lists) {
    if (!absl::StartsWith(field, prefix)) continue;
    const size_t end = field.find(']');
    size_t index = 0;
    if (!absl::SimpleAtoi(field.substr(prefix.size(), end - prefix.size()),
                          &index)) {
      continue;
    }
    const size_t kept = KeptCount(*list);
    if (index < kept) continue;
    const std::string list_path = path.empty()
                                      ? prefix.substr(kNetwork.size() + 1)
                                      : path + prefix.substr(kNetwork.size());
    return absl::StrCat(list_path, index - kept, field.substr(end));
  }
  return field;
}

// How `before` stores the weights of the projections that stay.
KeptFormats FormatsOf(const Network& before, const Lineage& lineage) {
  KeptFormats kept;
  for (int origin : lineage.projections) {
    kept.emplace_back();
    if (origin < 0) continue;
    const Projection& projection = before.projections[origin];
    kept.back() = {before.groups[projection.group].kernel->layout().format,
                   before.populations[projection.target]
                       .receptors[before.groups[projection.group].receptor]
                       .unit};
  }
  return kept;
}

}  // namespace

Lineage Lineage::Identity(const NetworkSpec& spec) {
  return {Count(spec.populations.size()), Count(spec.projections.size()),
          Count(spec.inputs.size()), Count(spec.encoders.size())};
}

EditedSpec EditNetwork(const NetworkSpec& spec, const EditSpec& edit,
                       const std::string& path, Violations* violations) {
  const auto at = [&](const char* field) {
    return path.empty() ? field : absl::StrCat(path, ".", field);
  };
  // Names to remove, checked.
  const auto populations =
      NamesToRemove(edit.removed_populations, spec.populations, "population",
                    at("remove_populations"), violations);
  const auto projections =
      NamesToRemove(edit.removed_projections, spec.projections, "projection",
                    at("remove_projections"), violations);
  const auto inputs = NamesToRemove(edit.removed_inputs, spec.inputs, "input",
                                    at("remove_inputs"), violations);
  const auto encoders =
      NamesToRemove(edit.removed_encoders, spec.encoders, "encoder",
                    at("remove_encoders"), violations);

  // The edited lists. Projections, inputs and encoders of a removed population
  // are removed with it.
  EditedSpec edited;
  NetworkSpec& result = edited.spec;
  result.description = spec.description;
  result.dt_ms = spec.dt_ms;
  result.precision = spec.precision;
  result.seed = spec.seed;
  Lineage& lineage = edited.lineage;
  result.populations = Edited(
      spec.populations, edit.populations,
      [&](const PopulationSpec& p) { return populations.contains(p.name); },
      &lineage.populations);
  result.projections = Edited(
      spec.projections, edit.projections,
      [&](const ProjectionSpec& p) {
        return projections.contains(spiked::NameOf(p)) ||
               populations.contains(p.source) || populations.contains(p.target);
      },
      &lineage.projections);
  result.inputs = Edited(
      spec.inputs, edit.inputs,
      [&](const InputSpec& i) {
        return inputs.contains(spiked::NameOf(i)) ||
               populations.contains(i.population);
      },
      &lineage.inputs);
  result.encoders = Edited(
      spec.encoders, edit.encoders,
      [&](const EncoderSpec& e) {
        return encoders.contains(e.name) || populations.contains(e.population);
      },
      &lineage.encoders);
  // Stimuli that still have a target.
  const StimulusFilter filter(result, lineage);
  for (StimulusSpec stimulus : spec.stimuli) {
    if (filter.Keep(&stimulus)) result.stimuli.push_back(std::move(stimulus));
  }
  return edited;
}

NetworkPlan PlanEdited(const EditedSpec& edited, const Network& before,
                       const std::string& path) {
  NetworkPlan plan =
      Plan(edited.spec, "network", FormatsOf(before, edited.lineage));
  Violations renamed;
  for (const Violation& violation : plan.violations.list()) {
    renamed.Add(PathInEdit(violation.field, edited.lineage, path),
                violation.description);
  }
  plan.violations = std::move(renamed);
  return plan;
}

}  // namespace spiked
