// SPDX-License-Identifier: Apache-2.0
//
// The spikes that stimuli of rates draw, and their effect on neurons.

#include "core/network/rate_stimulus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/build/compile.h"
#include "core/numbers/vector_target.h"
#include "tests/support/network_builder.h"
#include "tests/support/poisson.h"
#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked {
namespace {

using testing::Correlation;
using testing::ExpectPoisson;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeRates;
using testing::Mean;
using testing::Simulation;
using testing::Variance;

constexpr int64_t kCount = 1000;
constexpr double kDt = 0.5;

// The rate in Hz that gives `mean` spikes per step.
double Rate(double mean) { return mean / kDt * 1000; }

NetworkSpec Neurons(int64_t count = kCount, double dt_ms = kDt) {
  NetworkSpec network = MakeNetwork(dt_ms);
  network.populations = {MakePopulation("p", "spike_source", count)};
  return network;
}

// Draws the spikes of compiled stimuli without running a network.
class RateDraws : public ::testing::Test {
 protected:
  explicit RateDraws(double dt_ms = kDt)
      : simulation_(Neurons(kCount, dt_ms)) {}
  void TearDown() override { ForceVectorTarget(""); }

  Stimulus CompileSpec(const StimulusSpec& spec) const {
    return CompileStimulus(simulation_.network(), spec, 0, nullptr)[0];
  }
  Stimulus Compile(std::vector<double> rates_hz, double weight = 1) const {
    return CompileSpec(
        MakeRates(Neurons(), "p", std::move(rates_hz), weight, 0, 1'000'000));
  }

  template <typename T = double>
  static std::vector<double> Row(const Stimulus& stimulus, int64_t step,
                                 const spiked::Run& run = {0, kCount, 0}) {
    std::vector<T> row(run.first_slot + run.count);
    AddRates(stimulus, step, run, row.data());
    return {row.begin() + run.first_slot, row.end()};
  }

  // The counts of all neurons, step by step.
  static std::vector<double> Counts(const Stimulus& stimulus, int64_t steps) {
    std::vector<double> all;
    for (int64_t step = 0; step < steps; ++step) {
      const std::vector<double> row = Row(stimulus, step);
      all.insert(all.end(), row.begin(), row.end());
    }
    return all;
  }

  // Rates with up to three digits and a rest, and some of 0.
  static std::vector<double> ManyRates() {
    std::vector<double> rates(kCount);
    for (int64_t i = 0; i < kCount; ++i) {
      const double x = static_cast<double>(i) / kCount;
      rates[i] = i % 7 == 0 ? 0 : Rate(5000 * std::pow(x, 5) + 1e-3);
    }
    return rates;
  }

