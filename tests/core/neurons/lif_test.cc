// SPDX-License-Identifier: Apache-2.0
//
// Common properties of all leaky integrate-and-fire models: rest, threshold,
// refractoriness, and the same bits for all threads, runs and targets.

#include "core/neurons/lif.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/validate.h"
#include "core/numbers/aligned_array.h"
#include "core/numbers/vector_target.h"
#include "core/spec/delays.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::lif_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::MakeArrivals;
using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using ::testing::MatchesRegex;
using testing::Simulation;

class Lif : public ::testing::TestWithParam<std::string> {
 protected:
  void TearDown() override { ForceVectorTarget(""); }

  NetworkSpec OneNeuron(ValueMap parameters, ValueMap initial = {},
                        double dt_ms = 0.1) const {
    NetworkSpec network = MakeNetwork(dt_ms);
    network.populations = {MakePopulation(
        "p", GetParam(), 1, std::move(parameters), std::move(initial))};
    return network;
  }

  // Neurons with different thresholds, under noise that makes them spike.
  NetworkSpec NoisyPopulation(Precision precision, ValueMap parameters) const {
    NetworkSpec network = MakeNetwork(0.1, precision);
    network.populations = {MakePopulation("p", GetParam(), 133,
                                          std::move(parameters),
                                          {{"v_mv", Uniform{-70, -55}}})};
    // Inputs are jumps of v, currents or conductances, which differ in scale.
    double scale = GetParam() == "lif_delta" ? 1 : 60;
    if (GetParam().starts_with("lif_cond")) scale = 5;
    network.inputs = {
        MakeInput("p", "uniform_noise_current", {{"high", 1.2 * scale}})};
    network.inputs[0].receptor =
        FindNeuronModel(GetParam())->info().receptors[0].name;
    network.stimuli = {MakeArrivals(network, "p", "current", 300, {5, 7})};
    return network;
  }
};

ValueMap Different() {
  return {{"v_th_mv", Uniform{-56, -54}},
          {"t_ref_ms", Uniform{0, 3}},
          {"c_m_pf", Uniform{200, 300}}};
}

TEST_P(Lif, RestsExactlyAtItsRestingPotential) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = OneNeuron({{"e_l_mv", -65.5}});
    network.precision = precision;
    Simulation simulation(network);
    EXPECT_EQ(simulation.Variable("p", "v_mv"), -65.5);
    simulation.Run(1000);
    EXPECT_EQ(simulation.Variable("p", "v_mv"), -65.5);
    EXPECT_EQ(simulation.Variable("p", "refractory_steps"), 0);
    EXPECT_THAT(simulation.spikes(), IsEmpty());
  }
}

TEST_P(Lif, DefaultsOfAllVariablesButThePotentialAreZero) {
  const Simulation simulation(OneNeuron({}));
  for (const auto& v :
       simulation.network().populations[0].model->info().variables) {
    EXPECT_EQ(simulation.Variable("p", v.name), v.name == "v_mv" ? -70 : 0);
  }
}

TEST_P(Lif, ReachingTheThresholdExactlyIsASpike) {
  for (const double threshold : {-60.0, -59.999}) {
    Simulation simulation(OneNeuron(
        {{"e_l_mv", -60.0}, {"v_th_mv", threshold}, {"v_reset_mv", -80.0}}));
    simulation.Run(1);
    EXPECT_EQ(simulation.spikes().size(), threshold == -60 ? 1u : 0u);
    EXPECT_EQ(simulation.Variable("p", "v_mv"), threshold == -60 ? -80 : -60);
  }
}

