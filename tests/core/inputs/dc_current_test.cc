// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/dc_current.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/build/validate.h"
#include "tests/core/inputs/input_run.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::dc_current_test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::InputRun;

const DcCurrent kModel;

TEST(DcCurrent, IsAlwaysOnByDefault) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    InputRun run(kModel, {{"amplitude", 2.5}}, 100, precision);
    for (int64_t step : {int64_t{0}, int64_t{1}, int64_t{1} << 40}) {
      EXPECT_THAT(run.Step(step), Each(2.5));
    }
  }
}

TEST(DcCurrent, WithoutAmplitudeIsNothing) {
  EXPECT_THAT(InputRun(kModel, {}, 20).Step(3), Each(0.0));
}

TEST(DcCurrent, HasThePrecisionOfTheNetwork) {
  const ValueMap values = {{"amplitude", 0.1}};
  EXPECT_THAT(InputRun(kModel, values, 3).Step(0), Each(0.1));
  EXPECT_THAT(InputRun(kModel, values, 3, Precision::kFloat32).Step(0),
              Each(double{0.1f}));
}

TEST(DcCurrent, ActsInTheStepsFromStartToStop) {
  InputRun run(kModel,
               {{"amplitude", 3.0}, {"start_ms", 1.0}, {"stop_ms", 2.6}}, 2,
               Precision::kFloat64, 0.5);
  std::vector<double> first;
  for (int64_t k = 0; k < 8; ++k) first.push_back(run.Step(k)[1]);
  EXPECT_THAT(first, ElementsAre(0, 0, 3, 3, 3, 0, 0, 0));
}

TEST(DcCurrent, EveryParameterMayDifferByNeuron) {
  InputRun run(kModel,
               {{"amplitude", std::vector<double>{1, 2, 3}},
                {"start_ms", std::vector<double>{0, 1, 2}},
                {"stop_ms", std::vector<double>{3, 2, 2}}},
               3);
  EXPECT_THAT(run.Step(0), ElementsAre(1, 0, 0));
  EXPECT_THAT(run.Step(1), ElementsAre(1, 2, 0));
  EXPECT_THAT(run.Step(2), ElementsAre(1, 0, 0));
  EXPECT_THAT(run.Step(3), ElementsAre(0, 0, 0));
  // Only one of the two parameters differs by neuron.
  InputRun stop(
      kModel, {{"amplitude", 4.0}, {"stop_ms", std::vector<double>{0, 1}}}, 2);
  EXPECT_THAT(stop.Step(0), ElementsAre(0, 4));
  std::vector<double> amplitudes(1000);
  for (int i = 0; i < 1000; ++i) amplitudes[i] = i;
  EXPECT_EQ(InputRun(kModel, {{"amplitude", amplitudes}}, 1000).Step(7, 64),
            amplitudes);
}

// v(t) = e_l + i / g (1 - exp(-t / tau)).
TEST(DcCurrent, ChargesTheMembraneByTheClosedForm) {
  NetworkSpec network = testing::MakeNetwork(0.1);
  network.populations = {testing::MakePopulation(
      "p", "lif_exp", 1,
      {{"c_m_pf", 250.0}, {"tau_m_ms", 10.0}, {"e_l_mv", -70.0}})};
  network.inputs = {
      testing::MakeInput("p", "dc_current", {{"amplitude", 300.0}})};
  testing::Simulation simulation(network);
  simulation.Run(100);
  EXPECT_NEAR(simulation.Variable("p", "v_mv"),
              -70 + 300 / 25.0 * (1 - std::exp(-1)), 1e-9);
}

// The steps show when spike sources get at least 1.
TEST(DcCurrent, SeveralMakeACurrentThatIsConstantByPieces) {
  NetworkSpec network = testing::MakeNetwork(1);
  network.populations = {testing::MakePopulation("p", "spike_source", 1)};
  const double pieces[][3] = {{0.5, 0, 3}, {1.5, 3, 5}, {0.9, 5, 8}, {1, 8, 9}};
  for (const auto& [amplitude, start, stop] : pieces) {
    network.inputs.push_back(testing::MakeInput(
        "p", "dc_current",
        {{"amplitude", amplitude}, {"start_ms", start}, {"stop_ms", stop}}));
    network.inputs.back().name =
        "piece" + std::to_string(network.inputs.size());
  }
  testing::Simulation simulation(network);
  simulation.Run(20);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(3, 4, 8));
}

TEST(DcCurrent, MustNotStopBeforeItStarts) {
  NetworkSpec network = testing::MakeNetwork(1);
  network.populations = {testing::MakePopulation("p", "spike_source", 1)};
  network.inputs = {testing::MakeInput("p", "dc_current",
                                       {{"start_ms", 5.0}, {"stop_ms", 4.0}})};
  EXPECT_THAT(ValidateNetwork(network, "network").Text(),
              HasSubstr("network.inputs[0].parameters: start_ms (5) must be at "
                        "most stop_ms (4)"));
}

}  // namespace
}  // namespace spiked::dc_current_test
