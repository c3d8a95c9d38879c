// SPDX-License-Identifier: Apache-2.0
//
// Encoders: their tunings, and the effect of values on neurons.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "core/build/validate.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"
#include "tests/support/statistics.h"

namespace spiked::encoders_test {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::Simulation;

StimulusSpec Values(std::vector<double> values,
                    StimulusStart start = AsSoonAsPossible(),
                    double duration_ms = 0) {
  StimulusSpec stimulus;
  stimulus.start = start;
  stimulus.kind = EncoderValuesSpec{"e", std::move(values), duration_ms};
  return stimulus;
}

// Population p of spike sources with dt 0.5 ms, and encoder e.
NetworkSpec Encoded(const std::string& tuning, int64_t size,
                    ValueMap parameters, int64_t dimension_count = 1) {
  NetworkSpec network = MakeNetwork(0.5);
  network.populations = {MakePopulation("before", "spike_source", 5),
                         MakePopulation("p", "spike_source", size)};
  EncoderSpec encoder;
  encoder.name = "e";
  encoder.population = "p";
  encoder.tuning = tuning;
  encoder.dimension_count = dimension_count;
  encoder.parameters = std::move(parameters);
  network.encoders = {encoder};
  return network;
}

// The amplitude for each neuron of p, given the encoder's values.
std::vector<double> Amplitudes(const NetworkSpec& spec,
                               const std::vector<double>& values) {
  const Simulation simulation(spec);
  const std::vector<Stimulus> stimuli =
      CompileStimulus(simulation.network(), Values(values), 0, nullptr);
  std::vector<double> result(spec.populations[1].size);
  for (const Stimulus& stimulus : stimuli) {
    EXPECT_EQ(stimulus.targets->population, 1);
    for (size_t i = 0; i < stimulus.targets->neurons.size(); ++i) {
      result[stimulus.targets->neurons[i]] += stimulus.targets->amplitudes[i];
    }
  }
  return result;
}

TEST(LinearEncoder, IsOffsetPlusGainTimesValue) {
  const NetworkSpec network =
      Encoded("linear", 3, {{"gain", 2.0}, {"offset", 1.0}});
  EXPECT_THAT(Amplitudes(network, {3}), ElementsAre(7, 7, 7));
  EXPECT_THAT(Amplitudes(network, {-3}), ElementsAre(-5, -5, -5));
  EXPECT_THAT(Amplitudes(Encoded("linear", 2, {}), {0.25}),
              ElementsAre(0.25, 0.25));
}

TEST(LinearEncoder, ParametersMayDifferByNeuron) {
  EXPECT_THAT(Amplitudes(Encoded("linear", 4,
                                 {{"gain", std::vector<double>{1, -1, 2, 0}},
                                  {"offset", std::vector<double>{0, 1, 2, 3}}},
                                 2),
                         {10, 100}),
              ElementsAre(10, -9, 202, 3));
}

TEST(LinearEncoder, DrawnParametersDependOnItsNameAlone) {
  NetworkSpec network = Encoded("linear", 4, {{"gain", Uniform{1, 2}}});
  const std::vector<double> first = Amplitudes(network, {1});
  EXPECT_NE(first[0], first[1]);
  for (double gain : first) EXPECT_TRUE(gain >= 1 && gain < 2);
  network.encoders.insert(network.encoders.begin(), network.encoders[0]);
  network.encoders[0].name = "other";
  EXPECT_EQ(Amplitudes(network, {1}), first);
  ++network.seed;
  EXPECT_NE(Amplitudes(network, {1}), first);
}

TEST(Encoder, ValuesBeyondTheRangeAreItsEnds) {
  const NetworkSpec network =
      Encoded("linear", 1, {{"low", -1.0}, {"high", 2.0}});
  EXPECT_THAT(Amplitudes(network, {-1.5}), ElementsAre(-1));
  EXPECT_THAT(Amplitudes(network, {1e300}), ElementsAre(2));
  EXPECT_THAT(Amplitudes(network, {0.5}), ElementsAre(0.5));
}

TEST(GaussianEncoder, FallsWithTheDistanceFromThePreferredValue) {
  const NetworkSpec network =
      Encoded("gaussian", 5,
              {{"low", 10.0}, {"high", 20.0}, {"peak", 8.0}, {"width", 2.0}});
  for (double x : {10.0, 13.0, 17.5, 20.0}) {
    const std::vector<double> amplitudes = Amplitudes(network, {x});
    for (int i = 0; i < 5; ++i) {
      const double z = (x - (10 + 2.5 * i)) / 2;
      EXPECT_THAT(amplitudes[i], DoubleEq(8 * std::exp(-z * z / 2))) << x;
    }
  }
  EXPECT_EQ(Amplitudes(network, {15})[2], 8);
}

TEST(GaussianEncoder, DimensionsHaveTheirOwnNeurons) {
  const NetworkSpec two = Encoded("gaussian", 6, {{"width", 0.3}}, 2);
  const NetworkSpec one = Encoded("gaussian", 3, {{"width", 0.3}});
  std::vector<double> expected = Amplitudes(one, {0.1});
  const std::vector<double> second = Amplitudes(one, {0.7});
  expected.insert(expected.end(), second.begin(), second.end());
  EXPECT_EQ(Amplitudes(two, {0.1, 0.7}), expected);
}

TEST(GaussianEncoder, FarNeuronsReceiveNothing) {
  // exp(-z^2 / 2) is 1e-12 at z = 7.4.
  const std::vector<double> amplitudes =
      Amplitudes(Encoded("gaussian", 11, {{"width", 0.05}}), {0.5});
  EXPECT_THAT(amplitudes[0], 0);
  EXPECT_THAT(amplitudes[1], 0);
  EXPECT_GT(amplitudes[2], 0);
  EXPECT_GT(amplitudes[8], 0);
  EXPECT_EQ(amplitudes[9], 0);
}

TEST(GaussianEncoder, SingleNeuronPrefersTheMiddle) {
  EXPECT_THAT(Amplitudes(Encoded("gaussian", 1, {{"high", 6.0}}), {3}),
              ElementsAre(1));
}

TEST(OnOffEncoder, HalvesReceivePositiveAndNegativeValues) {
  const NetworkSpec network = Encoded("on_off", 4, {{"gain", 3.0}});
  EXPECT_THAT(Amplitudes(network, {2}), ElementsAre(6, 6, 0, 0));
  EXPECT_THAT(Amplitudes(network, {-2}), ElementsAre(0, 0, 6, 6));
  EXPECT_THAT(Amplitudes(network, {0}), ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(Amplitudes(Encoded("on_off", 4, {}, 2), {1, -2}),
              ElementsAre(1, 0, 0, 2));
}

TEST(LatencyEncoder, LargerValuesSpikeEarlier) {
  NetworkSpec network = Encoded(
      "latency", 4,
      {{"low", 0.0}, {"high", 10.0}, {"earliest_ms", 1.0}, {"latest_ms", 11.0}},
      4);
  network.stimuli = {Values({0, 10, 5, 7.1}, int64_t{4})};
  Simulation simulation(network);
  simulation.Run(60);
  EXPECT_THAT(simulation.SpikeSteps("p", 0), ElementsAre(4 + 22));
  EXPECT_THAT(simulation.SpikeSteps("p", 1), ElementsAre(4 + 2));
  EXPECT_THAT(simulation.SpikeSteps("p", 2), ElementsAre(4 + 12));
  EXPECT_THAT(simulation.SpikeSteps("p", 3), ElementsAre(4 + 8));  // 3.9 ms
}

TEST(LatencyEncoder, EveryValueMakesItsOwnSpike) {
  NetworkSpec network = Encoded("latency", 2, {{"latest_ms", 10.0}});
  network.stimuli = {Values({0}), Values({1}, int64_t{3}),
                     Values({0.5}, int64_t{3})};
  Simulation simulation(network);
  simulation.Run(60);
  EXPECT_THAT(simulation.SpikeSteps("p", 1), ElementsAre(3, 13, 20));
}

TEST(LatencyEncoder, WeightMayDifferByNeuron) {
  NetworkSpec network =
      Encoded("latency", 3, {{"weight", std::vector<double>{1, 0.5, 0}}});
  network.stimuli = {Values({1})};
  Simulation simulation(network);
  simulation.Run(5);
  EXPECT_EQ(simulation.spikes().size(), 1u);
  EXPECT_THAT(simulation.SpikeSteps("p", 0), ElementsAre(0));
}

// The steps in which a spike source spikes, i.e. receives at least 1.
std::vector<int64_t> Steps(const std::vector<StimulusSpec>& stimuli) {
  NetworkSpec network = Encoded("linear", 2, {});
  network.stimuli = stimuli;
  Simulation simulation(network);
  simulation.Run(20);
  return simulation.SpikeSteps("p", 1);
}

TEST(EncoderValues, AreHeldUntilTheNextOnes) {
  EXPECT_THAT(Steps({Values({1}, int64_t{3}), Values({0.5}, int64_t{6}),
                     Values({2}, StartMs{8}), Values({0}, int64_t{18})}),
              ElementsAre(3, 4, 5, 16, 17));
}

TEST(EncoderValues, DoNotAddUp) {
  EXPECT_THAT(Steps({Values({0.6}, int64_t{0}), Values({0.6}, int64_t{3})}),
              IsEmpty());
}

TEST(EncoderValues, WithADurationEndAfterItOrWithTheNextOnes) {
  EXPECT_THAT(Steps({Values({1}, int64_t{3}, 1.2)}), ElementsAre(3, 4));
  EXPECT_THAT(Steps({Values({1}, int64_t{3}, 5), Values({0}, int64_t{5}, 1)}),
              ElementsAre(3, 4));
  // Values that were held before aren't resumed.
  EXPECT_THAT(Steps({Values({1}), Values({0}, int64_t{2}, 1)}),
              ElementsAre(0, 1));
}

TEST(EncoderValues, OfOneStepTheLastAct) {
  EXPECT_THAT(Steps({Values({1}, int64_t{3}), Values({0}, int64_t{3})}),
              IsEmpty());
  EXPECT_THAT(Steps({Values({0}, int64_t{18}), Values({1}, int64_t{18})}),
              ElementsAre(18, 19));
}

TEST(EncoderValues, EncodersDoNotEndEachOthers) {
  NetworkSpec network = Encoded("linear", 1, {});
  network.encoders.push_back(network.encoders[0]);
  network.encoders[1].name = "f";
  network.stimuli = {Values({0.5}), Values({0.5}, int64_t{2}),
                     testing::MakeCurrent(network, "p", {0.1}, 0, 20)};
  std::get<EncoderValuesSpec>(network.stimuli[1].kind).encoder = "f";
  network.stimuli.push_back(Values({0}, int64_t{5}));
  Simulation simulation(network);
  simulation.Run(20);
  EXPECT_THAT(simulation.SpikeSteps("p"), ElementsAre(2, 3, 4));
}

TEST(EncoderValues, ActOnTheReceptorOfCurrentsUnlessToldOtherwise) {
  NetworkSpec network = Encoded("linear", 3, {{"low", 0.0}, {"gain", -1.0}});
  network.populations[1].model = "lif_exp_ei";
  const auto receptor = [&] {
    const Simulation simulation(network);
    return simulation.network().encoders[0].receptor;
  };
  EXPECT_EQ(receptor(), 2);
  network.encoders[0].receptor = "inhibitory";
  EXPECT_EQ(receptor(), 1);
  network.encoders[0].receptor = "";
  network.encoders[0].tuning = "latency";
  network.encoders[0].parameters = {};
  EXPECT_EQ(receptor(), 0);
}

// Values for Poisson sources are rates: counts by neuron and interval are
// binomial. The effect is the same whether the receptor is named or not.
TEST(EncoderValues, DriveTheRatesOfPoissonSources) {
  constexpr int64_t kSize = 40;
  constexpr int64_t kSteps = 20000;  // of 0.5 ms, for each of three values
  for (const char* receptor : {"", "rate"}) {
    for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      NetworkSpec network =
          Encoded("gaussian", kSize, {{"peak", 100.0}, {"width", 0.1}});
      network.precision = precision;
      network.populations[1] =
          MakePopulation("p", "poisson_source", kSize, {{"rate_hz", 4.0}});
      network.encoders[0].receptor = receptor;
      // The second value ends the first; after it there is none.
      network.stimuli = {Values({0.25}),
                         Values({0.75}, kSteps, kSteps * network.dt_ms)};
      Simulation simulation(network);
      simulation.Run(3 * kSteps);
      double total = 0;
      for (int64_t i = 0; i < kSize; ++i) {
        double counts[3] = {};
        for (int64_t step : simulation.SpikeSteps("p", i)) {
          counts[step / kSteps] += 1;
        }
        const double preferred =
            static_cast<double>(i) / static_cast<double>(kSize - 1);
        for (int k = 0; k < 3; ++k) {
          const double z = (preferred - (k == 0 ? 0.25 : 0.75)) / 0.1;
          const double rate_hz = 4 + (k < 2 ? 100 * std::exp(-z * z / 2) : 0);
          const double p = -std::expm1(-rate_hz * network.dt_ms / 1000);
          EXPECT_NEAR(counts[k], kSteps * p,
                      4.5 * testing::BinomialStd(kSteps, p))
              << "neuron " << i << ", value " << k;
          total += counts[k];
        }
      }
      EXPECT_EQ(total, static_cast<double>(simulation.spikes().size()));
    }
  }
}

// A negative value silences a source and makes no spike itself.
TEST(EncoderValues, SilencePoissonSources) {
  NetworkSpec network = Encoded("linear", 10, {{"gain", 1.0}});
  network.populations[1] =
      MakePopulation("p", "poisson_source", 10, {{"rate_hz", 500.0}});
  network.stimuli = {Values({-1000}, int64_t{100})};
  Simulation simulation(network);
  simulation.Run(1000);
  ASSERT_GT(simulation.spikes().size(), 100u);
  for (const testing::Spike& spike : simulation.spikes()) {
    EXPECT_LT(spike.step, 100);
  }
}

// Values have the same effect as a current of the same amplitudes.
TEST(EncoderValues, AreACurrent) {
  NetworkSpec encoded = Encoded("linear", 2, {{"gain", 3.0}});
  encoded.populations[1].model = "izhikevich";
  NetworkSpec current = encoded;
  encoded.stimuli = {Values({4}, int64_t{7}, 100)};
  current.stimuli = {testing::MakeCurrent(current, "p", {12}, 7, 200)};
  Simulation first(encoded), second(current);
  first.Run(500);
  second.Run(500);
  EXPECT_GT(first.spikes().size(), 2u);
  EXPECT_EQ(first.spikes(), second.spikes());
}

TEST(EncoderValues, AreInTheHashAndInCopies) {
  NetworkSpec network = Encoded("linear", 2, {});
  Simulation none(network);
  network.stimuli = {Values({1})};
  Simulation held(network);
  NetworkSpec with_end = network;
  std::get<EncoderValuesSpec>(with_end.stimuli[0].kind).duration_ms = 500;
  Simulation ended(with_end);
  for (Simulation* s : {&none, &held, &ended}) s->Run(2);
  EXPECT_NE(held.Hash(), none.Hash());
  EXPECT_NE(held.Hash(), ended.Hash());

  // A current of the same size isn't ended by new values.
  NetworkSpec current = network;
  current.stimuli = {testing::MakeCurrent(network, "p", {1, 1}, 0, 1000)};
  Simulation other(current);
  other.Run(2);
  EXPECT_NE(other.Hash(), ended.Hash());

  const State copy = held.state();
  held.Run(5);
  const uint64_t hash = held.Hash();
  held.state() = copy;
  held.Run(5);
  EXPECT_EQ(held.Hash(), hash);
}

TEST(EncoderValues, OfTheLastOnesThereIsOneInTheQueue) {
  Simulation simulation(Encoded("linear", 7, {}));
  State& state = simulation.state();
  for (int k = 0; k < 10; ++k) {
    for (Stimulus& stimulus : CompileStimulus(
             simulation.network(), Values({1.0 + k}), state.step, nullptr)) {
      state.stimuli.Add(stimulus);
    }
    simulation.Run(3);
    EXPECT_EQ(state.stimuli.size(), 1u);
    EXPECT_EQ(state.stimuli.neuron_count(), 7);
  }
}

TEST(EncoderValues, LateOnesBeginAtTheNextStepAndAreCounted) {
  const Simulation simulation(Encoded("linear", 2, {}));
  int64_t late = 0;
  const auto compile = [&](const StimulusSpec& spec) {
    return CompileStimulus(simulation.network(), spec, 10, &late)[0];
  };
  const Stimulus held = compile(Values({1}, int64_t{4}));
  EXPECT_EQ(held.begin_step, 10);
  EXPECT_GT(held.end_step, int64_t{1} << 60);
  EXPECT_EQ(late, 1);
  const Stimulus brief = compile(Values({1}, int64_t{4}, 2));
  EXPECT_EQ(brief.begin_step, 10);
  EXPECT_EQ(brief.end_step, 14);
  EXPECT_EQ(late, 2);
  EXPECT_EQ(compile(Values({1}, int64_t{10})).begin_step, 10);
  EXPECT_EQ(compile(Values({1})).begin_step, 10);
  EXPECT_EQ(late, 2);
}

TEST(EncoderValues, FarthestCanBeCompiled) {
  const Simulation simulation(Encoded("linear", 2, {}));
  for (double duration_ms : {0.0, 1e9}) {
    const Stimulus s = CompileStimulus(
        simulation.network(), Values({1}, int64_t{1} << 60, duration_ms), 0,
        nullptr)[0];
    EXPECT_EQ(s.begin_step, int64_t{1} << 60);
    EXPECT_GT(s.end_step, s.begin_step);
  }
}

TEST(EncoderValues, AreCountedBeforeTheyAreCompiled) {
  const Simulation linear(Encoded("linear", 6, {}, 3));
  EXPECT_EQ(CountCompiled(linear.network(), Values({1, 2, 3})), 1);
  EXPECT_EQ(CountStimulated(linear.network(), Values({1, 2, 3})), 6);
  const Simulation latency(Encoded("latency", 6, {}, 3));
  EXPECT_EQ(CountCompiled(latency.network(), Values({1, 2, 3})), 3);
  EXPECT_EQ(CountStimulated(latency.network(), Values({1, 2, 3})), 6);
}

// ---- Validation

std::string Problems(const NetworkSpec& network) {
  return ValidateNetwork(network, "n").Text();
}

TEST(ValidateEncoder, NamesWhatIsWrong) {
  const NetworkSpec good = Encoded("on_off", 12, {{"gain", Uniform{0, 1}}}, 3);
  EXPECT_EQ(Problems(good), "");
  const auto problems = [&](auto change) {
    NetworkSpec network = good;
    change(network.encoders[0]);
    return Problems(network);
  };
  EXPECT_THAT(problems([](auto& e) { e.name = "a b"; }),
              HasSubstr("n.encoders[0].name: \"a b\": "));
  EXPECT_THAT(problems([](auto& e) { e.population = "q"; }),
              HasSubstr("n.encoders[0].population: unknown population \"q\""));
  EXPECT_THAT(problems([](auto& e) { e.tuning = "onoff"; }),
              HasSubstr("n.encoders[0].tuning: unknown tuning \"onoff\"; did "
                        "you mean on_off?"));
  EXPECT_THAT(problems([](auto& e) { e.receptor = "r"; }),
              HasSubstr("n.encoders[0].receptor: unknown receptor of "
                        "spike_source \"r\""));
  EXPECT_THAT(problems([](auto& e) { e.dimension_count = 4; }),
              HasSubstr("n.encoders[0].dimension_count: 12 neurons can't be "
                        "divided equally over 4 dimensions of 2 groups"));
  for (int64_t count : {int64_t{0}, int64_t{-1}, int64_t{1} << 62}) {
    EXPECT_THAT(problems([&](auto& e) { e.dimension_count = count; }),
                HasSubstr("is not in [1, 2^30]"));
  }
  EXPECT_THAT(problems([](auto& e) {
                e.parameters["gain"] = std::vector<double>{1, 2};
              }),
              HasSubstr("n.encoders[0].parameters[\"gain\"]"));
  EXPECT_THAT(problems([](auto& e) {
                e.parameters["low"] = Uniform{0, 1};
              }),
              HasSubstr("n.encoders[0].parameters[\"low\"]: must be a "
                        "constant, shared by all neurons of the population"));
  EXPECT_THAT(problems([](auto& e) { e.parameters["high"] = -2e9; }),
              HasSubstr("n.encoders[0].parameters[\"high\"]"));
  EXPECT_THAT(problems([](auto& e) {
                e.parameters["low"] = 2.0;
                e.parameters["high"] = 1.0;
              }),
              HasSubstr("low (2) must be at most high (1)"));
  NetworkSpec twice = good;
  twice.encoders.push_back(good.encoders[0]);
  EXPECT_THAT(Problems(twice),
              HasSubstr("n.encoders[1].name: \"e\" is the name of another "
                        "encoder"));
}

TEST(ValidateEncoderValues, NamesWhatIsWrong) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const auto problems = [&](const std::string& tuning,
                            const StimulusSpec& stimulus) {
    NetworkSpec network = Encoded(tuning, 6, {}, 3);
    network.stimuli = {stimulus};
    return Problems(network);
  };
  EXPECT_EQ(problems("linear", Values({1, 2, 3})), "");
  EXPECT_EQ(problems("linear", Values({1, -1e300, 3}, StartMs{3}, 0.5)), "");
  EXPECT_EQ(problems("latency", Values({1, 2, 3})), "");
  EXPECT_THAT(problems("linear", Values({1, 2})),
              HasSubstr("n.stimuli[0].encoder_values.values: 2 values; encoder "
                        "\"e\" has 3 dimensions"));
  EXPECT_THAT(problems("linear", Values({1, kNaN, 3})),
              HasSubstr("n.stimuli[0].encoder_values.values[1]: nan"));
  for (double ms : {-1.0, 0.1, 2e9, kNaN}) {
    EXPECT_THAT(problems("linear", Values({1, 2, 3}, AsSoonAsPossible(), ms)),
                HasSubstr("n.stimuli[0].encoder_values.duration_ms"))
        << ms;
  }
  EXPECT_THAT(problems("latency", Values({1, 2, 3}, AsSoonAsPossible(), 5)),
              HasSubstr("n.stimuli[0].encoder_values.duration_ms: 5: encoder "
                        "\"e\" gives spikes, which have no duration"));
  StimulusSpec other = Values({1, 2, 3});
  std::get<EncoderValuesSpec>(other.kind).encoder = "f";
  EXPECT_THAT(problems("linear", other),
              HasSubstr("n.stimuli[0].encoder_values.encoder: unknown encoder "
                        "\"f\""));
  StimulusSpec with_neurons = Values({1, 2, 3}, int64_t{-1});
  with_neurons.population = "p";
  with_neurons.neuron_indices = {1};
  with_neurons.columns = {0};
  const std::string text = problems("linear", with_neurons);
  for (const char* field : {"population: must", "neuron_indices: must",
                            "columns: must", "start_step: -1"}) {
    EXPECT_THAT(text, HasSubstr(std::string("n.stimuli[0].") + field));
  }
}

