// SPDX-License-Identifier: Apache-2.0
//
// Published states and behaviour:
// tests/conformance/hindmarsh_rose_1984_test.cc.

#include "core/neurons/hindmarsh_rose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::hindmarsh_rose_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeCurrent;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;
using ::testing::SizeIs;

using Point = std::array<double, 3>;

Point StateOf(const Simulation& simulation, const std::string& name) {
  return {simulation.Variable(name, "x"), simulation.Variable(name, "y"),
          simulation.Variable(name, "z")};
}

// A neuron whose parameters all differ from their defaults, and its scalar
// twin.
struct Neuron {
  double a = 1.1, b = 2.9, c = 0.9, d = 4.8, r = 0.01, s = 3.9, x1 = -1.5;
  Point p = {-1, 0.1, 0.2};

  Point Slope(const Point& q, double current) const {
    return {q[1] - a * q[0] * q[0] * q[0] + b * q[0] * q[0] + current - q[2],
            c - d * q[0] * q[0] - q[1], r * (s * (q[0] - x1) - q[2])};
  }
  static Point Along(const Point& q, const Point& k, double t) {
    return {q[0] + t * k[0], q[1] + t * k[1], q[2] + t * k[2]};
  }
  void Step(double h, double current) {
    const Point k1 = Slope(p, current);
    const Point k2 = Slope(Along(p, k1, h / 2), current);
    const Point k3 = Slope(Along(p, k2, h / 2), current);
    const Point k4 = Slope(Along(p, k3, h), current);
    for (int i = 0; i < 3; ++i) {
      p[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
    }
  }
  ValueMap Parameters() const {
    return {{"a", a}, {"b", b}, {"c", c},  {"d", d},
            {"r", r}, {"s", s}, {"x1", x1}};
  }
};

TEST(HindmarshRose, StepsAreRungeKuttaOfTheEquations) {
  Neuron twin;
  NetworkSpec network = MakeNetwork(0.02);
  network.populations = {
      MakePopulation("p", "hindmarsh_rose", 1, twin.Parameters(),
                     {{"x", twin.p[0]}, {"y", twin.p[1]}, {"z", twin.p[2]}})};
  network.stimuli = {MakeCurrent(network, "p", {2.5}, 0, 1000)};
  Simulation simulation(network);
  for (int k = 0; k < 1000; ++k) {
    simulation.Run(1);
    twin.Step(0.02, 2.5);
    const Point state = StateOf(simulation, "p");
    for (int i = 0; i < 3; ++i) ASSERT_NEAR(state[i], twin.p[i], 1e-9) << k;
  }
  EXPECT_FALSE(simulation.spikes().empty());
}

// Halving the step divides the error of a fourth-order scheme by about 16.
TEST(HindmarshRose, ConvergesWithTheFourthOrder) {
  const auto x_at_4 = [](double h) {
    NetworkSpec network = MakeNetwork(1);
    network.populations = {MakePopulation("p", "hindmarsh_rose", 1,
                                          {{"ms_per_time_unit", 1 / h}})};
    network.stimuli = {MakeCurrent(network, "p", {2}, 0, 1000000)};
    Simulation simulation(network);
    simulation.Run(std::llround(4 / h));
    return simulation.Variable("p", "x");
  };
  const double exact = x_at_4(0.000625);
  const double coarse = std::abs(x_at_4(0.01) - exact);
  const double fine = std::abs(x_at_4(0.005) - exact);
  EXPECT_NEAR(std::log2(coarse / fine), 4, 0.5);
}

TEST(HindmarshRose, StartsAtX1) {
  NetworkSpec network = MakeNetwork(0.1);
  network.populations = {MakePopulation("p", "hindmarsh_rose", 1)};
  EXPECT_THAT(StateOf(Simulation(network), "p"), ElementsAre(-1.6, 0, 0));
}

TEST(HindmarshRose, TimeUnitScalesTimeAndNothingElse) {
  // 0.04 / 4 is 0.01 to the last bit.
  Simulation units([] {
    NetworkSpec network = MakeNetwork(0.01);
    network.populations = {MakePopulation("p", "hindmarsh_rose", 1)};
    network.stimuli = {MakeCurrent(network, "p", {3}, 0, 10000)};
    return network;
  }());
  Simulation scaled([] {
    NetworkSpec network = MakeNetwork(0.04);
    network.populations = {
        MakePopulation("p", "hindmarsh_rose", 1, {{"ms_per_time_unit", 4.0}})};
    network.stimuli = {MakeCurrent(network, "p", {3}, 0, 10000)};
    return network;
  }());
  units.Run(10000);
  scaled.Run(10000);
  EXPECT_THAT(units.spikes(), SizeIs(::testing::Gt(3u)));
  EXPECT_EQ(units.spikes(), scaled.spikes());
  EXPECT_EQ(units.Hash(), scaled.Hash());
}

TEST(HindmarshRose, NeuronsMayHaveDifferentTimeUnits) {
  NetworkSpec network = MakeNetwork(0.01);
  network.populations = {
      MakePopulation("both", "hindmarsh_rose", 2,
                     {{"ms_per_time_unit", std::vector<double>{1, 2}}}),
      MakePopulation("slow", "hindmarsh_rose", 1, {{"ms_per_time_unit", 2.0}})};
  Simulation simulation(network);
  simulation.Run(1000);
  EXPECT_EQ(simulation.Variable("both", "x", 1),
            simulation.Variable("slow", "x"));
  EXPECT_NE(simulation.Variable("both", "x", 0),
            simulation.Variable("slow", "x"));
}

// One spike per crossing, however long x stays above the threshold.
TEST(HindmarshRose, OnlyUpwardCrossingsAreSpikes) {
  NetworkSpec network = MakeNetwork(0.01);
  network.populations = {
      MakePopulation("p", "hindmarsh_rose", 1),
      MakePopulation("above", "hindmarsh_rose", 1, {}, {{"x", 0.1}})};
  network.stimuli = {MakeCurrent(network, "p", {2}, 0, 10000)};
  Simulation simulation(network);
  std::vector<int64_t> crossings;
  double before = simulation.Variable("p", "x");
  for (int64_t step = 0; step < 3000; ++step) {
    simulation.Run(1);
    const double now = simulation.Variable("p", "x");
    if (before < 0 && now >= 0) crossings.push_back(step);
    before = now;
  }
  EXPECT_THAT(crossings, SizeIs(::testing::Gt(2u)));
  EXPECT_EQ(simulation.SpikeSteps("p"), crossings);
}

TEST(HindmarshRose, ThresholdIsAParameter) {
  const auto spikes = [](double threshold) {
    NetworkSpec network = MakeNetwork(0.01);
    network.populations = {
        MakePopulation("p", "hindmarsh_rose", 1, {{"x_threshold", threshold}})};
    network.stimuli = {MakeCurrent(network, "p", {2}, 0, 10000)};
    Simulation simulation(network);
    simulation.Run(3000);
    return simulation.SpikeSteps("p");
  };
  EXPECT_THAT(spikes(5), IsEmpty());
  ASSERT_FALSE(spikes(0).empty());
  EXPECT_LT(spikes(-1)[0], spikes(1)[0]);
}

}  // namespace
}  // namespace spiked::hindmarsh_rose_test
