// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/ornstein_uhlenbeck_current.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/inputs/normal_noise_current.h"
#include "core/network/state_hash.h"
#include "core/numbers/vector_target.h"
#include "tests/core/inputs/input_run.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked::ornstein_uhlenbeck_current_test {
namespace {

using testing::InputRun;
using testing::KolmogorovDistance;
using testing::NormalCdf;

const OrnsteinUhlenbeckCurrent kModel;

using Rows = std::vector<std::vector<double>>;

Rows RowsOf(const ValueMap& values, int64_t count, int64_t steps,
            Precision precision = Precision::kFloat64, double dt_ms = 1) {
  return InputRun(kModel, values, count, precision, dt_ms).Steps(steps);
}

// The update rule, with the normal numbers of the same random words.
TEST(OrnsteinUhlenbeckCurrent, FollowsTheExactUpdate) {
  constexpr int64_t kCount = 100;
  constexpr double kMean = 3, kStd = 2, kTau = 7, kDt = 0.5;
  const NormalNoiseCurrent normal;
  InputRun noise(normal, {{"std", 1.0}}, kCount);
  const double p = std::exp(-kDt / kTau);
  const double s = std::sqrt(1 - std::exp(-2 * kDt / kTau));
  for (Precision precision : {Precision::kFloat64, Precision::kFloat32}) {
    const double tolerance = precision == Precision::kFloat64 ? 1e-13 : 2e-5;
    InputRun run(kModel, {{"mean", kMean}, {"std", kStd}, {"tau_ms", kTau}},
                 kCount, precision, kDt);
    std::vector<double> x = noise.Step(-1);
    for (double& start : x) start = kMean + kStd * start;
    for (int64_t step = 0; step < 500; ++step) {
      const std::vector<double> z = noise.Step(step);
      const std::vector<double> row = run.Step(step);
      for (int64_t i = 0; i < kCount; ++i) {
        x[i] = kMean + (x[i] - kMean) * p + kStd * s * z[i];
        ASSERT_NEAR(row[i], x[i], tolerance) << step << " " << i;
      }
    }
  }
}

// Samples of one step are independent: mean within 4 standard errors, variance
// within 4 of sqrt(2 / n), the distribution by Kolmogorov and Smirnov at 0.001.
TEST(OrnsteinUhlenbeckCurrent, IsStationaryFromTheFirstStepOn) {
  constexpr int64_t kCount = 20000;
  for (double dt_ms : {0.1, 1.0, 30.0}) {
    const Rows rows = RowsOf({{"mean", -1.0}, {"std", 3.0}, {"tau_ms", 5.0}},
                             kCount, 200, Precision::kFloat32, dt_ms);
    for (int64_t step : {0, 1, 10, 199}) {
      const std::vector<double>& x = rows[step];
      const double n = kCount;
      EXPECT_NEAR(testing::Mean(x), -1, 4 * 3 / std::sqrt(n)) << step;
      EXPECT_NEAR(testing::Variance(x), 9, 4 * 9 * std::sqrt(2 / n)) << step;
      EXPECT_LT(KolmogorovDistance(
                    x, [](double v) { return NormalCdf((v + 1) / 3); }),
                1.95 / std::sqrt(n))
          << step;
    }
  }
}

// Autocorrelation is exp(-lag / tau) for any step: within 4.5 standard errors
// of a correlation of n pairs, (1 - r^2) / sqrt(n).
TEST(OrnsteinUhlenbeckCurrent, CorrelationDecaysWithTheTimeConstant) {
  constexpr int64_t kCount = 20000;
  constexpr double kTau = 5;
  for (double dt_ms : {0.25, 1.0}) {
    const Rows rows = RowsOf({{"std", 1.0}, {"tau_ms", kTau}}, kCount, 100,
                             Precision::kFloat32, dt_ms);
    for (double lag_ms : {1.0, 5.0, 10.0}) {
      const auto lag = static_cast<int64_t>(lag_ms / dt_ms);
      const double expected = std::exp(-lag_ms / kTau);
      EXPECT_NEAR(testing::Correlation(rows[50], rows[50 + lag]), expected,
                  4.5 * (1 - expected * expected) / std::sqrt(kCount))
          << lag_ms << " at " << dt_ms;
    }
  }
}

// One neuron over a long time has the same statistics as many in one step.
TEST(OrnsteinUhlenbeckCurrent, IsErgodic) {
  constexpr int64_t kSteps = 200000;
  constexpr double kTau = 4;
  const Rows rows = RowsOf({{"std", 2.0}, {"tau_ms", kTau}}, 1, kSteps);
  std::vector<double> x;
  for (const auto& row : rows) x.push_back(row[0]);
  // For the mean, correlated samples count as (1 - r) / (1 + r) times as many
  // independent ones; for the variance, with r^2 instead of r.
  const double r = std::exp(-1 / kTau);
  const double for_mean = kSteps * (1 - r) / (1 + r);
  const double for_variance = kSteps * (1 - r * r) / (1 + r * r);
  EXPECT_NEAR(testing::Mean(x), 0, 4 * 2 / std::sqrt(for_mean));
  EXPECT_NEAR(testing::Variance(x), 4, 4 * 4 * std::sqrt(2 / for_variance));
}

TEST(OrnsteinUhlenbeckCurrent, NeuronsAreIndependent) {
  const std::vector<double> x =
      RowsOf({{"std", 1.0}}, 20000, 30, Precision::kFloat32)[29];
  for (int64_t lag : {1, 4, 16, 64}) {
    const std::vector<double> here(x.begin(), x.end() - lag);
    const std::vector<double> there(x.begin() + lag, x.end());
    EXPECT_LT(std::abs(testing::Correlation(here, there)),
              4 / std::sqrt(20000.0))
        << lag;
  }
}

TEST(OrnsteinUhlenbeckCurrent, ShortTimeConstantsForgetAndLongOnesKeep) {
  const NormalNoiseCurrent normal;
  InputRun noise(normal, {{"std", 1.0}}, 50);
  const Rows brief = RowsOf({{"std", 1.0}, {"tau_ms", 1e-3}}, 50, 20);
  for (int64_t k = 0; k < 20; ++k) EXPECT_EQ(brief[k], noise.Step(k));
  const Rows eternal = RowsOf({{"std", 1.0}, {"tau_ms", 1e300}}, 50, 20);
  EXPECT_EQ(eternal[19], eternal[0]);
  EXPECT_EQ(eternal[0], noise.Step(-1));
}

TEST(OrnsteinUhlenbeckCurrent, ParametersMayDifferByNeuron) {
  const Rows rows = RowsOf({{"mean", std::vector<double>{1, 2, 3}},
                            {"std", std::vector<double>{0, 1, 1}},
                            {"tau_ms", std::vector<double>{5, 1e-3, 1e300}}},
                           3, 50);
  for (int64_t k = 1; k < 50; ++k) {
    EXPECT_EQ(rows[k][0], 1);
    EXPECT_NE(rows[k][1], rows[k - 1][1]);
    EXPECT_EQ(rows[k][2], rows[0][2]);
    EXPECT_NE(rows[k][2], 3);
  }
}

TEST(OrnsteinUhlenbeckCurrent, RunsAndVectorTargetsGiveTheSameNumbers) {
  const ValueMap values = {{"mean", 0.3}, {"std", 1.7}, {"tau_ms", 3.0}};
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    for (int64_t count : {1, 17, 1000}) {
      const Rows best = InputRun(kModel, values, count, precision).Steps(30);
      EXPECT_EQ(InputRun(kModel, values, count, precision).Steps(30, 64), best);
      for (const std::string& target : VectorTargets()) {
        ASSERT_TRUE(ForceVectorTarget(target));
        EXPECT_EQ(InputRun(kModel, values, count, precision).Steps(30), best)
            << target;
      }
      ForceVectorTarget("");
    }
  }
}

