// SPDX-License-Identifier: Apache-2.0
//
// Every rule of core/synapses/ that uses plastic_kernel.h, against its
// equations: for each synapse, loops over all its arrivals and all spikes of
// its target. Published weights: tests/conformance/stdp_rules_test.cc and
// stdp_triplet_test.cc.
//
// Neurons are spike sources: they spike only when told to, because all weights
// that arrive together stay below 1.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/synapses/trace.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::plastic_rules_test {
namespace {

using testing::AddSpikeSource;
using testing::MakeNetwork;
using testing::MakeProjection;
using testing::Simulation;

using Times = std::vector<int64_t>;

constexpr double kNever = -std::numeric_limits<double>::infinity();

// The spikes that a synapse sees, in steps of 1 ms: when they arrived (at the
// end of the step) and when its target spiked. At the same time, arrivals come
// first.
struct Seen {
  Times arrivals;
  Times spikes;
  // Otherwise those at the same time don't see each other, and spikes act
  // first.
  bool ties_count = true;

  // Arrivals before time t; if t is a spike, also those at the same time.
  Times ArrivalsBefore(int64_t t) const {
    return {arrivals.begin(),
            std::lower_bound(arrivals.begin(), arrivals.end(), t)};
  }
  Times ArrivalsUpTo(int64_t t) const { return ArrivalsBefore(t + 1); }
  Times SpikesBefore(int64_t t) const {
    return {spikes.begin(), std::lower_bound(spikes.begin(), spikes.end(), t)};
  }
  Times SpikesUpTo(int64_t t) const { return SpikesBefore(t + 1); }
};

double Sum(const Times& times, int64_t now, double tau) {
  double sum = 0;
  for (int64_t t : times) sum += std::exp(static_cast<double>(t - now) / tau);
  return sum;
}
// The last of the times.
double Last(const Times& times) {
  return times.empty() ? kNever : static_cast<double>(times.back());
}
double LastOnly(const Times& times, int64_t now, double tau) {
  return std::exp((Last(times) - static_cast<double>(now)) / tau);
}

using Change = std::function<double(const Seen&, double w, int64_t now)>;

struct Rule {
  std::string name;
  SynapseSpec synapse;
  Change arrive;
  Change spike;
  // Called after each interval; *sum is the sum beside the weight.
  std::function<double(const Seen&, double w, double* sum, int64_t now)>
      end_of_interval = nullptr;
  int64_t interval = 0;
  bool changes_sum = false;  // spikes change it, not the weight
  // Called in each step, which ends at `now`.
  std::function<double(double w, double* sum, int64_t now)> flow = nullptr;
  std::vector<std::pair<int64_t, double>> pulses = {};  // dopamine, by step
};

constexpr double kTauPlus = 15, kTauMinus = 25;
constexpr double kMin = -0.001, kMax = 0.003;  // bounds of most rules

double Clip(double w, double min = kMin, double max = kMax) {
  return std::clamp(w, min, max);
}

// Rules with weight dependence; by default mu_plus 0.4, mu_minus 0.7.
Rule PairRule(const std::string& model, Change k_post, Change k_pre,
              double mu_plus = 0.4, double mu_minus = 0.7) {
  constexpr double kAPlus = 0.06, kAMinus = 0.05, kWidth = kMax - kMin;
  return {model + "_" + std::to_string(static_cast<int>(10 * mu_plus)) + "_" +
              std::to_string(static_cast<int>(10 * mu_minus)),
          {model,
           {{"tau_plus_ms", kTauPlus},
            {"tau_minus_ms", kTauMinus},
            {"a_plus", kAPlus},
            {"a_minus", kAMinus},
            {"mu_plus", mu_plus},
            {"mu_minus", mu_minus},
            {"weight_min", kMin},
            {"weight_max", kMax}}},
          [=](const Seen& seen, double w, int64_t now) {
            const double x = (w - kMin) / kWidth;
            return Clip(w - kWidth * kAMinus * std::pow(x, mu_minus) *
                                k_post(seen, w, now));
          },
          [=](const Seen& seen, double w, int64_t now) {
            const double x = (w - kMin) / kWidth;
            return Clip(w + kWidth * kAPlus * std::pow(1 - x, mu_plus) *
                                k_pre(seen, w, now));
          }};
}

Rule AllToAll(double mu_plus, double mu_minus) {
  return PairRule(
      "stdp_all_to_all",
      [](const Seen& seen, double, int64_t now) {
        return Sum(seen.SpikesBefore(now), now, kTauMinus);
      },
      [](const Seen& seen, double, int64_t now) {
        return Sum(seen.ArrivalsUpTo(now), now, kTauPlus);
      },
      mu_plus, mu_minus);
}

Rule NearestSymmetric() {
  return PairRule(
      "stdp_nearest_symmetric",
      [](const Seen& seen, double, int64_t now) {
        return LastOnly(seen.SpikesBefore(now), now, kTauMinus);
      },
      [](const Seen& seen, double, int64_t now) {
        return LastOnly(seen.ArrivalsUpTo(now), now, kTauPlus);
      });
}

Rule NearestRestricted() {
  return PairRule(
      "stdp_nearest_restricted",
      [](const Seen& seen, double, int64_t now) {
        const Times spikes = seen.SpikesBefore(now);
        return Last(spikes) < Last(seen.ArrivalsBefore(now))
                   ? 0
                   : LastOnly(spikes, now, kTauMinus);
      },
      [](const Seen& seen, double, int64_t now) {
        const Times arrivals = seen.ArrivalsUpTo(now);
        return Last(arrivals) <= Last(seen.SpikesBefore(now))
                   ? 0
                   : LastOnly(arrivals, now, kTauPlus);
      });
}

Rule NearestPreCentred() {
  return PairRule(
      "stdp_nearest_pre_centred",
      [](const Seen& seen, double, int64_t now) {
        return LastOnly(seen.SpikesBefore(now), now, kTauMinus);
      },
      [](const Seen& seen, double, int64_t now) {
        Times since;
        for (int64_t t : seen.ArrivalsUpTo(now)) {
          const double last = Last(seen.SpikesBefore(now));
          const auto time = static_cast<double>(t);
          if (time > last || (time == last && !seen.ties_count)) {
            since.push_back(t);
          }
        }
        return Sum(since, now, kTauPlus);
      });
}

Rule Reciprocal() {
  constexpr double kAPlus = 2e-4, kAMinus = 1.5e-4;
  return {"stdp_reciprocal",
          {"stdp_reciprocal",
           {{"tau_plus_ms", kTauPlus},
            {"tau_minus_ms", kTauMinus},
            {"a_plus", kAPlus},
            {"a_minus", kAMinus},
            {"weight_min", kMin},
            {"weight_max", kMax}}},
          [](const Seen& seen, double w, int64_t now) {
            const double lag =
                static_cast<double>(now) - Last(seen.SpikesBefore(now));
            return Clip(w - kAMinus / (1 + lag / kTauMinus));
          },
          [](const Seen& seen, double w, int64_t now) {
            const double lag =
                static_cast<double>(now) - Last(seen.ArrivalsUpTo(now));
            return Clip(w + kAPlus / (1 + lag / kTauPlus));
          }};
}

Rule Triplet(const std::string& model,
             double (*trace)(const Times&, int64_t, double)) {
  constexpr double kTauX = 60, kTauY = 40;
  constexpr double kA2Plus = 2e-5, kA3Plus = 3e-5, kA2Minus = 4e-5,
                   kA3Minus = 1e-5;
  return {
      model,
      {model,
       {{"tau_plus_ms", kTauPlus},
        {"tau_x_ms", kTauX},
        {"tau_minus_ms", kTauMinus},
        {"tau_y_ms", kTauY},
        {"a2_plus", kA2Plus},
        {"a3_plus", kA3Plus},
        {"a2_minus", kA2Minus},
        {"a3_minus", kA3Minus},
        {"weight_min", kMin},
        {"weight_max", kMax}}},
      [=](const Seen& seen, double w, int64_t now) {
        return Clip(
            w - trace(seen.SpikesBefore(now), now, kTauMinus) *
                    (kA2Minus +
                     kA3Minus * trace(seen.ArrivalsBefore(now), now, kTauX)));
      },
      [=](const Seen& seen, double w, int64_t now) {
        return Clip(w + trace(seen.ArrivalsUpTo(now), now, kTauPlus) *
                            (kA2Plus + kA3Plus * trace(seen.SpikesBefore(now),
                                                       now, kTauY)));
      }};
}

Rule Inhibitory(double weight_max) {
  constexpr double kEta = 1e-4, kAlpha = 0.9;
  const double sign = weight_max < 0 ? -1 : 1;
  const auto grow = [=](double w, double k) {
    return sign * std::min(std::abs(w) + kEta * k, std::abs(weight_max));
  };
  return {weight_max < 0 ? "vogels_sprekeler_negative" : "vogels_sprekeler",
          {"vogels_sprekeler",
           {{"tau_ms", kTauMinus},
            {"eta", kEta},
            {"alpha", kAlpha},
            {"weight_max", weight_max}}},
          [=](const Seen& seen, double w, int64_t now) {
            w = grow(w, Sum(seen.SpikesBefore(now), now, kTauMinus));
            return sign * std::max(std::abs(w) - kAlpha * kEta, 0.0);
          },
          [=](const Seen& seen, double w, int64_t now) {
            return grow(w, Sum(seen.ArrivalsUpTo(now), now, kTauMinus));
          }};
}

// `w` in its functions is the sum beside the weight. At the same time, spikes
// come first.
Rule Accumulated() {
  constexpr double kAPlus = 2e-4, kAMinus = 3e-4, kDrift = 1e-4, kKeep = 0.8;
  return {
      "stdp_accumulated",
      {"stdp_accumulated",
       {{"tau_plus_ms", kTauPlus},
        {"tau_minus_ms", kTauMinus},
        {"a_plus", kAPlus},
        {"a_minus", kAMinus},
        {"drift", kDrift},
        {"keep", kKeep},
        {"interval_ms", 37.0},
        {"weight_min", kMin},
        {"weight_max", kMax}}},
      [](const Seen& seen, double sum, int64_t now) {
        return sum - kAMinus * LastOnly(seen.SpikesUpTo(now), now, kTauMinus);
      },
      [](const Seen& seen, double sum, int64_t now) {
        return sum + kAPlus * LastOnly(seen.ArrivalsBefore(now), now, kTauPlus);
      },
      [](const Seen&, double w, double* sum, int64_t) {
        w = Clip(w + kDrift + *sum);
        *sum *= kKeep;
        return w;
      },
      37,
      true};
}

// The concentration that is left of pulses: a pulse of step k is at the end of
// step k - 1.
double Concentration(const std::vector<std::pair<int64_t, double>>& pulses,
                     int64_t now, double tau) {
  double sum = 0;
  for (const auto& [step, amount] : pulses) {
    if (step - 1 > now) continue;
    sum += amount * std::exp(static_cast<double>(step - 1 - now) / tau);
  }
  return sum;
}

const std::vector<std::pair<int64_t, double>> kPulses = {
    {0, 0.02}, {60, 0.3}, {60, 0.1}, {61, 0.05}, {200, 0.4}, {380, 0.1}};

// `w` in its functions is the eligibility. Dopamine above the baseline makes
// the weight grow monotonically, so bounds may be applied in each step.
Rule Dopamine() {
  constexpr double kAPlus = 2e-4, kAMinus = 2.2e-4, kBaseline = -0.01,
                   kTauC = 80, kTauN = 30;
  return {"stdp_dopamine",
          {"stdp_dopamine",
           {{"tau_plus_ms", kTauPlus},
            {"tau_minus_ms", kTauMinus},
            {"a_plus", kAPlus},
            {"a_minus", kAMinus},
            {"tau_c_ms", kTauC},
            {"tau_n_ms", kTauN},
            {"baseline", kBaseline},
            {"weight_min", kMin},
            {"weight_max", kMax}}},
          [](const Seen& seen, double c, int64_t now) {
            return c - kAMinus * Sum(seen.SpikesBefore(now), now, kTauMinus);
          },
          [](const Seen& seen, double c, int64_t now) {
            return c + kAPlus * Sum(seen.ArrivalsUpTo(now), now, kTauPlus);
          },
          nullptr,
          0,
          true,
          [](double w, double* c, int64_t now) {
            const double n = Concentration(kPulses, now - 1, kTauN);
            const double rate = 1 / kTauC + 1 / kTauN;
            w += *c * (n * (1 - std::exp(-rate)) / rate -
                       kBaseline * kTauC * (1 - std::exp(-1 / kTauC)));
            *c *= std::exp(-1 / kTauC);
            return Clip(w);
          },
          kPulses};
}

Rule DopamineAtIntervals() {
  constexpr double kKeep = 0.8, kTonic = 0.02, kTauN = 30;
  Rule rule = Accumulated();
  rule.name = rule.synapse.model = "stdp_dopamine_interval";
  rule.synapse.parameters.erase("drift");
  rule.synapse.parameters["tonic"] = kTonic;
  rule.synapse.parameters["tau_n_ms"] = kTauN;
  rule.end_of_interval = [](const Seen&, double w, double* sum, int64_t now) {
    w = Clip(w + (kTonic + Concentration(kPulses, now, kTauN)) * *sum);
    *sum *= kKeep;
    return w;
  };
  rule.pulses = kPulses;
  return rule;
}

// Scaling combined with another rule, which may do nothing.
Rule Scaled(Rule rule, const std::string& model) {
  constexpr double kRateTarget = 80, kTauRate = 120, kTauScaling = 400;
  rule.name = model;
  rule.synapse.model = model;
  rule.synapse.parameters["rate_target_hz"] = kRateTarget;
  rule.synapse.parameters["tau_rate_ms"] = kTauRate;
  rule.synapse.parameters["tau_scaling_ms"] = kTauScaling;
  rule.synapse.parameters["interval_ms"] = 37.0;
  rule.end_of_interval = [](const Seen& seen, double w, double*, int64_t now) {
    const double rate = 1000 * Sum(seen.SpikesUpTo(now), now, kTauRate) /
                        kTauRate / kRateTarget;
    const double factor = 1 + 37 / kTauScaling * (1 - std::pow(rate, 3));
    return Clip(w * std::max(factor, 0.0));
  };
  rule.interval = 37;
  return rule;
}

Rule OnlyScaled() {
  const Change nothing = [](const Seen&, double w, int64_t) { return w; };
  return Scaled({"",
                 {"", {{"weight_min", kMin}, {"weight_max", kMax}}},
                 nothing,
                 nothing},
                "synaptic_scaling");
}

std::vector<Rule> AllRules() {
  return {AllToAll(0.4, 0.7),
          AllToAll(0, 0),
          AllToAll(1, 1),
          AllToAll(0, 1),
          NearestSymmetric(),
          NearestRestricted(),
          NearestPreCentred(),
          Reciprocal(),
          Triplet("stdp_triplet", Sum),
          Triplet("stdp_triplet_nearest", LastOnly),
          Inhibitory(0.004),
          Inhibitory(-0.004),
          Accumulated(),
          Dopamine(),
          DopamineAtIntervals(),
          OnlyScaled(),
          Scaled(Triplet("stdp_triplet", Sum), "stdp_triplet_scaling")};
}

// The weight after `steps` steps of a synapse that began with `w`.
double Replay(const Rule& rule, const Seen& seen, double w, int64_t steps) {
  double sum = 0;
  double& changing = rule.changes_sum ? sum : w;
  for (int64_t now = 0; now < steps; ++now) {
    if (rule.flow != nullptr) w = rule.flow(w, &sum, now);
    const bool arrives =
        std::binary_search(seen.arrivals.begin(), seen.arrivals.end(), now);
    const bool spikes =
        std::binary_search(seen.spikes.begin(), seen.spikes.end(), now);
    if (arrives && spikes && !seen.ties_count) {
      const Seen without = {seen.ArrivalsBefore(now), seen.spikes, false};
      changing = rule.spike(without, changing, now);
      changing = rule.arrive(seen, changing, now);
    } else {
      if (arrives) changing = rule.arrive(seen, changing, now);
      if (spikes) changing = rule.spike(seen, changing, now);
    }
    if (rule.interval > 0 && (now + 1) % rule.interval == 0) {
      w = rule.end_of_interval(seen, w, &sum, now);
    }
  }
  return w;
}

constexpr int64_t kSteps = 400;

// Spike trains of a population; neurons from the third on have different rates.
std::vector<Times> RandomTrains(int neurons, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Times> trains(neurons);
  for (int i = 0; i < neurons; ++i) {
    const unsigned one_in = i < 2 ? 3 : 10 + 10 * (i % 3);
    for (int64_t step = 0; step < kSteps; ++step) {
      if (random() % one_in == 0) trains[i].push_back(step);
    }
  }
  return trains;
}

struct RandomNetwork {
  std::vector<Times> p_trains = RandomTrains(11, 1);
  std::vector<Times> q_trains = RandomTrains(70, 2);
  NetworkSpec spec;

