// SPDX-License-Identifier: Apache-2.0
//
// Izhikevich 2004, doi:10.1109/TNN.2004.832719: the twenty firing patterns of
// figure 1, in the scheme and with the steps of the published figure1.m.
//
// Spike times and final values of thirteen patterns: computed for this project
// by an independent program with exactly that scheme, four digits. Parameters
// and stimuli are those of figure1.m, which stamps a spike with the time at the
// start of the step, k tau. All twenty patterns are also compared with a scalar
// transcription of figure1.m, and the other seven are checked for the property
// that gives them their name.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

struct Pattern {
  char letter;
  const char* name;
  double a, b, c, d, v0;
  double tau;  // ms, the step
  double end;  // ms
  std::function<double(double t)> current;
  double linear = 5;
  double constant = 140;
  double v_offset = 0;
  double u_leak = 1;
  double u0 = NAN;  // NaN: b v0

  double InitialU() const { return std::isnan(u0) ? b * v0 : u0; }
  int64_t StepCount() const { return std::llround(end / tau) + 1; }
};

void PrintTo(const Pattern& pattern, std::ostream* out) {
  *out << pattern.letter << " " << pattern.name;
}

// True strictly between begin and begin + length.
bool Pulse(double t, double begin, double length) {
  return t > begin && t < begin + length;
}

const std::vector<Pattern>& Patterns() {
  const auto step = [](double amplitude, double begin) {
    return [=](double t) { return t > begin ? amplitude : 0; };
  };
  const auto inhibition = [](double t) { return t < 50 || t > 250 ? 80 : 75; };
  static const auto* const patterns = new std::vector<Pattern>{
      {'A', "tonic_spiking", .02, .2, -65, 6, -70, .25, 100, step(14, 10)},
      {'B', "phasic_spiking", .02, .25, -65, 6, -64, .25, 200, step(.5, 20)},
      {'C', "tonic_bursting", .02, .2, -50, 2, -70, .25, 220, step(15, 22)},
      {'D', "phasic_bursting", .02, .25, -55, .05, -64, .2, 200, step(.6, 20)},
      {'E', "mixed_mode", .02, .2, -55, 4, -70, .25, 160, step(10, 16)},
      {'F', "spike_frequency_adaptation", .01, .2, -65, 8, -70, .25, 85,
       step(30, 8.5)},
      {'G', "class_1_excitable", .02, -.1, -55, 6, -60, .25, 300,
       [](double t) { return t > 30 ? .075 * (t - 30) : 0; }, 4.1, 108},
      {'H', "class_2_excitable", .2, .26, -65, 0, -64, .25, 300,
       [](double t) { return t > 30 ? -.5 + .015 * (t - 30) : -.5; }},
      {'I', "spike_latency", .02, .2, -65, 6, -70, .2, 100,
       [](double t) { return Pulse(t, 10, 3) ? 7.04 : 0; }},
      {'J', "subthreshold_oscillation", .05, .26, -60, 0, -62, .25, 200,
       [](double t) { return Pulse(t, 20, 5) ? 2 : 0; }},
      {'K', "resonator", .1, .26, -60, -1, -62, .25, 400,
       [](double t) {
         return Pulse(t, 40, 4) || Pulse(t, 60, 4) || Pulse(t, 280, 4) ||
                        Pulse(t, 320, 4)
                    ? .65
                    : 0;
       }},
      {'L', "integrator", .02, -.1, -55, 6, -60, .25, 100,
       [](double t) {
         return Pulse(t, 100. / 11, 2) || Pulse(t, 100. / 11 + 5, 2) ||
                        Pulse(t, 70, 2) || Pulse(t, 80, 2)
                    ? 9
                    : 0;
       },
       4.1, 108},
      {'M', "rebound_spike", .03, .25, -60, 4, -64, .2, 200,
       [](double t) { return Pulse(t, 20, 5) ? -15 : 0; }},
      {'N', "rebound_burst", .03, .25, -52, 0, -64, .2, 200,
       [](double t) { return Pulse(t, 20, 5) ? -15 : 0; }},
      {'O', "threshold_variability", .03, .25, -60, 4, -64, .25, 100,
       [](double t) {
         if (Pulse(t, 10, 5) || Pulse(t, 80, 5)) return 1;
         return Pulse(t, 70, 5) ? -6 : 0;
       }},
      {'P', "bistability", .1, .26, -60, 0, -61, .25, 300,
       [](double t) {
         return Pulse(t, 37.5, 5) || Pulse(t, 216, 5) ? 1.24 : .24;
       }},
      {'Q', "depolarising_after_potential", 1, .2, -60, -21, -70, .1, 50,
       [](double t) { return std::abs(t - 10) < 1 ? 20 : 0; }},
      {'R', "accommodation", .02, 1, -55, 4, -65, .5, 400,
       [](double t) {
         if (t < 200) return t / 25;
         return t >= 300 && t < 312.5 ? (t - 300) / 12.5 * 4 : 0;
       },
       5, 140, -65, 0, -16},
      {'S', "inhibition_induced_spiking", -.02, -1, -60, 8, -63.8, .5, 350,
       inhibition},
      {'T', "inhibition_induced_bursting", -.026, -1, -45, -2, -63.8, .5, 350,
       inhibition},
  };
  return *patterns;
}

