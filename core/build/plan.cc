// SPDX-License-Identifier: Apache-2.0

#include "core/build/plan.h"

#include <map>
#include <string_view>
#include <utility>
#include <variant>

#include "core/build/distance_rule.h"
#include "core/build/expected_synapses.h"
#include "core/build/validate.h"

namespace spiked {
namespace {

using PopulationIndex = std::map<std::string_view, int>;  // by name

PopulationIndex IndexPopulations(const NetworkSpec& spec) {
  PopulationIndex index;
  for (size_t i = 0; i < spec.populations.size(); ++i) {
    index.emplace(spec.populations[i].name, static_cast<int>(i));
  }
  return index;
}

PlannedGroup PlanGroup(const NetworkPlan& plan,
                       const PopulationIndex& populations,
                       SynapseGroupSpec group) {
  const NetworkSpec& spec = *plan.spec;
  PlannedGroup planned;
  std::map<int, PlannedSource> sources;
  for (size_t i : group.projections) {
    const ProjectionSpec& p = spec.projections[i];
    const int source = populations.at(p.source);
    const int target = populations.at(p.target);
    const PopulationSpec& sending = spec.populations[source];
    const PopulationSpec& receiving = spec.populations[target];
    planned.synapse_count += plan.synapse_counts[i];
    PlannedSource& from = sources[source];
    from.population = source;
    from.delays.Add(p, sending, receiving, spec.dt_ms);
    from.targets.push_back({target, plan.synapse_counts[i]});
    if (std::holds_alternative<DistanceDependent>(p.rule)) {
      planned.build_bytes += DistanceRule::BytesOf(receiving);
    }
  }
  for (auto& [index, source] : sources) {
    planned.delays.Merge(source.delays);
    planned.sources.push_back(std::move(source));
  }
  planned.spec = std::move(group);
  return planned;
}

void Decide(const KeptFormats& kept, NetworkPlan* plan) {
  const NetworkSpec& spec = *plan->spec;
  for (const PopulationSpec& p : spec.populations) plan->neuron_count += p.size;
  for (double count : plan->synapse_counts) plan->synapse_count += count;
  plan->weights = ChooseWeightFormats(spec, plan->synapse_counts, kept);
  const PopulationIndex populations = IndexPopulations(spec);
  for (SynapseGroupSpec& group : GroupSynapses(spec, plan->weights)) {
    plan->groups.push_back(PlanGroup(*plan, populations, std::move(group)));
  }
}

}  // namespace

NetworkPlan Plan(const NetworkSpec& spec, const std::string& path,
                 const KeptFormats& kept) {
  NetworkPlan plan;
  plan.spec = &spec;
  plan.violations = ValidateNetwork(spec, path, &plan.synapse_counts);
  if (plan.violations.empty()) Decide(kept, &plan);
  return plan;
}

NetworkPlan PlanUnchecked(const NetworkSpec& spec) {
  NetworkPlan plan;
  plan.spec = &spec;
  plan.synapse_counts = ExpectedSynapseCounts(spec);
  Decide({}, &plan);
  return plan;
}

}  // namespace spiked
