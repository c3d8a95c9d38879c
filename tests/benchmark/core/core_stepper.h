// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_CORE_CORE_STEPPER_H_
#define SPIKED_TESTS_BENCHMARK_CORE_CORE_STEPPER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/network/network.h"
#include "core/network/state.h"
#include "core/numbers/thread_team.h"
#include "core/spec/network_spec.h"
#include "tests/benchmark/measurement.h"

namespace spiked::benchmark {

// Spikes and synaptic events of some steps.
struct Activity {
  int64_t spikes = 0;
  double synaptic_events = 0;          // spikes times out-degree
  std::vector<int64_t> by_population;  // spikes
};

// The only place where benchmarks build and step a network with the core.
class CoreStepper {
 public:
  static absl::StatusOr<std::unique_ptr<CoreStepper>> Build(
      const NetworkSpec& spec, int thread_count);

  // Builds a network and stores its size and the time and memory of building in
  // `m`.
  static absl::StatusOr<std::unique_ptr<CoreStepper>> Build(
      const NetworkSpec& spec, int thread_count, Measurement* m);

  // Returns to step 0.
  void Restart();

  // Takes steps as fast as possible and counts spikes.
  void Run(int64_t step_count);

  // Counts spikes: ClearCounts starts again at 0, CountSpikes returns the
  // counts since then.
  void ClearCounts();
  Activity CountSpikes() const;

  // A hash of the state (HashState).
  uint64_t Hash() const;

  // A hash of all synapses with their first weights, in any order.
  uint64_t SynapseHash() const;

  // The number of neurons of each population.
  std::vector<int64_t> PopulationSizes() const;

 private:
  CoreStepper(std::unique_ptr<const Network> network, int thread_count);

  std::unique_ptr<const Network> network_;
  mutable ThreadTeam team_;
  std::unique_ptr<State> state_;
  std::vector<int64_t> counts_;      // spikes, [neuron]
  std::vector<double> out_degrees_;  // [neuron]
};

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_CORE_CORE_STEPPER_H_
