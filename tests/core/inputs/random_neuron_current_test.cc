// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/random_neuron_current.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/build/validate.h"
#include "tests/core/inputs/input_run.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked::random_neuron_current_test {
namespace {

using ::testing::HasSubstr;
using testing::InputRun;

const RandomNeuronCurrent kModel;

// The neuron that has a current in a step, or -1. Fails if there are several.
int64_t Chosen(InputRun& run, int64_t step, int64_t chunk = 1 << 20) {
  const std::vector<double> row = run.Step(step, chunk);
  int64_t chosen = -1;
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] == 0) continue;
    EXPECT_EQ(row[i], 20);
    EXPECT_EQ(chosen, -1);
    chosen = static_cast<int64_t>(i);
  }
  return chosen;
}

TEST(RandomNeuronCurrent, ChoosesEveryNeuronEquallyOften) {
  constexpr int64_t kCount = 100, kSteps = 40000;
  InputRun run(kModel, {{"amplitude", 20.0}}, kCount);
  std::vector<double> counts(kCount);
  std::vector<double> here, next;
  int64_t before = -1;
  for (int64_t k = 0; k < kSteps; ++k) {
    const int64_t chosen = Chosen(run, k);
    ASSERT_GE(chosen, 0);
    ++counts[chosen];
    if (before >= 0) {
      here.push_back(static_cast<double>(before));
      next.push_back(static_cast<double>(chosen));
    }
    before = chosen;
  }
  EXPECT_NEAR(testing::ChiSquareOfEqual(counts), kCount - 1,
              4 * std::sqrt(2.0 * (kCount - 1)));
  EXPECT_LT(std::abs(testing::Correlation(here, next)),
            4 / std::sqrt(static_cast<double>(kSteps)));
}

TEST(RandomNeuronCurrent, KeepsTheNeuronForAnInterval) {
  InputRun run(kModel, {{"amplitude", 20.0}, {"interval_ms", 1.0}}, 1000,
               Precision::kFloat64, 0.1);
  InputRun steps(kModel, {{"amplitude", 20.0}}, 1000);
  for (int64_t k = 0; k < 500; ++k) {
    // The choice is that of an input with steps as long as the interval.
    ASSERT_EQ(Chosen(run, k), Chosen(steps, k / 10)) << k;
  }
}

TEST(RandomNeuronCurrent, ShortestIntervalIsOneStep) {
  InputRun brief(kModel, {{"amplitude", 20.0}, {"interval_ms", 0.0}}, 1000);
  InputRun one(kModel, {{"amplitude", 20.0}, {"interval_ms", 1.0}}, 1000);
  for (int64_t k = 0; k < 50; ++k) {
    EXPECT_EQ(Chosen(brief, k), Chosen(one, k));
  }
}

TEST(RandomNeuronCurrent, ProbabilityIsThatOfAnyNeuron) {
  constexpr int64_t kSteps = 10000;
  for (double p : {0.0, 0.2, 1.0}) {
    InputRun run(kModel, {{"amplitude", 20.0}, {"probability", p}}, 30);
    double count = 0;
    for (int64_t k = 0; k < kSteps; ++k) count += Chosen(run, k) >= 0 ? 1 : 0;
    EXPECT_NEAR(count, p * kSteps, 4 * testing::BinomialStd(kSteps, p)) << p;
  }
}

TEST(RandomNeuronCurrent, RunsDoNotMatter) {
  InputRun whole(kModel, {{"amplitude", 20.0}}, 1000, Precision::kFloat32);
  for (int64_t k = 0; k < 200; ++k) {
    EXPECT_EQ(Chosen(whole, k, 64), Chosen(whole, k));
  }
}

TEST(RandomNeuronCurrent, AmplitudesMayDifferByNeuron) {
  InputRun run(kModel, {{"amplitude", std::vector<double>{1, 2, 3}}}, 3);
  for (int64_t k = 0; k < 50; ++k) {
    const std::vector<double> row = run.Step(k);
    EXPECT_EQ((row[0] != 0) + (row[1] != 0) + (row[2] != 0), 1);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(row[i] == 0 || row[i] == i + 1);
  }
}

TEST(RandomNeuronCurrent, WorksForOneNeuron) {
  InputRun run(kModel, {{"amplitude", 20.0}}, 1);
  for (int64_t k = 0; k < 20; ++k) EXPECT_EQ(Chosen(run, k), 0);
}

TEST(RandomNeuronCurrent, IntervalAndProbabilityAreShared) {
  NetworkSpec network = testing::MakeNetwork(1);
  network.populations = {testing::MakePopulation("p", "izhikevich", 2)};
  network.inputs = {
      testing::MakeInput("p", "random_neuron_current",
                         {{"interval_ms", std::vector<double>{1, 2}},
                          {"probability", Uniform{0, 1}}})};
  const std::string text = ValidateNetwork(network, "network").Text();
  for (const char* name : {"interval_ms", "probability"}) {
    EXPECT_THAT(
        text, HasSubstr(std::string("network.inputs[0].parameters[\"") + name +
                        "\"]: must be a constant, shared by all "
                        "neurons of the population"));
  }
}

// All threads choose the same neuron.
TEST(RandomNeuronCurrent, AnyNumberOfThreadsGivesTheSameBits) {
  NetworkSpec network = testing::MakeNetwork(1);
  network.populations = {testing::MakePopulation("p", "spike_source", 500)};
  network.inputs = {
      testing::MakeInput("p", "random_neuron_current", {{"amplitude", 2.0}})};
  testing::Simulation one(network);
  one.Run(300);
  EXPECT_EQ(one.spikes().size(), 300u);
  testing::Simulation three(network, 3);
  three.Run(300);
  EXPECT_EQ(three.spikes(), one.spikes());
}

}  // namespace
}  // namespace spiked::random_neuron_current_test