  // Several projections in one group or two, with autapses and multapses.
  RandomNetwork(const Rule& rule, Precision precision) {
    spec = MakeNetwork(1, precision);
    AddSpikeSource(&spec, "p", p_trains);
    AddSpikeSource(&spec, "q", q_trains);
    const ValueMap& parameters = rule.synapse.parameters;
    const double end = std::get<double>(parameters.at("weight_max"));
    const double other = parameters.count("weight_min") > 0 ? kMin : 0;
    const Uniform weight = {std::min(end, other), std::max(end, other)};
    const DiscreteUniform delay_ms = {1, 19, 1};
    spec.projections = {
        MakeProjection("p", "p", PairwiseBernoulli{0.6}, weight, delay_ms,
                       rule.synapse),
        MakeProjection("p", "q", FixedIndegree{3}, weight, delay_ms,
                       rule.synapse),
        MakeProjection("q", "p", PairwiseBernoulli{0.3}, weight, 4.0,
                       rule.synapse),
        MakeProjection("p", "p",
                       testing::Pairs({{3, 4}, {3, 4}, {5, 5}, {5, 5}}),
                       std::vector<double>(4, 0.5 * (end + other)),
                       std::vector<double>{2, 11, 11, 11}, rule.synapse)};
    spec.projections[0].allow_autapses = true;
    spec.projections[3].name = "multapses";
    for (const auto& [step, amount] : rule.pulses) {
      spec.stimuli.push_back(testing::MakePulse(amount, step));
    }
  }