const Pattern& PatternOf(char letter) { return Patterns()[letter - 'A']; }

struct Outcome {
  std::vector<double> spikes;  // ms, starts of steps
  double v;                    // after the last step
  double u;
  std::vector<double> trace;  // v after each step
};

// Runs a pattern in the simulator.
Outcome Simulate(const Pattern& p) {
  NetworkSpec network = MakeNetwork(p.tau);
  network.populations.push_back(MakePopulation("neuron", "izhikevich", 1,
                                               {{"a", p.a},
                                                {"b", p.b},
                                                {"c", p.c},
                                                {"d", p.d},
                                                {"linear", p.linear},
                                                {"constant", p.constant},
                                                {"v_offset_mv", p.v_offset},
                                                {"u_leak", p.u_leak}},
                                               {{"v_mv", p.v0}}));
  network.populations[0].scheme = "euler";
  if (!std::isnan(p.u0)) {
    network.populations[0].initial_values["u"] = p.u0;
  }
  std::vector<double> currents(p.StepCount());
  for (size_t k = 0; k < currents.size(); ++k) {
    currents[k] = p.current(static_cast<double>(k) * p.tau);
  }
  AddCurrents(&network, "neuron", currents);
  Simulation simulation(network);
  Outcome outcome;
  for (int64_t k = 0; k < p.StepCount(); ++k) {
    simulation.Run(1);
    outcome.trace.push_back(simulation.Variable("neuron", "v_mv"));
  }
  for (int64_t step : simulation.SpikeSteps("neuron")) {
    outcome.spikes.push_back(static_cast<double>(step) * p.tau);
  }
  outcome.v = simulation.Variable("neuron", "v_mv");
  outcome.u = simulation.Variable("neuron", "u");
  return outcome;
}

// A pattern as in figure1.m: one Euler step for V with the old u, then u with
// the new V.
Outcome Transcribe(const Pattern& p) {
  Outcome outcome;
  double v = p.v0;
  double u = p.InitialU();
  for (int64_t k = 0; k < p.StepCount(); ++k) {
    const double t = static_cast<double>(k) * p.tau;
    v = v +
        p.tau * (0.04 * v * v + p.linear * v + p.constant - u + p.current(t));
    if (p.letter == 'R') {
      u = u + p.tau * p.a * (p.b * (v + 65));
    } else {
      u = u + p.tau * p.a * (p.b * v - u);
    }
    if (v > 30) {
      outcome.spikes.push_back(t);
      v = p.c;
      u = u + p.d;
    }
  }
  outcome.v = v;
  outcome.u = u;
  return outcome;
}

class FiringPattern : public ::testing::TestWithParam<Pattern> {};

