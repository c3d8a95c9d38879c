// SPDX-License-Identifier: Apache-2.0
//
// Short-term plasticity: efficacies of trains of ten and more spikes at 20 Hz.
//
// Constants: Tsodyks, Pawelzik & Markram 1998, doi:10.1162/089976698300017502,
// figure 1 (depressing: U 0.5, tau_rec 800 ms; facilitating: U 0.03, tau_rec
// 130 ms, tau_facil 530 ms), with the membranes and synaptic currents of its
// figures. Numbers: computed for this project by an independent program, with
// the equations of NEST's tsodyks2_synapse (stp_markram) and tsodyks_synapse
// (stp_tsodyks), printed with six digits.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

struct Oracle {
  std::string name;
  SynapseSpec synapse;
  std::vector<double> efficacies;  // of the first ten spikes
  int late_spike;                  // counted from 1
  double late_efficacy;
  // The target of figure 1.
  double tau_m_ms, c_m_pf, tau_syn_ms, amplitude_pa;
};

const Oracle kOracles[] = {
    {"MarkramDepressing",
     {"stp_markram", {{"u", 0.5}, {"tau_rec_ms", 800.0}}},
     {.500000, .265147, .154835, .103020, .078683, .067251, .061882, .059360,
      .058175, .057619},
     100,
     .057126,
     40,
     400,
     3,
     250},
    {"TsodyksDepressing",
     {"stp_tsodyks", {{"u", 0.5}, {"tau_rec_ms", 800.0}, {"tau_psc_ms", 3.0}}},
     {.500000, .264263, .153952, .102334, .078179, .066877, .061588, .059113,
      .057955, .057413},
     10,
     .057413,
     40,
     400,
     3,
     250},
    {"MarkramFacilitating",
     {"stp_markram",
      {{"u", 0.03}, {"tau_rec_ms", 130.0}, {"tau_fac_ms", 530.0}}},
     {.030000, .055327, .075736, .091777, .104279, .114060, .121811, .128059,
      .133187, .137466},
     20,
     .157973,
     60,
     60,
     1.5,
     1540},
    {"TsodyksFacilitating",
     {"stp_tsodyks",
      {{"u", 0.03},
       {"tau_rec_ms", 130.0},
       {"tau_fac_ms", 530.0},
       {"tau_psc_ms", 1.5}}},
     {.030000, .055313, .075689, .091680, .104121, .113842, .121534, .127729,
      .132810, .137049},
     20,
     .157364,
     60,
     60,
     1.5,
     1540},
};

std::vector<int64_t> StepsAt20Hz(int count, double dt_ms) {
  std::vector<int64_t> steps;
  for (int n = 0; n < count; ++n) steps.push_back(std::llround(50 * n / dt_ms));
  return steps;
}

class PublishedShortTermPlasticity : public ::testing::TestWithParam<Oracle> {
 protected:
  // The target sums up its input.
  void ExpectEfficacies(double dt_ms, Precision precision, double tolerance) {
    const Oracle& oracle = GetParam();
    const std::vector<int64_t> steps = StepsAt20Hz(oracle.late_spike, dt_ms);
    NetworkSpec network = MakeNetwork(dt_ms, precision);
    AddSpikeSource(&network, "pre", {steps});
    network.populations.push_back(
        MakePopulation("post", "lif_delta", 1,
                       {{"tau_m_ms", 1e12}, {"e_l_mv", 0.0}, {"v_th_mv", 1e9}},
                       {{"v_mv", 0.0}}));
    network.projections = {
        MakeProjection("pre", "post", OneToOne{}, 1.0, dt_ms, oracle.synapse)};
    Simulation simulation(network);
    double before = 0, late = 0;
    std::vector<double> first;
    for (int n = 0; n < oracle.late_spike; ++n) {
      simulation.Run(steps[n] + 2 - simulation.state().step);
      const double v = simulation.Variable("post", "v_mv");
      if (n < 10) first.push_back(v - before);
      late = v - before;
      before = v;
    }
    const auto row = [&](const std::string& what) {
      return OracleRow{
          "Tsodyks, Pawelzik & Markram 1998, 20 Hz",
          absl::StrCat(oracle.name, ", steps of ", dt_ms, " ms, ", what),
          "computed"};
    };
    ExpectOracles(row("efficacies of spikes 1 to 10"), precision, first,
                  oracle.efficacies, tolerance);
    ExpectOracle(row(absl::StrCat("efficacy of spike ", oracle.late_spike)),
                 precision, late, oracle.late_efficacy, tolerance);
  }
};

TEST_P(PublishedShortTermPlasticity, EfficaciesFollowTheOracle) {
  ExpectEfficacies(1, Precision::kFloat64, 0.6e-6);
}

TEST_P(PublishedShortTermPlasticity, StepLengthDoesNotMatter) {
  ExpectEfficacies(0.1, Precision::kFloat64, 0.6e-6);
}

TEST_P(PublishedShortTermPlasticity, Float32FollowsTheOracleToItsPrecision) {
  ExpectEfficacies(1, Precision::kFloat32, 1.6e-6);
}

// The potentials of figure 1: each spike adds a difference of exponentials that
// is scaled by the efficacy of the oracle.
TEST_P(PublishedShortTermPlasticity, PotentialIsTheSumOfItsResponses) {
  const Oracle& oracle = GetParam();
  constexpr double kDtMs = 0.1;
  const std::vector<int64_t> steps = StepsAt20Hz(10, kDtMs);
  for (Precision precision : {Precision::kFloat64, Precision::kFloat32}) {
    NetworkSpec network = MakeNetwork(kDtMs, precision);
    AddSpikeSource(&network, "pre", {steps});
    network.populations.push_back(
        MakePopulation("post", "lif_exp", 1,
                       {{"tau_m_ms", oracle.tau_m_ms},
                        {"c_m_pf", oracle.c_m_pf},
                        {"tau_syn_ms", oracle.tau_syn_ms},
                        {"e_l_mv", 0.0},
                        {"v_th_mv", 1e6}},
                       {{"v_mv", 0.0}}));
    network.projections = {MakeProjection(
        "pre", "post", OneToOne{}, oracle.amplitude_pa, kDtMs, oracle.synapse)};
    Simulation simulation(network);
    const double unit = oracle.amplitude_pa / oracle.c_m_pf * oracle.tau_m_ms *
                        oracle.tau_syn_ms /
                        (oracle.tau_m_ms - oracle.tau_syn_ms);
    for (int64_t step = 0; step < 5000; ++step) {
      simulation.Run(1);
      double expected = 0;
      for (size_t n = 0; n < steps.size(); ++n) {
        // The current jumps at the end of the step in which it arrives.
        const double t = static_cast<double>(step - steps[n] - 1) * kDtMs;
        if (t <= 0) break;
        expected +=
            oracle.efficacies[n] * unit *
            (std::exp(-t / oracle.tau_m_ms) - std::exp(-t / oracle.tau_syn_ms));
      }
      ASSERT_NEAR(simulation.Variable("post", "v_mv"), expected,
                  precision == Precision::kFloat64 ? 1e-4 : 2e-4)
          << "step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Figure1, PublishedShortTermPlasticity,
                         ::testing::ValuesIn(kOracles),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace spiked::testing