  const std::vector<Times>& TrainsOf(const std::string& population) const {
    return population == "p" ? p_trains : q_trains;
  }
};

class PlasticRules : public ::testing::TestWithParam<Rule> {};

// The largest difference from the reference, relative to the width of the
// bounds, if a fraction of each delay is dendritic.
double WorstDifference(const Rule& rule, Precision precision, int threads,
                       double fraction = 0) {
  RandomNetwork network(rule, precision);
  for (ProjectionSpec& projection : network.spec.projections) {
    projection.dendritic_delay_fraction = fraction;
  }
  Simulation simulation(network.spec, threads);
  std::vector<std::vector<SynapseReading>> before;
  for (int p = 0; p < 4; ++p) before.push_back(simulation.Synapses(p));
  simulation.Run(kSteps);
  for (int i = 0; i < 11; ++i) {
    EXPECT_EQ(simulation.SpikeSteps("p", i), network.p_trains[i]);
  }
  double worst = 0;
  int changed = 0;
  for (int p = 0; p < 4; ++p) {
    const ProjectionSpec& projection = network.spec.projections[p];
    const std::vector<SynapseReading> after = simulation.Synapses(p);
    EXPECT_EQ(after.size(), before[p].size());
    for (size_t k = 0; k < after.size(); ++k) {
      Seen seen;
      const auto dendritic =
          static_cast<int64_t>(std::round(fraction * after[k].delay_steps));
      const int64_t axonal = after[k].delay_steps - dendritic;
      for (int64_t t : network.TrainsOf(projection.source)[after[k].source]) {
        seen.arrivals.push_back(t + std::max<int64_t>(axonal - 1, 0));
      }
      for (int64_t t : network.TrainsOf(projection.target)[after[k].target]) {
        seen.spikes.push_back(t + dendritic);
      }
      // Those with a sum let arrivals come after spikes, and see them.
      seen.ties_count = dendritic == 0 || rule.name == "stdp_accumulated" ||
                        rule.name == "stdp_dopamine_interval";
      const double expected = Replay(rule, seen, before[p][k].weight, kSteps);
      worst = std::max(worst, std::abs(after[k].weight - expected));
      changed += after[k].weight != before[p][k].weight ? 1 : 0;
    }
  }
  EXPECT_GT(changed, 200);
  return worst / (kMax - kMin);
}

TEST_P(PlasticRules, ManySynapsesFollowTheEquations) {
  EXPECT_LT(WorstDifference(GetParam(), Precision::kFloat64, 1), 1e-12);
}

TEST_P(PlasticRules, ManySynapsesFollowTheEquationsOnThreeThreads) {
  EXPECT_LT(WorstDifference(GetParam(), Precision::kFloat64, 3), 1e-12);
}

TEST_P(PlasticRules, DendriticDelaysFollowTheEquations) {
  for (double fraction : {0.04, 0.3, 0.5, 0.8, 1.0}) {
    const int threads = fraction == 0.5 ? 3 : 1;
    EXPECT_LT(
        WorstDifference(GetParam(), Precision::kFloat64, threads, fraction),
        1e-12)
        << fraction;
  }
  EXPECT_LT(WorstDifference(GetParam(), Precision::kFloat32, 1, 0.6), 1e-4);
}

TEST_P(PlasticRules, Float32FollowsToItsPrecision) {
  EXPECT_LT(WorstDifference(GetParam(), Precision::kFloat32, 1), 1e-4);
}

// The weight of one synapse with delay 1. `begin` is the step of the simulation
// at which the trains begin.
double WeightAfter(const Rule& rule, const Times& pre, const Times& post,
                   double weight, int64_t steps, int64_t begin = 0,
                   double dendritic_delay_ms = 0) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "pre", {pre});
  AddSpikeSource(&network, "post", {post});
  for (StimulusSpec& stimulus : network.stimuli) stimulus.start = begin;
  network.projections = {
      MakeProjection("pre", "post", OneToOne{}, weight, 1.0, rule.synapse)};
  if (dendritic_delay_ms > 0) {
    network.projections[0].delay_ms = dendritic_delay_ms;
    network.projections[0].dendritic_delay_fraction = 1;
  }
  Simulation simulation(network);
  simulation.state().step = begin;
  simulation.Run(steps);
  EXPECT_EQ(simulation.SpikeSteps("pre").size(), pre.size());
  EXPECT_EQ(simulation.SpikeSteps("post").size(), post.size());
  return simulation.Synapses()[0].weight;
}

