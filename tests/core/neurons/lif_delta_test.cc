// SPDX-License-Identifier: Apache-2.0
//
// One step against the formula in the model's header, and the effect of input.
// Common tests of these models are in lif_test.cc.

#include "core/neurons/lif_delta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/build/catalogue.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::lif_delta_test {
namespace {

using testing::AddSpikeSource;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeArrivals;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Pairs;
using testing::Simulation;

NetworkSpec Brunel(Precision precision = Precision::kFloat64) {
  NetworkSpec network = MakeNetwork(0.1, precision);
  network.populations = {MakePopulation("p", "lif_delta", 1)};
  network.populations[0].cell_class = "brunel_2000";
  return network;
}

TEST(LifDelta, ArrivalsJumpAndDecayExponentially) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = Brunel(precision);
    network.stimuli = {MakeArrivals(network, "p", "delta", 3, {0}),
                       MakeArrivals(network, "p", "delta", -5, {50})};
    Simulation simulation(network);
    const double tolerance = precision == Precision::kFloat32 ? 1e-5 : 1e-13;
    for (int k = 1; k <= 200; ++k) {
      simulation.Run(1);
      double expected = 3 * std::exp(-0.1 * (k - 1) / 20);
      if (k > 50) expected -= 5 * std::exp(-0.1 * (k - 51) / 20);
      ASSERT_NEAR(simulation.Variable("p", "v_mv"), expected, tolerance) << k;
    }
  }
}

TEST(LifDelta, CurrentsChargeTheMembrane) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = Brunel(precision);
    network.populations[0].parameters = {{"i_e_pa", 100.0}, {"c_m_pf", 400.0}};
    network.stimuli = {MakeArrivals(network, "p", "current", 40, {0, 1, 2})};
    Simulation simulation(network);
    const double tolerance = precision == Precision::kFloat32 ? 1e-5 : 1e-13;
    const double r = 20.0 / 400;
    for (int k = 1; k <= 200; ++k) {
      simulation.Run(1);
      const auto charged = [](int steps) {
        return steps <= 0 ? 0 : 1 - std::exp(-0.1 * steps / 20);
      };
      ASSERT_NEAR(simulation.Variable("p", "v_mv"),
                  r * (140 * charged(k) - 40 * charged(k - 3)), tolerance)
          << k;
    }
  }
}

TEST(LifDelta, AnArrivalCanMakeASpikeInItsStep) {
  NetworkSpec network = Brunel();
  network.stimuli = {MakeArrivals(network, "p", "delta", 20, {3})};
  Simulation simulation(network);
  simulation.Run(4);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(3));
  EXPECT_EQ(simulation.Variable("p", "v_mv"), 10);
  EXPECT_EQ(simulation.Variable("p", "refractory_steps"), 20);
}

TEST(LifDelta, InputDuringRefractorinessIsLost) {
  NetworkSpec network = Brunel();
  network.stimuli = {MakeArrivals(network, "p", "delta", 20, {0}),
                     MakeArrivals(network, "p", "delta", 30, {1, 10, 20}),
                     MakeArrivals(network, "p", "current", 1e6, {1, 20})};
  Simulation simulation(network);
  simulation.Run(21);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(0));
  EXPECT_EQ(simulation.Variable("p", "v_mv"), 10);
  simulation.Run(1);
  EXPECT_NEAR(simulation.Variable("p", "v_mv"), 10 * std::exp(-0.1 / 20),
              1e-14);
}

TEST(LifDelta, TheFirstStepAfterRefractorinessTakesInput) {
  NetworkSpec network = Brunel();
  network.stimuli = {MakeArrivals(network, "p", "delta", 20, {0, 21})};
  Simulation simulation(network);
  simulation.Run(30);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(0, 21));
}

TEST(LifDelta, SynapsesActOnTheFirstReceptorAfterTheirDelay) {
  NetworkSpec network = Brunel();
  AddSpikeSource(&network, "source", {{2}});
  network.projections = {
      MakeProjection("source", "p", Pairs({{0, 0}}), 0.1, 1.5)};
  Simulation simulation(network);
  simulation.Run(17);
  EXPECT_LT(simulation.Variable("p", "v_mv"), 1e-20);
  simulation.Run(1);
  EXPECT_NEAR(simulation.Variable("p", "v_mv"), 0.1, 1e-15);
  EXPECT_THAT(simulation.SpikeSteps("p"), IsEmpty());
}

TEST(LifDelta, CellClassesDifferInTheReset) {
  const ModelInfo& info = FindNeuronModel("lif_delta")->info();
  ASSERT_EQ(info.cell_classes.size(), 2u);
  EXPECT_EQ(info.cell_classes[0].parameters.at("v_reset_mv"), 10);
  EXPECT_EQ(info.cell_classes[1].parameters.at("v_reset_mv"), 0);
}

}  // namespace
}  // namespace spiked::lif_delta_test