  const Simulation simulation_;
};

class RateMean : public RateDraws,
                 public ::testing::WithParamInterface<double> {};

TEST_P(RateMean, CountsHaveThePoissonDistribution) {
  const double mean = GetParam();
  ExpectPoisson(Counts(Compile({Rate(mean)}), 2000), mean);
}

TEST_P(RateMean, AmongOtherRatesToo) {
  const double mean = GetParam();
  std::vector<double> rates = ManyRates();
  for (int64_t i = 0; i < kCount; i += 2) rates[i] = Rate(mean);
  const std::vector<double> all = Counts(Compile(rates), 1000);
  std::vector<double> counts;
  for (size_t i = 0; i < all.size(); i += 2) counts.push_back(all[i]);
  ExpectPoisson(counts, mean);
}

// Means without digits, with one or several, and the smallest value of a digit.
INSTANTIATE_TEST_SUITE_P(Means, RateMean,
                         ::testing::Values(0.001, 0.015, 0x1p-6, 0.5, 1, 2.32,
                                           30, 64, 500));

class LargestRate : public RateDraws {
 protected:
  LargestRate() : RateDraws(100) {}
};

TEST_F(LargestRate, HasMeanAndVariance) {
  for (double mean : {5000.0, 1e5}) {
    // 1e5 is the mean at 1e6 Hz with dt = 100 ms.
    const std::vector<double> x = Counts(Compile({mean * 10}), 200);
    const auto n = static_cast<double>(x.size());
    EXPECT_NEAR(Mean(x), mean, 4 * std::sqrt(mean / n));
    EXPECT_NEAR(Variance(x), mean, 4 * mean * std::sqrt(2 / n));
  }
}

TEST_F(RateDraws, HaveADigitForEachPowerOf64) {
  EXPECT_EQ(PrepareRates(0), 0);
  EXPECT_EQ(PrepareRates(0.0156), 0);
  EXPECT_EQ(PrepareRates(0x1p-6), 1);
  EXPECT_EQ(PrepareRates(0.999), 1);
  EXPECT_EQ(PrepareRates(1), 2);
  EXPECT_EQ(PrepareRates(64), 3);
  EXPECT_EQ(PrepareRates(4096), 4);
  EXPECT_EQ(PrepareRates(1e5), 4);
}

// Standardised sums over steps are standard normal.
TEST_F(RateDraws, EachNeuronHasItsRate) {
  const std::vector<double> rates = ManyRates();
  constexpr int kSteps = 1000;
  const std::vector<double> x = Counts(Compile(rates), kSteps);
  double chi_square = 0;
  int busy = 0;
  for (int64_t i = 0; i < kCount; ++i) {
    double sum = 0;
    for (int k = 0; k < kSteps; ++k) sum += x[k * kCount + i];
    if (rates[i] == 0) {
      ASSERT_EQ(sum, 0);
      continue;
    }
    const double expected = kSteps * rates[i] * kDt / 1000;
    chi_square += (sum - expected) * (sum - expected) / expected;
    ++busy;
  }
  EXPECT_NEAR(chi_square, busy, 4.5 * std::sqrt(2.0 * busy) + 100);
}

// Correlations are within some standard deviations of 0.
TEST_F(RateDraws, NeuronsAndStepsAreIndependent) {
  constexpr int64_t kSteps = 500;
  for (double mean : {0.01, 0.3, 2.32, 80.0}) {
    const std::vector<double> x = Counts(Compile({Rate(mean)}), kSteps);
    const auto lagged = [&](int64_t neurons, int64_t steps) {
      std::vector<double> here, there;
      for (int64_t k = 0; k + steps < kSteps; ++k) {
        for (int64_t i = 0; i + neurons < kCount; ++i) {
          here.push_back(x[k * kCount + i]);
          there.push_back(x[(k + steps) * kCount + i + neurons]);
        }
      }
      return Correlation(here, there) *
             std::sqrt(static_cast<double>(here.size()));
    };
    for (int64_t neurons : {1, 4, 16, 64}) {
      EXPECT_LT(std::abs(lagged(neurons, 0)), 4) << mean << ", " << neurons;
    }
    for (int64_t steps : {1, 2, 64}) {
      EXPECT_LT(std::abs(lagged(0, steps)), 4) << mean << ", " << steps;
      EXPECT_LT(std::abs(lagged(1, steps)), 4) << mean << ", " << steps;
    }
  }
}

TEST_F(RateDraws, StimuliAreIndependentOfEachOther) {
  const Stimulus one = Compile({Rate(0.7)});
  Stimulus together = one, later = one;
  together.ordinal = 1;
  later.begin_step = 1;
  const std::vector<double> x = Counts(one, 500);
  for (const Stimulus& other : {together, later}) {
    const std::vector<double> y = Counts(other, 500);
    ExpectPoisson(y, 0.7);
    EXPECT_LT(std::abs(Correlation(x, y)),
              4 / std::sqrt(static_cast<double>(x.size())));
    std::vector<double> sum(x.size());
    std::transform(x.begin(), x.end(), y.begin(), sum.begin(), std::plus());
    ExpectPoisson(sum, 1.4);
  }
}

TEST_F(RateDraws, EveryVectorTargetGivesTheSameNumbers) {
  for (const Stimulus& stimulus :
       {Compile({Rate(2.32)}, 87.8), Compile(ManyRates(), -0.3)}) {
    std::vector<std::vector<double>> best;
    for (int64_t step = 0; step < 100; ++step) {
      best.push_back(Row(stimulus, step));
    }
    for (const std::string& target : VectorTargets()) {
      ASSERT_TRUE(ForceVectorTarget(target));
      for (int64_t step = 0; step < 100; ++step) {
        ASSERT_EQ(Row(stimulus, step), best[step]) << target;
      }
    }
    ForceVectorTarget("");
  }
}

TEST_F(RateDraws, BlocksGetTheSameNumbers) {
  for (const Stimulus& stimulus :
       {Compile({Rate(2.32)}), Compile(ManyRates())}) {
    const std::vector<double> all = Row(stimulus, 3);
    for (int64_t length : {64, 128, 320, 960}) {
      std::vector<double> joined;
      for (int64_t first = 0; first < kCount; first += length) {
        const std::vector<double> part =
            Row(stimulus, 3, {first, std::min(length, kCount - first), 192});
        joined.insert(joined.end(), part.begin(), part.end());
      }
      EXPECT_EQ(joined, all) << length;
    }
  }
}

// A neuron's numbers don't depend on the order or on other neurons.
TEST_F(RateDraws, NumbersOfANeuronAreItsOwn) {
  const std::vector<double> rates = ManyRates();
  StimulusSpec some = MakeRates(Neurons(), "p", rates, 1, 0, 10);
  const std::vector<double> all = Row(CompileSpec(some), 5);
  some.neuron_indices = {997, 3, 701, 64, 63, 500};
  auto& spec = std::get<RateStimulusSpec>(some.kind);
  spec.rates_hz.clear();
  for (int32_t i : some.neuron_indices) spec.rates_hz.push_back(rates[i]);
  const std::vector<double> row = Row(CompileSpec(some), 5);
  for (int32_t i = 0; i < kCount; ++i) {
    const bool is_driven = std::count(some.neuron_indices.begin(),
                                      some.neuron_indices.end(), i) > 0;
    EXPECT_EQ(row[i], is_driven ? all[i] : 0) << i;
  }
  // One rate for all neurons, or the same rate for each.
  EXPECT_EQ(Row(Compile({Rate(3)}), 5),
            Row(Compile(std::vector<double>(kCount, Rate(3))), 5));
}

TEST_F(RateDraws, AddWeightTimesCount) {
  const std::vector<double> counts = Row(Compile(ManyRates()), 4);
  EXPECT_EQ(Row<float>(Compile(ManyRates()), 4), counts);
  const Stimulus weighted = Compile(ManyRates(), -0.1);
  const std::vector<double> row = Row<float>(weighted, 4);
  const std::vector<double> row_double = Row(weighted, 4);
  for (int64_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(row[i], 0 + -0.1f * static_cast<float>(counts[i]));
    ASSERT_EQ(row_double[i], 0 + -0.1 * counts[i]);
  }
  std::vector<double> on_top(kCount, 0.5);
  AddRates(weighted, 4, {0, kCount, 0}, on_top.data());
  for (int64_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(on_top[i], 0.5 + -0.1 * counts[i]);
  }
}

TEST_F(RateDraws, SeedAndPopulationSelectTheNumbers) {
  NetworkSpec network = Neurons();
  const auto row = [&] {
    const Simulation simulation(network);
    const StimulusSpec spec =
        MakeRates(network, network.populations[0].name, {Rate(5)}, 1, 0, 10);
    return Row(CompileStimulus(simulation.network(), spec, 0, nullptr)[0], 2);
  };
  std::set<std::vector<double>> rows = {row()};
  network.seed = 7;
  rows.insert(row());
  network.populations[0].name = "q";
  rows.insert(row());
  EXPECT_EQ(rows.size(), 3u);
}

TEST_F(RateDraws, RatesOfNothingAreNoTargets) {
  EXPECT_TRUE(Compile({0}).targets->neurons.empty());
  const Stimulus stimulus = Compile(ManyRates());
  EXPECT_EQ(std::ssize(stimulus.targets->neurons), kCount - 143);
  EXPECT_EQ(stimulus.targets->amplitudes.size(),
            stimulus.targets->neurons.size());
}

// A synaptic current that decays by the factor P in a step and gets w k: in the
// long run its mean is w m / (1 - P), which is w rate tau for small steps, and
// its variance w^2 m / (1 - P^2). Means over n neurons and T steps, where
// successive steps have the correlation P, have a standard error of
// sqrt(variance / n * (1 + P) / (1 - P) / T).
TEST(RateStimulus, DrivesACurrentToItsStationaryMean) {
  constexpr double kRate = 400, kWeight = 3, kTau = 5, kStep = 0.1;
  constexpr int64_t kNeurons = 400;
  constexpr int kSteps = 2000;
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = MakeNetwork(kStep, precision);
    network.populations = {
        MakePopulation("p", "lif_exp", kNeurons, {{"tau_syn_ms", kTau}})};
    network.stimuli = {MakeRates(network, "p", {kRate}, kWeight, 0, 1'000'000)};
    Simulation simulation(network);
    simulation.Run(1000);  // 20 tau
    std::vector<double> all;
    for (int k = 0; k < kSteps; ++k) {
      simulation.Run(1);
      for (int64_t i = 0; i < kNeurons; ++i) {
        all.push_back(simulation.Variable("p", "i_syn_pa", i));
      }
    }
    const double m = kRate * kStep / 1000;
    const double p = std::exp(-kStep / kTau);
    const double variance = kWeight * kWeight * m / (1 - p * p);
    const double error =
        std::sqrt(variance / kNeurons * (1 + p) / (1 - p) / kSteps);
    EXPECT_NEAR(Mean(all), kWeight * m / (1 - p), 4 * error);
    EXPECT_NEAR(Mean(all), kWeight * kRate / 1000 * kTau,
                0.01 * kWeight * kRate / 1000 * kTau + 4 * error);
    // kSteps are 40 tau: about 20 independent samples of each neuron.
    EXPECT_NEAR(Variance(all), variance,
                4 * variance * std::sqrt(3.0 / (20 * kNeurons)));
  }
}

