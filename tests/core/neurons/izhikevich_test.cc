// SPDX-License-Identifier: Apache-2.0
//
// One step against the formulas in the model's header. Published spike times:
// tests/conformance/izhikevich_*_test.cc.

#include "core/neurons/izhikevich.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/build/catalogue.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::izhikevich_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeCurrent;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

// A neuron whose parameters all differ from their defaults, and its scalar
// twin.
struct Neuron {
  double a = 0.03, b = 0.21, c = -58, d = 5, peak = 25, quadratic = 0.035,
         linear = 4.5, constant = 120, offset = -3, leak = 0.9;
  double v = -62, u = -11;

  template <typename T>
  void Step(const std::string& scheme, double dt, double current) {
    const bool half_steps = scheme == "half_steps";
    const T h_u = static_cast<T>(dt);
    const T h_v = static_cast<T>(half_steps ? dt * 0.5 : dt);
    const auto i = static_cast<T>(current);
    T x = static_cast<T>(v), y = static_cast<T>(u);
    for (int k = 0; k < (half_steps ? 2 : 1); ++k) {
      x = x +
          h_v * (static_cast<T>(quadratic) * x * x +
                 static_cast<T>(linear) * x + static_cast<T>(constant) - y + i);
    }
    const T of_u = scheme == "forward_euler" ? static_cast<T>(v) : x;
    y = y + h_u * static_cast<T>(a) *
                (static_cast<T>(b) * (of_u - static_cast<T>(offset)) -
                 static_cast<T>(leak) * y);
    if (x >= static_cast<T>(peak)) {
      x = static_cast<T>(c);
      y = y + static_cast<T>(d);
    }
    v = x;
    u = y;
  }

  PopulationSpec Spec(const std::string& scheme) const {
    PopulationSpec p = MakePopulation("p", "izhikevich", 1,
                                      {{"a", a},
                                       {"b", b},
                                       {"c", c},
                                       {"d", d},
                                       {"v_peak_mv", peak},
                                       {"quadratic", quadratic},
                                       {"linear", linear},
                                       {"constant", constant},
                                       {"v_offset_mv", offset},
                                       {"u_leak", leak}},
                                      {{"v_mv", v}, {"u", u}});
    p.scheme = scheme;
    return p;
  }
};

template <typename T>
void ExpectEveryStepAsWritten(Precision precision, const std::string& scheme,
                              double dt) {
  Neuron twin;
  NetworkSpec network = MakeNetwork(dt, precision);
  network.populations = {twin.Spec(scheme)};
  network.stimuli = {MakeCurrent(network, "p", {25}, 0, 1000)};
  Simulation simulation(network);
  for (int k = 0; k < 1000; ++k) {
    simulation.Run(1);
    twin.Step<T>(scheme, dt, 25);
    ASSERT_EQ(simulation.Variable("p", "v_mv"), twin.v) << scheme << k;
    ASSERT_EQ(simulation.Variable("p", "u"), twin.u) << scheme << k;
  }
  EXPECT_GT(simulation.spikes().size(), 3u);
}

TEST(Izhikevich, EveryStepIsTheFormulaBitForBit) {
  for (const char* scheme : {"half_steps", "euler", "forward_euler"}) {
    for (double dt : {1.0, 0.1}) {
      ExpectEveryStepAsWritten<double>(Precision::kFloat64, scheme, dt);
      ExpectEveryStepAsWritten<float>(Precision::kFloat32, scheme, dt);
    }
  }
}

TEST(Izhikevich, StartsAtMinus65WithUAtItsNullcline) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "izhikevich", 1, {{"b", 0.25}})};
  const Simulation simulation(network);
  EXPECT_EQ(simulation.Variable("p", "v_mv"), -65);
  EXPECT_EQ(simulation.Variable("p", "u"), 0.25 * -65);
}

