// SPDX-License-Identifier: Apache-2.0
//
// Populations of quadratic integrate-and-fire neurons whose excitability has a
// Lorentzian distribution, against the exact theory of Montbrio, Pazo & Roxin
// 2015, doi:10.1103/PhysRevX.5.021028. With eta's centre e and half width D,
// all-to-all coupling J and tau_m = 1, rate r and mean potential v obey
//
//   r' = D / pi + 2 r v,   v' = v^2 + e + J r + I - (pi r)^2      (eq. 12)
//
// so that without coupling a population rests at (their eq. C3 with J = 0)
//
//   r = sqrt(e + sqrt(e^2 + D^2)) / (pi sqrt(2)).
//
// A finite population lacks the distribution's tail: the sum of sqrt(eta_j) /
// pi is smaller than this rate by 0.12 / sqrt(n) of it for n neurons.
//
// The numbers of their figure 2: D = 1, e = -5, J = 15, where a population is
// bistable; a current of 3 for 30 time constants switches it on.

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr char kTitle[] = "Montbrio, Pazo & Roxin 2015, per time constant";
constexpr double kTauMs = 10;
constexpr double kDtMs = 0.01;
constexpr int64_t kStepsPerTau = 1000;

// eta_j = e + D tan(pi/2 (2j - n - 1) / (n + 1)): from their appendix, with
// less scatter than random draws.
NetworkSpec Population(int neurons, double center, double coupling,
                       Precision precision) {
  std::vector<double> eta(neurons);
  for (int j = 0; j < neurons; ++j) {
    eta[j] = center +
             std::tan(kPi / 2 * (2.0 * (j + 1) - neurons - 1) / (neurons + 1));
  }
  NetworkSpec network = MakeNetwork(kDtMs);
  network.precision = precision;
  network.populations = {MakePopulation("p", "qif", neurons,
                                        {{"tau_m_ms", kTauMs},
                                         {"eta", eta},
                                         {"v_peak", 1000.0},
                                         {"v_reset", -1000.0}},
                                        {{"v", -2.0}})};
  if (coupling != 0) {
    network.projections = {
        MakeProjection("p", "p", AllToAll{}, coupling / neurons, kDtMs)};
  }
  return network;
}

// The rate over 40 time constants, per time constant and neuron.
double RateOf(Simulation& simulation) {
  const auto neurons = static_cast<double>(simulation.network().neuron_count);
  const size_t before = simulation.spikes().size();
  simulation.Run(40 * kStepsPerTau);
  return static_cast<double>(simulation.spikes().size() - before) / neurons /
         40;
}

// The stationary rate of the equations above, reached from a start near it.
double TheoryOf(double center, double coupling, double r, double v) {
  const double h = 1e-3;
  for (int k = 0; k < 200'000; ++k) {
    const double dr = 1 / kPi + 2 * r * v;
    const double dv = v * v + center + coupling * r - kPi * r * kPi * r;
    r += h * dr;
    v += h * dv;
  }
  return r;
}

class Montbrio2015 : public ::testing::TestWithParam<Precision> {};

TEST_P(Montbrio2015, UncoupledNeuronsFireAtTheRateOfTheTheory) {
  for (double center : {-5.0, 0.0, 4.0}) {
    Simulation simulation(Population(20'000, center, 0, GetParam()));
    simulation.Run(20 * kStepsPerTau);
    const double rate = std::sqrt(center + std::sqrt(center * center + 1)) /
                        (kPi * std::numbers::sqrt2);
    ExpectOracle(
        {kTitle,
         "rate where eta is " + std::to_string(static_cast<int>(center)) +
             " on the average, uncoupled",
         "exact theory"},
        GetParam(), RateOf(simulation), rate, 0.03 * rate);
  }
}

TEST_P(Montbrio2015, ACurrentSwitchesABistablePopulationOn) {
  NetworkSpec network = Population(2000, -5, 15, GetParam());
  network.stimuli = {
      MakeCurrent(network, "p", {3}, 40 * kStepsPerTau, 30 * kStepsPerTau)};
  Simulation simulation(network);
  const double off = TheoryOf(-5, 15, 0.05, -2);
  const double on = TheoryOf(-5, 15, 1.0, -0.2);
  ASSERT_LT(off, 0.1);
  ASSERT_GT(on, 0.8);
  ExpectOracle({kTitle, "rate of the bistable population, low", "exact theory"},
               GetParam(), RateOf(simulation), off, 0.1 * off);
  simulation.Run(60 * kStepsPerTau);
  ExpectOracle(
      {kTitle, "rate of the bistable population, high", "exact theory"},
      GetParam(), RateOf(simulation), on, 0.03 * on);
}

INSTANTIATE_TEST_SUITE_P(Precisions, Montbrio2015,
                         ::testing::Values(Precision::kFloat32,
                                           Precision::kFloat64),
                         [](const auto& info) {
                           return info.param == Precision::kFloat32 ? "Float32"
                                                                    : "Float64";
                         });

}  // namespace
}  // namespace spiked::testing
