// SPDX-License-Identifier: Apache-2.0
//
// Spikes of a step are Bernoulli numbers with p = 1 - exp(-rate dt): counts
// over a time are binomial, intervals geometric. Bounds are 4 to 4.5 standard
// deviations.

#include "core/neurons/poisson_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "core/build/compile.h"
#include "core/numbers/vector_target.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked::poisson_source_test {
namespace {

using testing::BinomialStd;
using testing::Correlation;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeCurrent;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Mean;
using testing::Simulation;
using testing::Spike;
using testing::Variance;

NetworkSpec Sources(int64_t size, Value rate_hz, double dt_ms = 1,
                    Precision precision = Precision::kFloat32) {
  NetworkSpec network = MakeNetwork(dt_ms, precision);
  network.seed = 5;
  network.populations = {MakePopulation("p", "poisson_source", size,
                                        {{"rate_hz", std::move(rate_hz)}})};
  return network;
}

std::vector<Spike> SpikesOf(const NetworkSpec& network, int64_t steps,
                            int threads = 1) {
  Simulation simulation(network, threads);
  simulation.Run(steps);
  return simulation.spikes();
}

// 1 where a neuron spiked, else 0: [steps][size].
std::vector<double> Matrix(const std::vector<Spike>& spikes, int64_t steps,
                           int64_t size) {
  std::vector<double> matrix(steps * size);
  for (const Spike& s : spikes) matrix[s.step * size + s.neuron] += 1;
  return matrix;
}

// Number of spikes in [begin, end) from neurons in [first, last).
double Count(const std::vector<Spike>& spikes, int64_t begin, int64_t end,
             int32_t first, int32_t last) {
  return static_cast<double>(
      std::count_if(spikes.begin(), spikes.end(), [&](const Spike& s) {
        return s.step >= begin && s.step < end && s.neuron >= first &&
               s.neuron < last;
      }));
}

double Probability(double rate_hz, double dt_ms) {
  return -std::expm1(-rate_hz * dt_ms / 1000);
}

class Probabilities : public ::testing::TestWithParam<double> {};

// The parameter is rate dt.
TEST_P(Probabilities, CountsAreBinomial) {
  constexpr int64_t kSize = 1000, kSteps = 2000;
  constexpr double kDt = 0.5;
  const double rate = GetParam() / kDt * 1000;
  const double p = Probability(rate, kDt);
  const double n = kSize * kSteps;
  // The rate as a parameter, and the same rate as an input.
  NetworkSpec driven = Sources(kSize, 0.0, kDt);
  driven.stimuli = {MakeCurrent(driven, "p", {rate}, 0, kSteps)};
  for (const NetworkSpec& network : {Sources(kSize, rate, kDt), driven}) {
    const std::vector<Spike> spikes = SpikesOf(network, kSteps);
    EXPECT_NEAR(static_cast<double>(spikes.size()), n * p,
                4 * BinomialStd(n, p));
    // Counts of each neuron over all steps, and of all neurons in each step.
    std::vector<double> by_neuron(kSize), by_step(kSteps);
    for (const Spike& s : spikes) {
      by_neuron[s.neuron] += 1;
      by_step[s.step] += 1;
    }
    const double variance = p * (1 - p);
    EXPECT_NEAR(Variance(by_neuron) / (kSteps * variance), 1,
                4.5 * std::sqrt(2.0 / kSize));
    EXPECT_NEAR(Variance(by_step) / (kSize * variance), 1,
                4.5 * std::sqrt(2.0 / kSteps));
  }
}

INSTANTIATE_TEST_SUITE_P(RateTimesStep, Probabilities,
                         ::testing::Values(1e-3, 0.02, 0.3, 1, 3, 5));

// A tenth of a Hertz in steps of a tenth of a millisecond: a probability of
// 1e-5 in each.
TEST(PoissonSource, LowRatesAreNotRoundedAway) {
  constexpr int64_t kSize = 16000, kSteps = 2000;
  const double n = 1.0 * kSize * kSteps;
  const double p = Probability(0.1, 0.1);
  NetworkSpec driven = Sources(kSize, 0.0, 0.1);
  driven.stimuli = {MakeCurrent(driven, "p", {0.1}, 0, kSteps)};
  for (const NetworkSpec& network : {Sources(kSize, 0.1, 0.1), driven}) {
    EXPECT_NEAR(static_cast<double>(SpikesOf(network, kSteps).size()), n * p,
                4 * std::sqrt(n * p));
  }
}

// The first fifty intervals of each of 400 neurons, all of which have more: the
// end of the simulation causes no bias.
TEST(PoissonSource, IntervalsAreThoseOfAPoissonProcess) {
  constexpr int64_t kSize = 400;
  const double p = Probability(100, 0.1);
  Simulation simulation(Sources(kSize, 100.0, 0.1));
  simulation.Run(12000);
  std::vector<double> intervals, following;
  std::vector<std::vector<double>> steps(kSize);
  for (const Spike& s : simulation.spikes()) {
    steps[s.neuron].push_back(static_cast<double>(s.step));
  }
  for (const std::vector<double>& of_neuron : steps) {
    ASSERT_GT(of_neuron.size(), 51u);
    for (int k = 0; k < 50; ++k) {
      intervals.push_back(of_neuron[k + 1] - of_neuron[k]);
      if (k > 0) following.push_back(intervals.back());
    }
  }
  const auto n = static_cast<double>(intervals.size());
  const double cv = std::sqrt(Variance(intervals)) / Mean(intervals);
  EXPECT_NEAR(Mean(intervals), 1 / p, 4 * std::sqrt(1 - p) / p / std::sqrt(n));
  // The step is short compared with 10 ms, so the CV is nearly 1.
  EXPECT_NEAR(cv, std::sqrt(1 - p), 4.5 / std::sqrt(n));
  // Compares distributions at some points: KolmogorovDistance is for continuous
  // ones.
  for (int k : {1, 10, 30, 100, 200, 400}) {
    const double longer = static_cast<double>(
        std::count_if(intervals.begin(), intervals.end(),
                      [&](double interval) { return interval > k; }));
    const double q = std::pow(1 - p, k);
    EXPECT_NEAR(longer, n * q, 4 * BinomialStd(n, q)) << k;
  }
  // Successive intervals are uncorrelated.
  std::vector<double> before;
  for (size_t i = 0; i < intervals.size(); ++i) {
    if (i % 50 != 49) before.push_back(intervals[i]);
  }
  EXPECT_LT(std::abs(Correlation(before, following)), 4 / std::sqrt(n));
}

TEST(PoissonSource, NeuronsAndStepsAreIndependent) {
  constexpr int64_t kSize = 1000, kSteps = 1000;
  for (double rate : {20.0, 300.0}) {
    const std::vector<double> x =
        Matrix(SpikesOf(Sources(kSize, rate), kSteps), kSteps, kSize);
    const auto lagged = [&](int64_t neurons, int64_t steps) {
      std::vector<double> here, there;
      for (int64_t k = 0; k + steps < kSteps; ++k) {
        for (int64_t i = 0; i + neurons < kSize; ++i) {
          here.push_back(x[k * kSize + i]);
          there.push_back(x[(k + steps) * kSize + i + neurons]);
        }
      }
      return Correlation(here, there) *
             std::sqrt(static_cast<double>(here.size()));
    };
    for (int64_t neurons : {1, 4, 16, 64, 256}) {
      EXPECT_LT(std::abs(lagged(neurons, 0)), 4) << neurons;
    }
    for (int64_t steps : {1, 2, 64}) {
      EXPECT_LT(std::abs(lagged(0, steps)), 4) << steps;
      EXPECT_LT(std::abs(lagged(1, steps)), 4) << steps;
    }
  }
}

TEST(PoissonSource, RatesMayDifferByNeuron) {
  constexpr int64_t kSize = 300, kSteps = 5000;
  std::vector<double> rates(kSize);
  for (int64_t i = 0; i < kSize; ++i) {
    rates[i] = i % 7 == 0 ? 0 : 2.0 * static_cast<double>(i);
  }
  std::vector<double> counts(kSize);
  for (const Spike& s : SpikesOf(Sources(kSize, rates), kSteps)) {
    counts[s.neuron] += 1;
  }
  double chi_square = 0;
  int busy = 0;
  for (int64_t i = 0; i < kSize; ++i) {
    const double p = Probability(rates[i], 1);
    if (rates[i] == 0) {
      EXPECT_EQ(counts[i], 0) << i;
      continue;
    }
    const double z = (counts[i] - kSteps * p) / BinomialStd(kSteps, p);
    chi_square += z * z;
    ++busy;
  }
  EXPECT_NEAR(chi_square, busy, 4.5 * std::sqrt(2.0 * busy));
}

// At most one spike per step: at a probability near 1 there is one in each.
TEST(PoissonSource, HighRatesSpikeInEveryStep) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    NetworkSpec network = Sources(70, 1e6, 1, precision);
    EXPECT_EQ(SpikesOf(network, 100).size(), 7000u);
    for (double input : {1e9, 3e38}) {
      network = Sources(70, 10.0, 1, precision);
      network.stimuli = {MakeCurrent(network, "p", {input}, 0, 50)};
      EXPECT_EQ(Count(SpikesOf(network, 50), 0, 50, 0, 70), 3500) << input;
    }
  }
}