// A spike source fires if it gets one spike or more: with probability 1 -
// exp(-rate dt).
TEST(RateStimulus, MakesSpikeSourcesFireAtItsRate) {
  NetworkSpec network = Neurons(500, 1);
  network.stimuli = {MakeRates(network, "p", {200}, 1, 0, 2000)};
  Simulation simulation(network);
  simulation.Run(2100);
  const double n = 500.0 * 2000, p = 1 - std::exp(-0.2);
  EXPECT_NEAR(static_cast<double>(simulation.spikes().size()), n * p,
              4 * testing::BinomialStd(n, p));
  EXPECT_LT(simulation.spikes().back().step, 2000);
}

// Each spike has the same effect as one of a spike stimulus. (The weights have
// exact sums.)
TEST(RateStimulus, SpikesActLikeThoseOfSpikeStimuli) {
  constexpr int kNeurons = 70;
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "lif_exp_ei", kNeurons)};
  const NetworkSpec without = network;
  StimulusSpec rates = MakeRates(network, "p", {800}, 640.5, 10, 200);
  std::get<RateStimulusSpec>(rates.kind).receptor = "excitatory";
  network.stimuli = {rates};
  Simulation random(network);
  const Stimulus compiled =
      CompileStimulus(random.network(), rates, 0, nullptr)[0];
  network.stimuli.clear();
  std::vector<SpikeStimulusSpec> given(kNeurons);
  for (int64_t step = 10; step < 210; ++step) {
    std::vector<double> row(kNeurons);
    AddRates(compiled, step, {0, kNeurons, 0}, row.data());
    for (int i = 0; i < kNeurons; ++i) {
      given[i].offsets_ms.insert(given[i].offsets_ms.end(),
                                 std::lround(row[i] / 640.5),
                                 static_cast<double>(step));
    }
  }
  for (int i = 0; i < kNeurons; ++i) {
    given[i].weight = 640.5;
    given[i].receptor = "excitatory";
    StimulusSpec stimulus;
    stimulus.population = "p";
    stimulus.neuron_indices = {i};
    stimulus.start = int64_t{0};
    stimulus.kind = given[i];
    network.stimuli.push_back(stimulus);
  }
  Simulation planned(network);
  random.Run(300);
  planned.Run(300);
  EXPECT_GT(random.spikes().size(), 100u);
  EXPECT_EQ(random.spikes(), planned.spikes());
  EXPECT_EQ(random.Hash(), planned.Hash());
}

