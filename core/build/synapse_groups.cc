// SPDX-License-Identifier: Apache-2.0

#include "core/build/synapse_groups.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/build/catalogue.h"
#include "core/spec/model_info.h"

namespace spiked {
namespace {

// The properties that all projections of a group share: receptor, model,
// parameter set, parameters (which are constants), dendritic fraction of
// delays, weight format, constant weight. The last entry is i + 1 for a
// projection i that is alone in its group because it is dense or takes
// dopamine, otherwise 0.
using GroupKey = std::tuple<int, std::string, std::string,
                            std::vector<std::pair<std::string, double>>, double,
                            WeightFormat, double, size_t>;

// Weights that don't change depend on the whole delay only.
double FractionOf(const ProjectionSpec& projection) {
  return FindSynapseModel(projection.synapse.model)->is_plastic()
             ? projection.dendritic_delay_fraction
             : 0;
}

GroupKey KeyOf(int receptor, const ProjectionSpec& projection,
               const WeightChoice& choice, size_t i) {
  const SynapseSpec& synapse = projection.synapse;
  std::vector<std::pair<std::string, double>> parameters;
  for (const auto& [name, value] : synapse.parameters) {
    parameters.emplace_back(name, std::get<double>(value));
  }
  const bool is_alone =
      choice.dense || FindSynapseModel(synapse.model)->takes_dopamine();
  return {receptor,
          synapse.model,
          synapse.parameter_set,
          std::move(parameters),
          FractionOf(projection),
          choice.format,
          choice.constant,
          is_alone ? i + 1 : 0};
}

// The rows that groups onto a population have taken.
struct TakenRows {
  std::set<int> rows;
  int free = 0;  // the least that is not taken
};

// Takes the least row that no group onto one of the group's populations has.
int TakeCountRow(const NetworkSpec& spec, const SynapseGroupSpec& group,
                 std::map<std::string_view, TakenRows>* taken) {
  std::set<TakenRows*> targets;
  int row = 0;
  for (size_t i : group.projections) {
    TakenRows* const target = &(*taken)[spec.projections[i].target];
    targets.insert(target);
    row = std::max(row, target->free);
  }
  while (std::any_of(targets.begin(), targets.end(), [&](TakenRows* target) {
    return target->rows.contains(row);
  })) {
    ++row;
  }
  for (TakenRows* target : targets) {
    target->rows.insert(row);
    while (target->rows.contains(target->free)) ++target->free;
  }
  return row;
}

}  // namespace

const SynapseModel* ModelOf(const SynapseGroupSpec& group) {
  const SynapseModel* model = FindSynapseModel(group.synapse.model);
  return group.dendritic_delay_fraction > 0 ? &model->WithDendriticDelays()
                                            : model;
}

// A network may have 100,000 projections, so nothing here is quadratic. The
// k-th projection that joins two populations goes to the k-th group of its key.
std::vector<SynapseGroupSpec> GroupSynapses(
    const NetworkSpec& spec, const std::vector<WeightChoice>& choices) {
  std::map<std::string_view, const PopulationSpec*> populations;
  for (const PopulationSpec& p : spec.populations) {
    populations.emplace(p.name, &p);
  }
  std::vector<SynapseGroupSpec> groups;
  std::map<GroupKey, std::vector<size_t>> groups_of_key;
  std::map<std::tuple<GroupKey, std::string, std::string>, size_t> joined;
  for (size_t i = 0; i < spec.projections.size(); ++i) {
    const ProjectionSpec& projection = spec.projections[i];
    const int receptor = ReceptorIndex(
        *FindNeuronModel(populations.at(projection.target)->model),
        projection.receptor);
    const GroupKey key = KeyOf(receptor, projection, choices[i], i);
    const size_t k = joined[{key, projection.source, projection.target}]++;
    std::vector<size_t>& candidates = groups_of_key[key];
    if (k == candidates.size()) {
      candidates.push_back(groups.size());
      groups.push_back(
          {receptor, projection.synapse, FractionOf(projection), choices[i]});
    }
    groups[candidates[k]].projections.push_back(i);
  }
  std::map<std::string_view, TakenRows> taken;
  for (SynapseGroupSpec& group : groups) {
    if (group.weights.format != WeightFormat::kConstant) continue;
    group.count_row = TakeCountRow(spec, group, &taken);
  }
  return groups;
}

}  // namespace spiked