TEST(PoissonSource, RatesBelowZeroAreZero) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (double input : {-500.0, -500.1, -1e9, -3e38}) {
      NetworkSpec network = Sources(100, 500.0, 1, precision);
      network.stimuli = {MakeCurrent(network, "p", {input}, 0, 100)};
      EXPECT_THAT(SpikesOf(network, 100), IsEmpty()) << input;
    }
  }
}

TEST(PoissonSource, RefusesRatesThatAreNone) {
  for (double rate : {-1.0, 1e7, std::nan("")}) {
    const auto network = Compile(Sources(1, rate));
    ASSERT_FALSE(network.ok()) << rate;
    EXPECT_THAT(network.status().ToString(),
                HasSubstr("populations[0].parameters[\"rate_hz\"]"));
  }
}

TEST(PoissonSource, StimuliStepTheRate) {
  constexpr int32_t kSize = 2000;
  NetworkSpec network = Sources(kSize, 10.0);
  network.stimuli = {
      MakeCurrent(network, "p", {40}, 1000, 1000),    // 50 Hz
      MakeCurrent(network, "p", {-1000}, 2000, 500),  // 0
      MakeCurrent(network, "p", {20}, 3000, 1000),    // 60 Hz, from both
      MakeCurrent(network, "p", {30}, 3000, 1000)};
  Simulation simulation(network);
  simulation.Run(4000);
  // Another rate for half of the neurons, sent while it runs.
  StimulusSpec injected = MakeCurrent(network, "p", {90}, 4500, 500);
  for (int32_t i = 0; i < kSize / 2; ++i) injected.neuron_indices.push_back(i);
  for (Stimulus& s :
       CompileStimulus(simulation.network(), injected, 4000, nullptr)) {
    simulation.state().stimuli.Add(std::move(s));
  }
  simulation.Run(1500);
  const auto expect_rate = [&](double rate, int64_t begin, int64_t end,
                               int32_t first, int32_t last) {
    const double p = Probability(rate, 1);
    const double n = static_cast<double>(end - begin) * (last - first);
    EXPECT_NEAR(Count(simulation.spikes(), begin, end, first, last), n * p,
                4 * BinomialStd(n, p))
        << rate << " Hz from " << begin;
  };
  expect_rate(10, 0, 1000, 0, kSize);
  expect_rate(50, 1000, 2000, 0, kSize);
  expect_rate(0, 2000, 2500, 0, kSize);
  expect_rate(10, 2500, 3000, 0, kSize);
  expect_rate(60, 3000, 4000, 0, kSize);
  expect_rate(10, 4000, 4500, 0, kSize);
  expect_rate(100, 4500, 5000, 0, kSize / 2);
  expect_rate(10, 4500, 5000, kSize / 2, kSize);
  expect_rate(10, 5000, 5500, 0, kSize);
}