// The leak and offset terms add an exact 0 or multiply by 1 where a pattern
// doesn't use them, so that even bursts agree to the last step.
TEST_P(FiringPattern, AgreesWithFigure1InEveryStep) {
  const Outcome simulated = Simulate(GetParam());
  const Outcome published = Transcribe(GetParam());
  EXPECT_EQ(simulated.spikes, published.spikes);
  EXPECT_DOUBLE_EQ(simulated.v, published.v);
  EXPECT_DOUBLE_EQ(simulated.u, published.u);
}

INSTANTIATE_TEST_SUITE_P(Figure1, FiringPattern,
                         ::testing::ValuesIn(Patterns()), [](const auto& info) {
                           return std::string(info.param.name);
                         });

struct PatternOracle {
  char letter;
  std::vector<double> spikes;
  double v;
  double u;
};

void PrintTo(const PatternOracle& oracle, std::ostream* out) {
  *out << PatternOf(oracle.letter).name;
}

class PublishedFiringPattern : public ::testing::TestWithParam<PatternOracle> {
};

TEST_P(PublishedFiringPattern, GivesThePublishedSpikesAndFinalValues) {
  const PatternOracle& oracle = GetParam();
  const Outcome outcome = Simulate(PatternOf(oracle.letter));
  const std::string name =
      std::string(1, oracle.letter) + ", " + PatternOf(oracle.letter).name;
  const auto row = [&](const std::string& what) {
    return OracleRow{"Izhikevich 2004, figure 1", name + ", " + what,
                     "computed"};
  };
  ExpectOracles(row("spikes (ms)"), Precision::kFloat64, outcome.spikes,
                oracle.spikes, 1e-9);
  ExpectOracle(row("v at the end (mV)"), Precision::kFloat64, outcome.v,
               oracle.v, 0.5e-4);
  ExpectOracle(row("u at the end"), Precision::kFloat64, outcome.u, oracle.u,
               0.5e-4);
}

INSTANTIATE_TEST_SUITE_P(
    Figure1, PublishedFiringPattern,
    ::testing::Values(
        PatternOracle{'A', {13, 17, 31.5, 59.25, 86.75}, -67.4419, -1.8010},
        PatternOracle{'B', {43.75}, -62.8328, -15.7353},
        PatternOracle{'C',
                      {25,     26.5,  28.25,  30,     32,     34,    36.25,
                       38.75,  41.75, 45.5,   80,     82.25,  84.75, 87.75,
                       91.5,   98.75, 132.75, 135,    137.5,  140.5, 144.25,
                       151.25, 185.5, 187.75, 190.25, 193.25, 197,   204.5},
                      -69.9785,
                      0.5258},
        PatternOracle{
            'F', {10.25, 12.25, 15, 19.75, 42.5, 71.5}, -69.0066, 14.9353},
        PatternOracle{
            'G',
            {84.5, 125, 155.75, 181, 203.5, 223.75, 242, 259.25, 275.5, 290.5},
            -50.3745,
            21.3614},
        PatternOracle{'I', {26.6}, -71.7256, -12.8862},
        PatternOracle{'J', {26.5}, -62.4794, -16.2452},
        PatternOracle{'K', {338}, -62.5629, -16.2812},
        PatternOracle{'L', {20}, -61.7226, 7.2971},
        PatternOracle{'M', {68}, -64.4119, -16.1036},
        PatternOracle{'O', {93.25}, -72.7302, -12.2359},
        PatternOracle{'R', {311.5}, -65.0636, -16.0032},
        PatternOracle{'S', {94.5, 166, 236}, -63.9233, 63.8216}),
    [](const auto& info) {
      return std::string(PatternOf(info.param.letter).name);
    });

std::vector<double> Intervals(const std::vector<double>& times) {
  std::vector<double> intervals;
  for (size_t i = 1; i < times.size(); ++i) {
    intervals.push_back(times[i] - times[i - 1]);
  }
  return intervals;
}

