// SPDX-License-Identifier: Apache-2.0
//
// The plan of a network, made before anything is allocated: whether its
// specification is valid, how weights are stored, which projections share
// tables, how many synapses there will be. The estimate of its memory
// (core/build/estimate.h) and its construction (core/build/compile.h) both
// follow the plan.

#ifndef SPIKED_CORE_BUILD_PLAN_H_
#define SPIKED_CORE_BUILD_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/build/planned_delays.h"
#include "core/build/synapse_groups.h"
#include "core/build/weight_format.h"
#include "core/spec/network_spec.h"
#include "core/spec/violations.h"

namespace spiked {

// The synapses of a group that leave one source population.
struct PlannedSource {
  int population;
  PlannedDelays delays;
  struct Target {
    int population;
    double synapse_count;  // expected
  };
  std::vector<Target> targets;
};

// Projections that share tables of synapses, with the expected contents of the
// tables.
struct PlannedGroup {
  SynapseGroupSpec spec;
  PlannedDelays delays;
  std::vector<PlannedSource> sources;  // by population
  double synapse_count = 0;            // expected
  double build_bytes = 0;  // besides the tables, while drawing synapses
};

struct NetworkPlan {
  // The planned specification. Must outlive the plan and not change meanwhile.
  const NetworkSpec* spec = nullptr;

  // All mistakes in the specification. If there are any, nothing below is set.
  Violations violations;

  int64_t neuron_count = 0;
  double synapse_count = 0;            // expected
  std::vector<WeightChoice> weights;   // [projections]
  std::vector<double> synapse_counts;  // [projections] expected
  std::vector<PlannedGroup> groups;
};

// Checks a specification and plans its network. Paths of violations begin with
// `path`. `kept`: of an edited network.
NetworkPlan Plan(const NetworkSpec& spec, const std::string& path = "network",
                 const KeptFormats& kept = {});

// Plans without checks. Requires: every value is valid by itself; the network
// may be larger than allowed.
NetworkPlan PlanUnchecked(const NetworkSpec& spec);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_PLAN_H_
