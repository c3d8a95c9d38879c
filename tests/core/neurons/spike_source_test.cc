// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/spike_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::spike_source_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeCurrent;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

NetworkSpec Source(Precision precision = Precision::kFloat64) {
  NetworkSpec network = MakeNetwork(1, precision);
  network.populations = {MakePopulation("p", "spike_source", 1)};
  return network;
}

TEST(SpikeSource, SpikesInTheStepsItIsTold) {
  NetworkSpec network = MakeNetwork(1);
  testing::AddSpikeSource(&network, "p", {{0, 1, 5}, {}, {3}});
  Simulation simulation(network);
  simulation.Run(10);
  EXPECT_THAT(simulation.SpikeSteps("p", 0), ElementsAre(0, 1, 5));
  EXPECT_THAT(simulation.SpikeSteps("p", 1), IsEmpty());
  EXPECT_THAT(simulation.SpikeSteps("p", 2), ElementsAre(3));
}

TEST(SpikeSource, ThresholdIsASumOfOne) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = Source(precision);
    network.stimuli = {MakeCurrent(network, "p", {0.5}, 0, 3),
                       MakeCurrent(network, "p", {0.5}, 2, 3),
                       MakeCurrent(network, "p", {0.49}, 4, 1)};
    Simulation simulation(network);
    simulation.Run(10);
    EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(2));
  }
}

TEST(SpikeSource, SpikesAtMostOncePerStep) {
  NetworkSpec network = Source();
  network.stimuli = {MakeCurrent(network, "p", {100}, 2, 1)};
  Simulation simulation(network);
  simulation.Run(10);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(2));
}

TEST(SpikeSource, NegativeInputTakesAwayFromPositive) {
  NetworkSpec network = Source();
  network.stimuli = {MakeCurrent(network, "p", {1.5}, 0, 2),
                     MakeCurrent(network, "p", {-1}, 1, 1)};
  Simulation simulation(network);
  simulation.Run(5);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(0));
}

}  // namespace
}  // namespace spiked::spike_source_test
