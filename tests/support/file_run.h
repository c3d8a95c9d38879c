// SPDX-License-Identifier: Apache-2.0
//
// Runs of the network files in clients/networks.

#ifndef SPIKED_TESTS_SUPPORT_FILE_RUN_H_
#define SPIKED_TESTS_SUPPORT_FILE_RUN_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "tests/support/activity.h"
#include "tests/support/network_file.h"
#include "tests/support/simulation.h"

namespace spiked::testing {

// The network of a file, by its name without ".yaml", with another seed.
inline NetworkSpec FileNetwork(const std::string& name, int64_t seed,
                               Precision precision = Precision::kFloat32) {
  auto network = ReadNetworkSpec("clients/networks/" + name + ".yaml");
  EXPECT_TRUE(network.ok()) << network.status();
  if (!network.ok()) return {};
  network->seed = seed;
  network->precision = precision;
  return *network;
}

// A simulation, and the range of its steps that is measured.
class Observation {
 public:
  Observation(const NetworkSpec& network, double skipped_ms, double ms,
              int thread_count = 1)
      : dt_ms_(network.dt_ms),
        first_(std::lround(skipped_ms / dt_ms_)),
        last_(first_ + std::lround(ms / dt_ms_)),
        simulation_(network, thread_count) {
    simulation_.Run(last_);
  }

  const Simulation& simulation() const { return simulation_; }

  // Activity of all neurons, of a population, or of its first neurons.
  Activity OfAll() const {
    return MeasureActivity(simulation_, dt_ms_, first_, last_);
  }
  Activity Of(const std::string& population, int64_t most = 1 << 30) const {
    NeuronRange range = RangeOf(simulation_, population);
    range.count = std::min(range.count, most);
    return MeasureActivity(simulation_, dt_ms_, first_, last_, range);
  }

 private:
  double dt_ms_;
  int64_t first_, last_;
  Simulation simulation_;
};

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_FILE_RUN_H_