double SomeWeight(const Rule& rule) {
  return 0.5 * std::get<double>(rule.synapse.parameters.at("weight_max"));
}

// Rules count steps modulo 2^32. The end of intervals depends on the step, so
// the shift is a multiple of the interval.
TEST_P(PlasticRules, StepsBeyond32BitsAreAsGoodAsTheFirst) {
  const Rule& rule = GetParam();
  const Times pre = {3, 30, 41, 70, 100, 122, 180},
              post = {1, 17, 44, 70, 90, 131};
  constexpr int64_t kTurn = int64_t{1} << 32;
  const int64_t begin = (kTurn - 60) / 37 * 37;
  ASSERT_LT(kTurn - begin, 110);
  const double expected = WeightAfter(rule, pre, post, SomeWeight(rule), 200);
  EXPECT_NE(expected, SomeWeight(rule));
  EXPECT_EQ(WeightAfter(rule, pre, post, SomeWeight(rule), 200, begin),
            expected);
  // Likewise for synapses that count the steps of their target.
  EXPECT_EQ(WeightAfter(rule, pre, post, SomeWeight(rule), 200, begin, 9),
            WeightAfter(rule, pre, post, SomeWeight(rule), 200, 37, 9));
}

// An old spike has no effect when its step number comes round again: a spike of
// the other side 2^32 steps later changes the weight as if the old spike had
// not been.
TEST_P(PlasticRules, OldSpikesAreForgotten) {
  Rule rule = GetParam();
  // Scaling is only tested by itself, because its effect depends on the weight.
  const bool only_scales = rule.name == "synaptic_scaling";
  if (rule.interval > 0) {
    rule.synapse.parameters["interval_ms"] =
        only_scales || rule.changes_sum ? 1.0 : 1e15;
  }
  if (rule.name == "stdp_accumulated") rule.synapse.parameters["drift"] = 0.0;
  constexpr int64_t kTurn = int64_t{1} << 32;
  for (const bool pre_is_old : {true, false}) {
    double changes[2];
    for (const bool has_old : {true, false}) {
      NetworkSpec network = MakeNetwork(1);
      AddSpikeSource(&network, "pre", {{0}});
      AddSpikeSource(&network, "post", {{0}});
      StimulusSpec& old = network.stimuli[pre_is_old ? 0 : 1];
      StimulusSpec& recent = network.stimuli[pre_is_old ? 1 : 0];
      old.start = int64_t{10};
      recent.start = kTurn + 15;
      if (!has_old)
        network.stimuli.erase(network.stimuli.begin() + (pre_is_old ? 0 : 1));
      network.projections = {MakeProjection(
          "pre", "post", OneToOne{}, SomeWeight(rule), 1.0, rule.synapse)};
      Simulation simulation(network);
      simulation.Run(20);
      simulation.state().step = 2 * int64_t{plastic::kForgetSteps} - 5;
      simulation.Run(10);
      const double before = simulation.Synapses()[0].weight;
      simulation.state().step = kTurn + 10;
      simulation.Run(10);
      const double after = simulation.Synapses()[0].weight;
      changes[has_old ? 1 : 0] = only_scales ? after / before : after - before;
      EXPECT_EQ(simulation.spikes().size(), has_old ? 2u : 1u);
    }
    EXPECT_NEAR(changes[0], changes[1], only_scales ? 1e-14 : 1e-17)
        << pre_is_old;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PlasticRules, ::testing::ValuesIn(AllRules()),
                         [](const auto& info) { return info.param.name; });

// --- Further properties that the equations don't state.

void ExpectStdpPairIfAdditive(double fraction) {
  const auto weights = [fraction](const SynapseSpec& synapse) {
    RandomNetwork network(AllToAll(0, 0), Precision::kFloat64);
    for (ProjectionSpec& p : network.spec.projections) {
      p.synapse = synapse;
      p.dendritic_delay_fraction = fraction;
    }
    Simulation simulation(network.spec);
    simulation.Run(kSteps);
    return simulation.Synapses(0);
  };
  const auto expected = weights({"stdp_pair",
                                 {{"a_plus", 2e-5},
                                  {"a_minus", 3e-5},
                                  {"weight_min", kMin},
                                  {"weight_max", kMax}}});
  const auto actual = weights({"stdp_all_to_all",
                               {{"a_plus", 2e-5 / (kMax - kMin)},
                                {"a_minus", 3e-5 / (kMax - kMin)},
                                {"mu_plus", 0.0},
                                {"mu_minus", 0.0},
                                {"weight_min", kMin},
                                {"weight_max", kMax}}});
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t k = 0; k < actual.size(); ++k) {
    ASSERT_NEAR(actual[k].weight, expected[k].weight, 1e-15);
  }
}