// Two populations; one is driven twice from step 100 on, the other once.
NetworkSpec Driven(Precision precision = Precision::kFloat32) {
  NetworkSpec network = MakeNetwork(0.5, precision);
  network.populations = {MakePopulation("a", "izhikevich", 1500),
                         MakePopulation("b", "lif_exp_ei", 700)};
  network.projections = {testing::MakeProjection(
      "a", "b", FixedIndegree{20}, Uniform{0, 30}, Uniform{0.5, 5})};
  std::vector<double> rates(1500);
  for (int i = 0; i < 1500; ++i) rates[i] = i;
  network.stimuli = {MakeRates(network, "a", rates, 20, 100, 300),
                     MakeRates(network, "a", {300}, 5, 100, 200),
                     MakeRates(network, "b", {900}, 80, 100, 250)};
  return network;
}

void Inject(const StimulusSpec& spec, Simulation* simulation) {
  State& state = simulation->state();
  for (Stimulus& stimulus :
       CompileStimulus(simulation->network(), spec, state.step, nullptr)) {
    state.stimuli.Add(std::move(stimulus));
  }
}

TEST(RateStimulus, BitsDependNeitherOnThreadsNorOnCopiesNorOnResets) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    Simulation one(Driven(precision));
    one.Run(500);
    ASSERT_GT(one.spikes().size(), 1000u);
    const std::vector<testing::Spike> spikes = one.spikes();
    const uint64_t hash = one.Hash();
    for (int threads : {2, 3, 5}) {
      Simulation more(Driven(precision), threads);
      more.Run(200);
      const State copy = more.state();
      more.Run(100);
      more.state() = copy;
      more.RewindSpikes();
      more.Run(300);
      EXPECT_EQ(more.spikes(), spikes) << threads;
      EXPECT_EQ(more.Hash(), hash) << threads;
    }
    one.state() = MakeState(one.network());
    one.RewindSpikes();
    one.Run(500);
    EXPECT_EQ(one.spikes(), spikes);
    EXPECT_EQ(one.Hash(), hash);
  }
}