NetworkSpec Driven(Precision precision, double std) {
  NetworkSpec network = testing::MakeNetwork(1, precision);
  network.populations = {testing::MakePopulation("p", "izhikevich", 200),
                         testing::MakePopulation("q", "spike_source", 37)};
  network.inputs = {
      testing::MakeInput("p", "ornstein_uhlenbeck_current",
                         {{"mean", 4.0}, {"std", std}, {"tau_ms", 20.0}}),
      testing::MakeInput("q", "ornstein_uhlenbeck_current",
                         {{"std", 1.0}, {"tau_ms", 5.0}})};
  return network;
}

TEST(OrnsteinUhlenbeckCurrent, ThreadsAndCopiesGiveTheSameBits) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    testing::Simulation one(Driven(precision, 5));
    one.Run(150);
    const State copy = one.state();
    one.Run(150);
    EXPECT_GT(one.spikes().size(), 100u);
    for (int threads : {2, 3}) {
      testing::Simulation more(Driven(precision, 5), threads);
      more.Run(300);
      EXPECT_EQ(more.Hash(), one.Hash()) << threads;
      EXPECT_EQ(more.spikes(), one.spikes()) << threads;
    }
    const uint64_t hash = one.Hash();
    one.state() = copy;
    EXPECT_NE(one.Hash(), hash);
    one.Run(150);
    EXPECT_EQ(one.Hash(), hash);
  }
}