TEST(StdpAllToAll, IsStdpPairIfAdditive) {
  for (double fraction : {0.0, 0.3, 0.5, 1.0}) {
    ExpectStdpPairIfAdditive(fraction);
  }
}

// NEST's stdp_synapse, event by event as its models/stdp_synapse.h does it: at
// each presynaptic spike the postsynaptic spikes since the last one, seen after
// the dendritic delay, potentiate, then the trace of those before it depresses.
// Times in steps.
struct NestSynapse {
  double lambda, alpha, mu_plus, mu_minus, w_max, tau_plus, tau_minus;
  double weight;
  double k_plus = 0;
  double last_spike = 0;

  void Send(double t_spike, double delay, const Times& post) {
    for (int64_t t : post) {
      if (static_cast<double>(t) <= last_spike - delay ||
          static_cast<double>(t) > t_spike - delay) {
        continue;
      }
      const double age = last_spike - (static_cast<double>(t) + delay);
      const double norm = weight / w_max;
      const double grown = norm + lambda * std::pow(1 - norm, mu_plus) *
                                      (k_plus * std::exp(age / tau_plus));
      weight = grown < 1 ? grown * w_max : w_max;
    }
    double k_minus = 0;
    for (int64_t t : post) {
      const double age = t_spike - delay - static_cast<double>(t);
      if (age > 0) k_minus += std::exp(-age / tau_minus);
    }
    const double norm = weight / w_max;
    const double shrunk =
        norm - alpha * lambda * std::pow(norm, mu_minus) * k_minus;
    weight = shrunk > 0 ? shrunk * w_max : 0;
    k_plus = k_plus * std::exp((last_spike - t_spike) / tau_plus) + 1;
    last_spike = t_spike;
  }
};