// The drive reaches the threshold in one step from any potential.
TEST_P(Lif, SpikesAreRefractoryStepsPlusOneApart) {
  const struct {
    double t_ref_ms;
    int64_t steps;
  } cases[] = {{0, 0},    {1e-9, 1}, {0.04, 1}, {0.1, 1}, {0.2, 2},
               {0.21, 3}, {0.26, 3}, {1.1, 11}, {2, 20}};
  for (const auto& c : cases) {
    Simulation simulation(
        OneNeuron({{"t_ref_ms", c.t_ref_ms}, {"i_e_pa", 1e6}}));
    simulation.Run(100);
    const auto spikes = simulation.SpikeSteps("p");
    ASSERT_GT(spikes.size(), 3u);
    for (size_t i = 0; i < spikes.size(); ++i) {
      EXPECT_EQ(spikes[i], static_cast<int64_t>(i) * (c.steps + 1));
    }
  }
}

TEST_P(Lif, IsHeldAtResetWhileItCountsDown) {
  Simulation simulation(
      OneNeuron({{"t_ref_ms", 0.3}, {"i_e_pa", 1e6}, {"v_reset_mv", -80.0}}));
  for (double left : {3, 2, 1, 0}) {
    simulation.Run(1);
    EXPECT_EQ(simulation.Variable("p", "refractory_steps"), left);
    EXPECT_EQ(simulation.Variable("p", "v_mv"), -80);
  }
  simulation.Run(1);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(0, 4));
}

TEST_P(Lif, CanBeginRefractory) {
  Simulation simulation(OneNeuron({{"i_e_pa", 1e6}, {"t_ref_ms", 0.0}},
                                  {{"refractory_steps", 4.0}}));
  simulation.Run(5);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(4));
}

TEST_P(Lif, ResetAtThresholdDoesNotSpikeWhileRefractory) {
  Simulation simulation(OneNeuron({{"e_l_mv", -40.0},
                                   {"v_reset_mv", -55.0},
                                   {"v_th_mv", -55.0},
                                   {"t_ref_ms", 1.0}}));
  simulation.Run(30);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(0, 11, 22));
}

// The longest time is counted exactly in 32 bits, too.
TEST_P(Lif, TheLongestRefractorinessIsCountedDown) {
  NetworkSpec network =
      OneNeuron({{"t_ref_ms", kMaxCountedSteps * 0.1}, {"i_e_pa", 1e6}});
  network.precision = Precision::kFloat32;
  Simulation simulation(network);
  simulation.Run(11);
  EXPECT_EQ(simulation.Variable("p", "refractory_steps"), 16777216 - 10);
}

TEST_P(Lif, LongerRefractorinessIsRefused) {
  for (const Value& t_ref_ms :
       {Value(1677721.7), Value(1e30), Value(std::vector<double>{1e30}),
        Value(Uniform{0, 1e7})}) {
    const NetworkSpec network = OneNeuron({{"t_ref_ms", t_ref_ms}});
    EXPECT_THAT(ValidateNetwork(network, "network").Text(),
                MatchesRegex("network.populations.0..parameters.\"t_ref_ms\".: "
                             ".* is too long for t_ref_ms; it must be at most "
                             "1.67772e.06 .1.67772e.07 steps of 0.1 ms."));
  }
}

// NEST 3.10: a refractory time of a tenth of a step is one step.
TEST_P(Lif, RefractorinessOfLessThanAStepIsOneStep) {
  NetworkSpec network = OneNeuron({{"t_ref_ms", 0.1}, {"i_e_pa", 1e6}});
  network.dt_ms = 1;
  Simulation simulation(network);
  simulation.Run(400);
  EXPECT_EQ(simulation.spikes().size(), 200u);
}

// A current given step by step has the same intervals as i_e_pa.
TEST_P(Lif, CurrentOfEveryStepIsAConstantCurrent) {
  std::vector<int64_t> steps(2000);
  for (size_t k = 0; k < steps.size(); ++k) steps[k] = static_cast<int64_t>(k);
  NetworkSpec injected = OneNeuron({});
  injected.stimuli = {MakeArrivals(injected, "p", "current", 400, steps)};
  Simulation a(injected), b(OneNeuron({{"i_e_pa", 400.0}}));
  a.Run(2000);
  b.Run(2000);
  EXPECT_GT(a.SpikeSteps("p").size(), 3u);
  EXPECT_EQ(a.SpikeSteps("p"), b.SpikeSteps("p"));
  EXPECT_NEAR(a.Variable("p", "v_mv"), b.Variable("p", "v_mv"), 1e-10);
}