// The published map overshoots where inhibition takes it far below rest;
// shorter steps don't.
TEST(Izhikevich, StrongInhibitionMakesSpikesAtStepsOfOneMillisecondOnly) {
  for (double dt : {1.0, 0.1}) {
    NetworkSpec network = MakeNetwork(dt);
    network.populations = {MakePopulation("p", "izhikevich", 1)};
    network.stimuli = {
        MakeCurrent(network, "p", {-250}, 0, static_cast<int64_t>(1 / dt))};
    Simulation simulation(network);
    simulation.Run(static_cast<int64_t>(20 / dt));
    EXPECT_EQ(simulation.spikes().empty(), dt < 1) << dt;
  }
}

TEST(Izhikevich, RestsWithoutInput) {
  NetworkSpec network = MakeNetwork(0.5);
  network.populations = {MakePopulation("p", "izhikevich", 1)};
  Simulation simulation(network);
  simulation.Run(10000);
  EXPECT_THAT(simulation.spikes(), IsEmpty());
  // The lower root of 0.04 v^2 + 4.8 v + 140 = 0 (b = 0.2).
  EXPECT_NEAR(simulation.Variable("p", "v_mv"), -70, 1e-6);
}

TEST(Izhikevich, ReachingThePeakExactlyIsASpike) {
  const auto spikes = [](double peak) {
    NetworkSpec network = MakeNetwork(1);
    network.populations = {MakePopulation("p", "izhikevich", 1,
                                          {{"quadratic", 0.0},
                                           {"linear", 0.0},
                                           {"constant", 0.0},
                                           {"a", 0.0},
                                           {"v_peak_mv", peak},
                                           {"c", -60.0},
                                           {"d", 7.0}},
                                          {{"v_mv", 10.0}, {"u", -2.0}})};
    network.populations[0].scheme = "euler";
    Simulation simulation(network);
    simulation.Run(1);
    return std::vector<double>{static_cast<double>(simulation.spikes().size()),
                               simulation.Variable("p", "v_mv"),
                               simulation.Variable("p", "u")};
  };
  EXPECT_THAT(spikes(12), ElementsAre(1, -60, 5));
  EXPECT_THAT(spikes(12.5), ElementsAre(0, 12, -2));
}

TEST(Izhikevich, CellClassesAreThePublishedParameterSets) {
  const struct {
    const char* name;
    double a, b, c, d;
  } published[] = {
      {"regular_spiking", .02, .2, -65, 8},
      {"intrinsically_bursting", .02, .2, -55, 4},
      {"chattering", .02, .2, -50, 2},
      {"fast_spiking", .1, .2, -65, 2},
      {"thalamo_cortical", .02, .25, -65, .05},
      {"resonator", .1, .26, -65, 2},
      {"low_threshold_spiking", .02, .25, -65, 2},
      {"seed_regular_spiking", .02, .2, -65, 2},
      {"seed_low_threshold_spiking", .1, .25, -55, 2},
  };
  const ModelInfo& info = FindNeuronModel("izhikevich")->info();
  EXPECT_EQ(info.cell_classes.size(), std::size(published));
  for (const auto& p : published) {
    const CellClassInfo* cell = FindByName(info.cell_classes, p.name);
    ASSERT_NE(cell, nullptr) << p.name;
    EXPECT_EQ(cell->parameters,
              (std::map<std::string, double>{
                  {"a", p.a}, {"b", p.b}, {"c", p.c}, {"d", p.d}}))
        << p.name;
  }
}

TEST(Izhikevich, ParametersOverrideTheCellClass) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {
      MakePopulation("p", "izhikevich", 1, {{"c", -50.0}, {"d", 2.0}}),
      MakePopulation("q", "izhikevich", 1)};
  network.populations[0].cell_class = "regular_spiking";
  network.populations[1].cell_class = "chattering";
  for (const char* name : {"p", "q"}) {
    network.stimuli.push_back(MakeCurrent(network, name, {10}, 0, 1000));
  }
  Simulation simulation(network);
  simulation.Run(500);
  EXPECT_GT(simulation.SpikeSteps("p").size(), 10u);
  EXPECT_EQ(simulation.SpikeSteps("p"), simulation.SpikeSteps("q"));
}

}  // namespace
}  // namespace spiked::izhikevich_test