// In steps of 0.1 ms, with delays from one step to 30, so that spikes meet at
// the synapse. The last event is a presynaptic spike, at which NEST's weights
// are up to date.
TEST(DendriticDelays, WeightsAreThoseOfNestsStdpSynapse) {
  constexpr double kDt = 0.1, kLambda = 0.02, kAlpha = 1.1, kWMax = 0.01;
  constexpr int64_t kEnd = 4000;
  int compared = 0;
  for (unsigned seed = 0; seed < 8; ++seed) {
    for (const double mu : {0.0, 0.4, 1.0}) {
      for (const int delay : {1, 3, 15, 30}) {
        std::mt19937 random(100 * seed + delay);
        Times pre, post;
        for (int64_t step = 0; step < kEnd - 1; ++step) {
          if (random() % 40 == 0) pre.push_back(step);
          if (random() % 40 == 0) post.push_back(step);
        }
        pre.push_back(kEnd - 1);
        NestSynapse nest{kLambda, kAlpha,   mu,       mu,
                         kWMax,   20 / kDt, 16 / kDt, 0.5 * kWMax};
        for (int64_t t : pre) nest.Send(static_cast<double>(t), delay, post);

        std::vector<SynapseSpec> synapses = {{"stdp_all_to_all",
                                              {{"a_plus", kLambda},
                                               {"a_minus", kAlpha * kLambda},
                                               {"mu_plus", mu},
                                               {"mu_minus", mu}}}};
        if (mu == 0) {
          synapses.push_back({"stdp_pair",
                              {{"a_plus", kLambda * kWMax},
                               {"a_minus", kAlpha * kLambda * kWMax}}});
        }
        for (SynapseSpec& synapse : synapses) {
          synapse.parameters["tau_plus_ms"] = 20.0;
          synapse.parameters["tau_minus_ms"] = 16.0;
          synapse.parameters["weight_max"] = kWMax;
          NetworkSpec network = MakeNetwork(kDt);
          AddSpikeSource(&network, "pre", {pre});
          AddSpikeSource(&network, "post", {post});
          network.projections = {MakeProjection(
              "pre", "post", OneToOne{}, 0.5 * kWMax, delay * kDt, synapse)};
          network.projections[0].dendritic_delay_fraction = 1;
          Simulation simulation(network);
          simulation.Run(kEnd);
          ASSERT_EQ(simulation.SpikeSteps("post"), post);
          EXPECT_NEAR(simulation.Synapses()[0].weight / kWMax,
                      nest.weight / kWMax, 1e-9)
              << synapse.model << mu << " " << delay;
          ++compared;
        }
      }
    }
  }
  EXPECT_EQ(compared, 128);
}