TEST_P(Lif, EveryVectorTargetGivesTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (const ValueMap& parameters : {ValueMap(), Different()}) {
      const NetworkSpec network = NoisyPopulation(precision, parameters);
      Simulation best(network);
      best.Run(500);
      EXPECT_GT(best.spikes().size(), 100u);
      for (const std::string& target : VectorTargets()) {
        ASSERT_TRUE(ForceVectorTarget(target));
        Simulation other(network);
        other.Run(500);
        EXPECT_EQ(other.Hash(), best.Hash()) << target;
        EXPECT_EQ(other.spikes(), best.spikes()) << target;
      }
      ForceVectorTarget("");
    }
  }
}

// Parameters that are the same for all neurons are read in another way.
TEST_P(Lif, OneNumberAndAListOfEqualNumbersGiveTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    Simulation one(NoisyPopulation(precision, {{"c_m_pf", 210.0}}));
    Simulation list(NoisyPopulation(
        precision, {{"c_m_pf", std::vector<double>(133, 210.0)}}));
    one.Run(500);
    list.Run(500);
    EXPECT_GT(one.spikes().size(), 100u);
    EXPECT_EQ(one.Hash(), list.Hash());
    EXPECT_EQ(one.spikes(), list.spikes());
  }
}

TEST_P(Lif, RunsOfNeuronsGiveTheSameBitsAsAllAtOnce) {
  NetworkSpec spec = NoisyPopulation(Precision::kFloat32, Different());
  const Simulation simulation(spec);
  const Population& p = simulation.network().populations[0];
  AlignedArray input = AlignedArray::Of<float>(3 * p.stride);
  for (int64_t i = 0; i < p.count; ++i) {
    input.as<float>()[i] = static_cast<float>(i % 7 * 30);
  }
  AlignedArray whole = simulation.network().initial_variables;
  AlignedArray cut = whole;
  std::vector<uint32_t> spikes(p.count);
  const auto update = [&](AlignedArray& variables, int64_t first,
                          int64_t count) {
    std::vector<InputRow> inputs;
    for (size_t r = 0; r < p.receptors.size(); ++r) {
      inputs.push_back({.row = input.as<float>() + r * p.stride + first});
    }
    return p.kernel->Update(
        {.step = 0,
         .first = first,
         .count = count,
         .first_neuron = static_cast<uint32_t>(1000 + first),
         .variables = variables.as<float>() + first,
         .stride = static_cast<size_t>(p.stride),
         .inputs = inputs.data(),
         .spikes = spikes.data()});
  };
  int64_t spike_count = 0;
  for (int step = 0; step < 100; ++step) {
    const int64_t n = update(whole, 0, p.count);
    const std::vector<uint32_t> all(spikes.begin(), spikes.begin() + n);
    std::vector<uint32_t> pieces;
    for (int64_t first : {0, 64, 128}) {
      const int64_t count = std::min<int64_t>(64, p.count - first);
      const int64_t m = update(cut, first, count);
      pieces.insert(pieces.end(), spikes.begin(), spikes.begin() + m);
    }
    ASSERT_EQ(all, pieces) << step;
    spike_count += n;
  }
  EXPECT_GT(spike_count, 20);
  for (int64_t i = 0; i < p.count; ++i) {
    EXPECT_EQ(whole.as<float>()[i], cut.as<float>()[i]) << i;
  }
}