// If an encoder is wrong itself, only that is reported.
TEST(ValidateEncoderValues, AreNotBlamedForTheirEncoder) {
  NetworkSpec network = Encoded("linear", 6, {}, 4);
  network.stimuli = {Values({1, 2, 3})};
  EXPECT_THAT(ValidateNetwork(network, "n").list(), ::testing::SizeIs(1));
}

TEST(EstimateEncoder, CountsParametersAndStimuli) {
  NetworkSpec network = Encoded("linear", 1000, {});
  const double bare = EstimateNetwork(network).bytes;
  network.encoders[0].parameters = {{"gain", Uniform{0, 1}}};
  const double drawn = EstimateNetwork(network).bytes;
  EXPECT_EQ(drawn - bare, 8000);
  network.stimuli = {Values({1})};
  const double stimulated = EstimateNetwork(network).bytes;
  EXPECT_GE(stimulated - drawn, 12000);
  EXPECT_LE(stimulated - drawn, 13000);
  // For spikes, each dimension has its own stimuli.
  network.encoders[0].tuning = "latency";
  network.encoders[0].dimension_count = 1000;
  network.encoders[0].parameters.clear();
  network.stimuli = {Values(std::vector<double>(1000))};
  EXPECT_GE(EstimateNetwork(network).bytes - bare, 1000 * sizeof(Stimulus));
}

}  // namespace
}  // namespace spiked::encoders_test
