// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SUPPORT_SIMULATION_H_
#define SPIKED_TESTS_SUPPORT_SIMULATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "core/change/edit_spec.h"
#include "core/network/network.h"
#include "core/network/state.h"
#include "core/network/synapse_readings.h"
#include "core/numbers/thread_team.h"
#include "core/spec/change_spec.h"
#include "core/spec/network_spec.h"
#include "core/spec/violations.h"

namespace spiked::testing {

struct Spike {
  int64_t step;    // in which it was found
  int32_t neuron;  // in the network

  bool operator==(const Spike&) const = default;
  // NOLINTNEXTLINE(modernize-use-nullptr)
  auto operator<=>(const Spike&) const = default;
};

// A compiled network, its state, and all spikes so far. Aborts the test program
// if the network is invalid.
class Simulation {
 public:
  explicit Simulation(const NetworkSpec& spec, int thread_count = 1);

  // Runs `step_count` steps.
  void Run(int64_t step_count);

  const Network& network() const { return *network_; }
  const State& state() const { return state_; }
  State& state() { return state_; }
  const std::vector<Spike>& spikes() const { return spikes_; }
  // Removes recorded spikes of steps from the state's step on.
  void RewindSpikes() {
    std::erase_if(
        spikes_, [&](const Spike& spike) { return spike.step >= state_.step; });
  }

  // Makes changes, at the coming step or a later one. If there are violations,
  // which are returned, none of the changes is made. Paths begin with
  // "changes".
  Violations Change(ChangeSpecs changes, std::optional<int64_t> step = {});

  // Edits the network and carries its state over, to be stepped by
  // `thread_count` threads. Paths of violations, which are INVALID_ARGUMENT,
  // begin with "add" and "remove_".
  absl::Status Edit(const EditSpec& edit, int thread_count = 1);

  // The steps in which a neuron spiked.
  std::vector<int64_t> SpikeSteps(const std::string& population,
                                  int64_t neuron = 0) const;

  double Variable(const std::string& population, const std::string& variable,
                  int64_t neuron = 0) const;

  std::vector<SynapseReading> Synapses(int projection = 0) const;
  uint64_t Hash() const;

 private:
  NetworkSpec spec_;
  std::unique_ptr<const Network> network_;
  std::unique_ptr<ThreadTeam> team_;  // null for one thread
  State state_;
  std::vector<Spike> spikes_;
};

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_SIMULATION_H_