// The whole delay passes before a spike acts, whatever its dendritic part.
TEST(DendriticDelays, SpikesActAfterTheWholeDelay) {
  for (double fraction : {0.0, 0.2, 0.5, 1.0}) {
    NetworkSpec network = MakeNetwork(1);
    AddSpikeSource(&network, "pre", {{3}});
    network.populations.push_back(
        testing::MakePopulation("post", "spike_source", 1));
    network.projections = {
        MakeProjection("pre", "post", OneToOne{}, 1.0, 7.0,
                       {"stdp_all_to_all", {{"weight_max", 2.0}}})};
    network.projections[0].dendritic_delay_fraction = fraction;
    Simulation simulation(network);
    simulation.Run(20);
    EXPECT_EQ(simulation.SpikeSteps("post"), Times{10}) << fraction;
  }
}

TEST(StdpAllToAll, BoundsThatAreOneNumberKeepTheWeight) {
  Rule rule = AllToAll(0.4, 0.7);
  rule.synapse.parameters["weight_min"] = kMax;
  EXPECT_EQ(WeightAfter(rule, {3, 9, 20}, {5, 8, 30}, kMax, 50), kMax);
}

// +-0.1 / (1 + dt / 20 ms) are the defaults.
TEST(StdpReciprocal, WindowIsAHyperbola) {
  const Rule rule = {"", {"stdp_reciprocal", {}}, nullptr, nullptr};
  for (int64_t lag : {0, 1, 20, 60, 1000}) {
    EXPECT_NEAR(WeightAfter(rule, {5}, {5 + lag}, 0.5, 1100),
                0.5 + 0.1 / (1 + lag / 20.0), 1e-14);
    if (lag == 0) continue;
    EXPECT_NEAR(WeightAfter(rule, {5 + lag}, {5}, 0.5, 1100),
                0.5 - 0.1 / (1 + lag / 20.0), 1e-14);
  }
}