// Parameter and input use the same random bits: the two ways to compute a
// probability differ by 1e-6 of it, so hardly any spike differs.
TEST(PoissonSource, AnInputIsAsGoodAsTheParameter) {
  constexpr int64_t kSize = 1000, kSteps = 1000;
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (double rate : {0.5, 30.0, 1000.0, 8000.0}) {
      NetworkSpec driven = Sources(kSize, rate / 4, 1, precision);
      driven.stimuli = {MakeCurrent(driven, "p", {0.75 * rate}, 0, kSteps)};
      const std::vector<Spike> a = SpikesOf(driven, kSteps);
      const std::vector<Spike> b =
          SpikesOf(Sources(kSize, rate, 1, precision), kSteps);
      std::vector<Spike> different;
      std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(),
                                    std::back_inserter(different));
      EXPECT_LE(different.size(), 3u) << rate;
      EXPECT_GT(a.size(), 300u);
    }
  }
}

TEST(PoissonSource, OthersInputChangesNobodysSpikes) {
  NetworkSpec network = Sources(500, 77.0);
  const std::vector<Spike> before = SpikesOf(network, 500);
  network.stimuli = {MakeCurrent(network, "p", {500}, 0, 500)};
  network.stimuli[0].neuron_indices = {17, 80, 499};
  std::vector<Spike> after = SpikesOf(network, 500);
  const auto of_stimulated = [](const Spike& s) {
    return s.neuron == 17 || s.neuron == 80 || s.neuron == 499;
  };
  EXPECT_GT(after.size(), before.size() + 300);
  std::vector<Spike> others = before;
  std::erase_if(others, of_stimulated);
  std::erase_if(after, of_stimulated);
  EXPECT_EQ(after, others);
}