TEST(FiringPatternD, PhasicBurstingIsOneBurstAtTheOnset) {
  const std::vector<double> spikes = Simulate(PatternOf('D')).spikes;
  ASSERT_THAT(spikes, SizeIs(Ge(3u)));
  EXPECT_GT(spikes.front(), 20);
  EXPECT_LT(spikes.back(), 100);  // the current lasts until 200
  EXPECT_THAT(Intervals(spikes), Each(Le(10)));
}

TEST(FiringPatternE, MixedModeBurstsAtTheOnsetAndThenSpikesSingly) {
  const std::vector<double> intervals =
      Intervals(Simulate(PatternOf('E')).spikes);
  ASSERT_THAT(intervals, SizeIs(Ge(4u)));
  EXPECT_LT(intervals.front(), 6);
  EXPECT_THAT(std::vector<double>(intervals.end() - 2, intervals.end()),
              Each(Ge(20)));
}

TEST(FiringPatternH, Class2StartsToSpikeWithAHighFrequency) {
  const std::vector<double> intervals =
      Intervals(Simulate(PatternOf('H')).spikes);
  ASSERT_THAT(intervals, SizeIs(Ge(5u)));
  // Class 1 (G) begins with 40 ms and shortens to less than half; class 2
  // begins almost with its shortest interval.
  const double shortest = *std::min_element(intervals.begin(), intervals.end());
  EXPECT_LT(intervals.front(), 2 * shortest);
  const std::vector<double> class_1 =
      Intervals(Simulate(PatternOf('G')).spikes);
  EXPECT_GT(class_1.front(), 2 * class_1.back());
}

TEST(FiringPatternN, ReboundBurstFollowsTheEndOfInhibition) {
  const std::vector<double> spikes = Simulate(PatternOf('N')).spikes;
  ASSERT_THAT(spikes, SizeIs(Ge(2u)));
  EXPECT_GT(spikes.front(), 25);
}

TEST(FiringPatternP, BistabilityGoesOnLongAfterThePulse) {
  const std::vector<double> spikes = Simulate(PatternOf('P')).spikes;
  ASSERT_THAT(spikes, SizeIs(Ge(4u)));
  EXPECT_GT(spikes.front(), 37.5);
  const auto within = [&](double begin, double end) {
    return std::count_if(spikes.begin(), spikes.end(),
                         [&](double t) { return t >= begin && t < end; });
  };
  EXPECT_EQ(within(0, 37.5), 0);
  EXPECT_GT(within(150, 216), 0);
}

TEST(FiringPatternQ, SpikeIsFollowedByADepolarisation) {
  const Pattern& pattern = PatternOf('Q');
  const Outcome outcome = Simulate(pattern);
  ASSERT_THAT(outcome.spikes, SizeIs(1));
  const auto after =
      outcome.trace.begin() + std::llround(outcome.spikes[0] / pattern.tau) + 1;
  EXPECT_GT(*std::max_element(after, outcome.trace.end()), pattern.v0 + 5);
  EXPECT_NEAR(outcome.v, pattern.v0, 1);
}

TEST(FiringPatternT, InhibitionInducedBurstsEndWithTheInhibition) {
  const std::vector<double> spikes = Simulate(PatternOf('T')).spikes;
  ASSERT_THAT(spikes, SizeIs(Ge(4u)));
  EXPECT_GT(spikes.front(), 50);  // inhibition lasts from 50 to 250 ms
  const std::vector<double> intervals = Intervals(spikes);
  EXPECT_LT(*std::min_element(intervals.begin(), intervals.end()), 6);
  EXPECT_GT(*std::max_element(intervals.begin(), intervals.end()), 15);
}

TEST(FiringPatternI, SpikeComesLongAfterThePulseHasEnded) {
  const std::vector<double> spikes = Simulate(PatternOf('I')).spikes;
  ASSERT_THAT(spikes, SizeIs(1));
  EXPECT_GT(spikes[0], 20);
}

TEST(FiringPatternA, NoStimulusNoSpikes) {
  Pattern silent = PatternOf('A');
  silent.current = [](double) { return 0; };
  EXPECT_THAT(Simulate(silent).spikes, IsEmpty());
}

}  // namespace
}  // namespace spiked::testing