// An input that an edit adds begins as one that was there from the beginning.
TEST(OrnsteinUhlenbeckCurrent, IsStationaryWhenAnEditAddsIt) {
  NetworkSpec network = testing::MakeNetwork(1);
  network.populations = {testing::MakePopulation("p", "qif", 20000)};
  testing::Simulation simulation(network);
  simulation.Run(100);
  EditSpec edit;
  edit.inputs = {
      testing::MakeInput("p", "ornstein_uhlenbeck_current",
                         {{"mean", -1.0}, {"std", 3.0}, {"tau_ms", 1e6}})};
  ASSERT_TRUE(simulation.Edit(edit).ok());
  const auto samples = [&] {
    const Input& input = simulation.network().inputs[0];
    std::vector<double> x;
    for (int64_t i = 0; i < 20000; ++i) {
      x.push_back(
          simulation.state().variables.as<double>()[input.state_offset + i]);
    }
    return x;
  };
  for (int64_t steps : {0, 1, 10}) {
    simulation.Run(steps);
    const std::vector<double> x = samples();
    EXPECT_NEAR(testing::Variance(x), 1, 4 * std::sqrt(2 / 20000.0));
    EXPECT_LT(KolmogorovDistance(x, [](double v) { return NormalCdf(v); }),
              1.95 / std::sqrt(20000.0));
  }
}

TEST(OrnsteinUhlenbeckCurrent, HashSeesItsStateButNotThePadding) {
  testing::Simulation simulation(Driven(Precision::kFloat64, 5));
  simulation.Run(10);
  const Network& network = simulation.network();
  const Input& input = network.inputs[1];
  const uint64_t hash = simulation.Hash();
  State state = simulation.state();
  double* row = state.variables.as<double>() + input.state_offset;
  row[37] = 12345;  // 37 neurons in a row of 48
  EXPECT_EQ(HashState(network, state), hash);
  row[36] = std::nextafter(row[36], 1e9);
  EXPECT_NE(HashState(network, state), hash);
}

TEST(OrnsteinUhlenbeckCurrent, ItsStateIsCheckedToBeFinite) {
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    testing::Simulation simulation(Driven(precision, 5));
    simulation.Run(3);
    const Network& network = simulation.network();
    State state = simulation.state();
    EXPECT_EQ(FindNonFinite(network, state), "");
    const size_t at = network.inputs[1].state_offset + 36;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (precision == Precision::kFloat64) {
      state.variables.as<double>()[at] = kInfinity;
    } else {
      state.variables.as<float>()[at] = static_cast<float>(kInfinity);
    }
    EXPECT_EQ(FindNonFinite(network, state),
              "input ornstein_uhlenbeck_current->q: the state of neuron 36 is "
              "inf after step 3");
  }
}

}  // namespace
}  // namespace spiked::ornstein_uhlenbeck_current_test