// One rate or many, without input, with some input, and with noise.
std::vector<NetworkSpec> AllKinds(Precision precision) {
  std::vector<NetworkSpec> networks;
  for (const Value& rate : {Value(40.0), Value(Uniform{0, 900})}) {
    for (bool has_noise : {false, true}) {
      NetworkSpec network = Sources(333, rate, 1, precision);
      network.populations.push_back(
          MakePopulation("q", "poisson_source", 150, {{"rate_hz", 3.0}}));
      network.stimuli = {MakeCurrent(network, "q", {200}, 30, 100)};
      network.stimuli[0].neuron_indices = {2, 3, 130};
      if (has_noise) {
        network.inputs = {testing::MakeInput("p", "normal_noise_current",
                                             {{"mean", 10.0}, {"std", 400.0}})};
      }
      networks.push_back(std::move(network));
    }
  }
  return networks;
}

TEST(PoissonSource, EveryVectorTargetAndAnyThreadsGiveTheSameSpikes) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (const NetworkSpec& network : AllKinds(precision)) {
      const std::vector<Spike> best = SpikesOf(network, 300);
      EXPECT_GT(best.size(), 1000u);
      for (int threads : {2, 3, 5}) {
        EXPECT_EQ(SpikesOf(network, 300, threads), best) << threads;
      }
      for (const std::string& target : VectorTargets()) {
        ASSERT_TRUE(ForceVectorTarget(target));
        EXPECT_EQ(SpikesOf(network, 300), best) << target;
      }
      ForceVectorTarget("");
    }
  }
}

TEST(PoissonSource, PrecisionDoesNotMatterWithoutInput) {
  for (const Value& rate : {Value(40.0), Value(Uniform{0, 900})}) {
    EXPECT_EQ(SpikesOf(Sources(333, rate, 1, Precision::kFloat32), 300),
              SpikesOf(Sources(333, rate, 1, Precision::kFloat64), 300));
  }
}

TEST(PoissonSource, SpikesAreAFunctionOfTheStepAndTheStream) {
  const NetworkSpec network = Sources(100, 100.0);
  Simulation simulation(network);
  simulation.Run(100);
  const State half_way = simulation.state();
  simulation.Run(100);
  const std::vector<Spike> once = simulation.spikes();
  simulation.state() = half_way;
  simulation.Run(100);
  std::vector<Spike> again = simulation.spikes();
  const auto second_half = std::find_if(
      once.begin(), once.end(), [](const Spike& s) { return s.step >= 100; });
  EXPECT_EQ(std::vector<Spike>(again.begin() + once.size(), again.end()),
            std::vector<Spike>(second_half, once.end()));
  NetworkSpec renamed = network;
  renamed.populations[0].name = "other";
  EXPECT_NE(SpikesOf(renamed, 200), once);
  NetworkSpec reseeded = network;
  reseeded.seed = 6;
  EXPECT_NE(SpikesOf(reseeded, 200), once);
}

// The spikes are delivered through synapses, with their delay, like all others.
TEST(PoissonSource, DrivesOtherNeurons) {
  NetworkSpec network = Sources(50, 50.0);
  network.populations.push_back(MakePopulation("relay", "spike_source", 50));
  network.projections = {
      testing::MakeProjection("p", "relay", OneToOne{}, 1.0, 3.0)};
  Simulation simulation(network);
  simulation.Run(503);
  for (int64_t i = 0; i < 50; ++i) {
    std::vector<int64_t> sent = simulation.SpikeSteps("p", i);
    std::erase_if(sent, [](int64_t step) { return step >= 500; });
    ASSERT_GT(sent.size(), 5u);
    for (int64_t& step : sent) step += 3;
    EXPECT_EQ(simulation.SpikeSteps("relay", i), sent) << i;
  }
}

}  // namespace
}  // namespace spiked::poisson_source_test