TEST(StdpReciprocal, TimeConstantsAreInMs) {
  NetworkSpec network = MakeNetwork(0.1);
  AddSpikeSource(&network, "pre", {{100}});
  AddSpikeSource(&network, "post", {{150}});
  network.projections = {MakeProjection("pre", "post", OneToOne{}, 0.5, 0.1,
                                        {"stdp_reciprocal", {}})};
  Simulation simulation(network);
  simulation.Run(200);
  EXPECT_NEAR(simulation.Synapses()[0].weight, 0.5 + 0.1 / (1 + 5.0 / 20),
              1e-13);
}

TEST(StdpAccumulated, WeightsChangeAtTheEndOfIntervalsOnly) {
  NetworkSpec network = MakeNetwork(0.5);
  AddSpikeSource(&network, "pre", {{3}});
  AddSpikeSource(&network, "post", {{3, 9}});
  network.projections = {
      MakeProjection("pre", "post", OneToOne{}, 0.5, 0.5,
                     {"stdp_accumulated",
                      {{"interval_ms", 5.0}, {"drift", 0.0}, {"keep", 0.5}}})};
  Simulation simulation(network);
  simulation.Run(9);
  EXPECT_EQ(simulation.Synapses()[0].weight, 0.5);
  simulation.Run(1);  // step 9: its spike counts
  const double sum = 0.1 / 0.95 * std::exp(-3 / 19.495725) - 0.12;
  EXPECT_NEAR(simulation.Synapses()[0].weight, 0.5 + sum, 1e-14);
  simulation.Run(10);
  EXPECT_NEAR(simulation.Synapses()[0].weight, 0.5 + 1.5 * sum, 1e-14);
}

TEST(StdpAccumulated, IntervalIsAtLeastOneStep) {
  NetworkSpec network = MakeNetwork(1);
  AddSpikeSource(&network, "p", {{}, {}});
  network.projections = {
      MakeProjection("p", "p", testing::Pairs({{0, 1}}), 0.5, 1.0,
                     {"stdp_accumulated", {{"interval_ms", 1e-3}}})};
  Simulation simulation(network);
  simulation.Run(4);
  EXPECT_NEAR(simulation.Synapses()[0].weight, 0.5 + 4 * 0.01, 1e-14);
}

TEST(VogelsSprekeler, LonelyArrivalsWeakenDownToZero) {
  const Rule rule = Inhibitory(-0.004);
  EXPECT_NEAR(WeightAfter(rule, {3, 9}, {}, -0.002, 50), -0.002 + 2 * 9e-5,
              1e-17);
  EXPECT_EQ(WeightAfter(rule, {3, 9}, {}, -1e-5, 50), 0);
}

}  // namespace
}  // namespace spiked::plastic_rules_test
