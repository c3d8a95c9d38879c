// SPDX-License-Identifier: Apache-2.0

#include "tests/support/simulation.h"

#include <cstdio>
#include <cstdlib>

#include "core/build/compile.h"
#include "core/change/carry_over.h"
#include "core/change/change.h"
#include "core/network/state_hash.h"
#include "core/step.h"

namespace spiked::testing {
namespace {

[[noreturn]] void Abort(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  std::abort();
}

}  // namespace

Simulation::Simulation(const NetworkSpec& spec, int thread_count)
    : spec_(spec) {
  auto network = Compile(spec, thread_count);
  if (!network.ok()) Abort(network.status().ToString());
  network_ = std::move(*network);
  state_ = MakeState(*network_);
  if (thread_count > 1) team_ = std::make_unique<ThreadTeam>(thread_count);
}

void Simulation::Run(int64_t step_count) {
  std::vector<int32_t> neurons;
  for (int64_t i = 0; i < step_count; ++i) {
    const int64_t step = state_.step;
    Step(*network_, state_, team_.get());
    neurons.clear();
    AppendLastSpikes(*network_, state_, &neurons);
    for (int32_t neuron : neurons) spikes_.push_back({step, neuron});
  }
}

Violations Simulation::Change(ChangeSpecs changes,
                              std::optional<int64_t> step) {
  Violations violations;
  ValidateChanges(*network_, changes, "changes", &violations);
  if (!violations.empty()) return violations;
  const int64_t at = step.value_or(state_.step);
  ApplyDueChanges(*network_, state_);
  CheckChanges(*network_, state_, changes, at, "changes", &violations);
  if (!violations.empty()) return violations;
  ScheduleChanges(*network_,
                  std::make_shared<const ChangeSpecs>(std::move(changes)), at,
                  state_);
  return violations;
}

absl::Status Simulation::Edit(const EditSpec& edit, int thread_count) {
  Violations violations;
  EditedSpec edited = EditNetwork(spec_, edit, "", &violations);
  NetworkPlan plan;
  if (violations.empty()) {
    plan = PlanEdited(edited, *network_, "add");
    violations = plan.violations;
  }
  if (!violations.empty()) {
    return absl::InvalidArgumentError(violations.Text());
  }
  auto network = Compile(plan, thread_count);
  if (!network.ok()) return network.status();
  ApplyDueChanges(*network_, state_);
  auto state = CarryOver(*network_, state_, **network, edited.lineage);
  if (!state.ok()) return state.status();
  spec_ = std::move(edited.spec);
  network_ = *std::move(network);
  state_ = *std::move(state);
  team_ =
      thread_count > 1 ? std::make_unique<ThreadTeam>(thread_count) : nullptr;
  return absl::OkStatus();
}

std::vector<int64_t> Simulation::SpikeSteps(const std::string& population,
                                            int64_t neuron) const {
  const int p = network_->FindPopulation(population);
  if (p < 0) Abort("no population " + population);
  const int64_t wanted = network_->populations[p].first_neuron + neuron;
  std::vector<int64_t> steps;
  for (const Spike& spike : spikes_) {
    if (spike.neuron == wanted) steps.push_back(spike.step);
  }
  return steps;
}

double Simulation::Variable(const std::string& population,
                            const std::string& variable, int64_t neuron) const {
  const int p = network_->FindPopulation(population);
  if (p < 0) Abort("no population " + population);
  const int v =
      IndexByName(network_->populations[p].model->info().variables, variable);
  if (v < 0) Abort("no variable " + variable);
  return ReadVariable(*network_, state_, p, v, neuron);
}

std::vector<SynapseReading> Simulation::Synapses(int projection) const {
  return ReadSynapses(*network_, state_, projection);
}

uint64_t Simulation::Hash() const { return HashState(*network_, state_); }

}  // namespace spiked::testing