// Stimuli in the specification or sent later, with or without other stimuli
// before and for other populations.
TEST(RateStimulus, NumbersDontDependOnWhenItWasSent) {
  const NetworkSpec planned = Driven();
  NetworkSpec injected = planned;
  injected.stimuli = {MakeRates(planned, "a", {0.01}, 0, 3, 7)};
  Simulation before(planned), live(injected);
  before.Run(500);
  live.Run(40);
  Inject(planned.stimuli[0], &live);
  live.Run(60);
  Inject(planned.stimuli[2], &live);
  Inject(MakeRates(planned, "b", {100}, 0, 100, 9), &live);
  Inject(planned.stimuli[1], &live);
  live.Run(400);
  EXPECT_EQ(live.spikes(), before.spikes());
  EXPECT_EQ(live.Hash(), before.Hash());
}

TEST(RateStimulus, HashKnowsWhatWillBeDrawn) {
  NetworkSpec network = MakeNetwork(1);
  network.populations = {MakePopulation("p", "izhikevich", 10)};
  std::set<uint64_t> hashes;
  const auto add = [&](double rate, double weight, int64_t start) {
    network.stimuli = {MakeRates(network, "p", {rate}, weight, start, 50)};
    // All end at the same step.
    std::get<RateStimulusSpec>(network.stimuli[0].kind).duration_ms =
        static_cast<double>(50 - start);
    Simulation simulation(network);
    simulation.Run(10);
    hashes.insert(simulation.Hash());
  };
  // Rates so small that nothing has been drawn yet.
  add(1e-6, 1, 0);
  add(2e-6, 1, 0);
  add(1e-6, 2, 0);
  add(1e-6, 1, 3);   // has begun, but will draw others
  add(1e-6, 1, 20);  // has yet to begin
  EXPECT_EQ(hashes.size(), 5u);
  // The first of two stimuli ends: the second continues with its own numbers.
  network.stimuli = {MakeRates(network, "p", {1e-6}, 1, 0, 5),
                     MakeRates(network, "p", {1e-6}, 1, 0, 50)};
  Simulation simulation(network);
  simulation.Run(10);
  hashes.insert(simulation.Hash());
  EXPECT_EQ(hashes.size(), 6u);
}

}  // namespace
}  // namespace spiked