// A stimulus of 0 changes nothing except how the kernel reads its receptors:
// sums instead of counts, and a row instead of nothing.
TEST_P(Lif, HowReceptorsAreReadChangesNoBit) {
  NetworkSpec counted = NoisyPopulation(Precision::kFloat32, Different());
  const std::string receptor =
      FindNeuronModel(GetParam())->info().receptors[0].name;
  counted.stimuli.clear();
  counted.inputs = {MakeInput("p", "normal_noise_current",
                              {{"mean", 500.0}, {"std", 200.0}})};
  counted.projections = {
      testing::MakeProjection("p", "p", PairwiseBernoulli{0.2},
                              GetParam() == "lif_delta" ? 0.5 : 20.0, 0.1)};
  counted.projections[0].receptor = receptor;
  counted.projections.push_back(counted.projections[0]);
  counted.projections[1].name = "to_current";
  counted.projections[1].receptor = "current";
  NetworkSpec silent = counted;
  silent.inputs.clear();
  silent.projections.pop_back();
  silent.populations[0].parameters["e_l_mv"] = -52.0;
  for (const NetworkSpec& spec : {counted, silent}) {
    NetworkSpec summed = spec;
    for (const auto& r : FindNeuronModel(GetParam())->info().receptors) {
      summed.stimuli.push_back(
          MakeArrivals(summed, "p", r.name, 0, {1, 2, 3, 50, 51, 150}));
    }
    Simulation one(spec);
    Simulation two(summed);
    ASSERT_EQ(one.network().projections[0].weight_bits, 0);
    one.Run(200);
    two.Run(200);
    EXPECT_EQ(one.spikes(), two.spikes());
    EXPECT_EQ(one.Hash(), two.Hash());
    EXPECT_GT(one.spikes().size(), 50u);
  }
}

// Numbers that decay towards zero become 0 instead of denormal.
TEST_P(Lif, NothingStaysDenormal) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network =
        OneNeuron({{"e_l_mv", 0.0}, {"v_th_mv", 20.0}, {"v_reset_mv", 0.0}});
    network.precision = precision;
    network.populations[0].initial_values = {{"v_mv", 1.0}};
    for (const auto& receptor :
         Simulation(network).network().populations[0].model->info().receptors) {
      network.stimuli.push_back(MakeArrivals(
          network, "p", receptor.name, receptor.weight_max > 0 ? 1 : -1, {0}));
    }
    Simulation simulation(network);
    simulation.Run(80000);
    for (const auto& v :
         simulation.network().populations[0].model->info().variables) {
      const double x = simulation.Variable("p", v.name);
      EXPECT_TRUE(x == 0 || (std::abs(x) > 1e-31 && std::abs(x) < 1e-27))
          << v.name << " " << x;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Lif,
                         ::testing::Values("lif_alpha", "lif_cond_alpha",
                                           "lif_cond_exp", "lif_delta",
                                           "lif_exp", "lif_exp_adaptive",
                                           "lif_exp_ei"),
                         [](const auto& info) { return info.param; });

// Rotter & Diesmann's formula where it is well conditioned, and its limit.
TEST(LifPropagators, VoltageOfCurrentIsTheFormulaAndItsLimit) {
  const double c = 250, dt = 0.1;
  const auto formula = [&](double m, double s) {
    return m * s / (c * (m - s)) * (std::exp(-dt / m) - std::exp(-dt / s));
  };
  for (const auto& [m, s] : std::vector<std::pair<double, double>>{
           {10, 2}, {10, 0.5}, {2, 10}, {20, 5}, {0.01, 3}, {3, 0.01}}) {
    const double expected = formula(m, s);
    EXPECT_NEAR(lif::VoltageOfCurrent(m, s, c, dt), expected, 1e-12 * expected);
  }
  const double limit = dt / c * std::exp(-dt / 10);
  for (double s : {10.0, 10 + 1e-14, 10 - 1e-10, 10 + 1e-7}) {
    EXPECT_NEAR(lif::VoltageOfCurrent(10, s, c, dt), limit, 1e-9 * limit);
  }
  EXPECT_NEAR(lif::VoltageOfCurrent(1e-300, 10, c, dt), 1e-300 / c, 1e-304);
}

}  // namespace
}  // namespace spiked::lif_test
