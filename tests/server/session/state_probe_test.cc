// SPDX-License-Identifier: Apache-2.0

#include "server/session/state_probe.h"

#include <gtest/gtest.h>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

NetworkSpec OneNeuron() {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations.push_back(testing::MakePopulation("cell", "izhikevich", 1));
  return spec;
}

TEST(StateProbe, AFullBufferDropsTheOldestAndCounts) {
  testing::Simulation simulation(OneNeuron());
  // Room for two samples at least.
  StateProbe probe({.variables = {0}, .neurons = {0}}, 0);
  for (int i = 0; i < 5; ++i) {
    simulation.Run(1);
    probe.Sample(simulation.network(), simulation.state(), 0);
  }
  const StateProbe::Reading reading = probe.Take(100);
  EXPECT_EQ(reading.dropped_sample_count, 3);
  ASSERT_EQ(reading.samples.size(), 2u);
  EXPECT_EQ(reading.samples[0].step, 4);
  EXPECT_EQ(probe.Take(100).dropped_sample_count, 0);
}

TEST(StateProbe, AReadingHasOneEpoch) {
  testing::Simulation simulation(OneNeuron());
  StateProbe probe({.variables = {0}, .neurons = {0}}, 1 << 16);
  simulation.Run(1);
  probe.Sample(simulation.network(), simulation.state(), 0);
  probe.Sample(simulation.network(), simulation.state(), 1);
  EXPECT_EQ(probe.Take(100).samples.size(), 1u);
  const StateProbe::Reading second = probe.Take(100);
  ASSERT_EQ(second.samples.size(), 1u);
  EXPECT_EQ(second.samples[0].epoch, 1);
}

}  // namespace
}  // namespace spiked
