// SPDX-License-Identifier: Apache-2.0
//
// What holds for every neuron model: what a neuron does depends on its own
// parameters and input, however they are given, and not on those of others.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/validate.h"
#include "core/network/state.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::any_neuron_test {
namespace {

using testing::MakeArrivals;
using testing::MakeCurrent;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeRates;
using testing::Simulation;

constexpr int64_t kCount = 160;
constexpr int64_t kWatched = 80;  // the first ones; one of them is changed
constexpr int64_t kBetween = 7;   // steps
constexpr int64_t kSteps = 300;
constexpr int64_t kBefore = 10 * kBetween;  // a live change

double NumberFor(const ParameterInfo& info) {
  return info.name == "rate_hz" ? 300 : info.default_value;
}

// Another number that is allowed and makes a difference.
double AnotherFor(const ParameterInfo& info) {
  const double number = NumberFor(info);
  const std::string& name = info.name;
  if (name == "rate_hz") return 2 * number;
  if (name == "t_ref_ms") return number + 1;  // several steps
  // What only finds spikes matters in steps that end between both numbers.
  if (name == "spike_criterion") return 1;
  if (name == "v_spike_mv") return 100;
  if (name.starts_with("v_peak")) return number > 0 ? number / 10 : number - 5;
  return number + 0.02 * std::abs(number) + 0.01;
}

// The size of an input that matters to most models.
double StrengthOf(const ReceptorInfo& receptor) {
  if (receptor.name == "rate") return 2000;
  if (receptor.name == "current") {
    return receptor.unit == "pA" ? 900 : receptor.unit == "mV/ms" ? 15 : 3;
  }
  const double strength = receptor.unit == "pA"   ? 300
                          : receptor.unit == "nS" ? 5
                                                  : 0.5;
  const bool is_negative =
      receptor.name == "inhibitory" && receptor.unit != "nS";
  return is_negative ? -strength : strength;
}

// What each neuron did: its spikes, and the bits of its variables now and then.
using Courses = std::vector<std::vector<uint64_t>>;

void Follow(int64_t steps, Simulation& simulation, Courses* courses) {
  courses->resize(kCount);
  const auto& variables =
      simulation.network().populations[0].model->info().variables;
  for (int64_t step = 0; step < steps; step += kBetween) {
    const size_t before = simulation.spikes().size();
    simulation.Run(std::min(kBetween, steps - step));
    for (size_t k = before; k < simulation.spikes().size(); ++k) {
      const testing::Spike& spike = simulation.spikes()[k];
      (*courses)[spike.neuron].push_back(spike.step);
    }
    for (int v = 0; v < static_cast<int>(variables.size()); ++v) {
      for (int64_t i = 0; i < kCount; ++i) {
        (*courses)[i].push_back(std::bit_cast<uint64_t>(
            ReadVariable(simulation.network(), simulation.state(), 0, v, i)));
      }
    }
  }
}

Courses CoursesOf(const NetworkSpec& network) {
  EXPECT_EQ(ValidateNetwork(network, "network").Text(), "");
  Simulation simulation(network);
  Courses courses;
  Follow(kSteps, simulation, &courses);
  return courses;
}

// The watched neuron that spikes most often.
int64_t MostActive(const Courses& courses) {
  const auto longer = [](const auto& a, const auto& b) {
    return a.size() < b.size();
  };
  return std::max_element(courses.begin(), courses.begin() + kWatched, longer) -
         courses.begin();
}

// Expects that only one of the watched neurons did something else.
void ExpectOneChanged(const Courses& courses, const Courses& expected,
                      int64_t changed) {
  for (int64_t i = 0; i < kWatched; ++i) {
    if (i == changed) {
      EXPECT_NE(courses[i], expected[i]);
    } else {
      ASSERT_EQ(courses[i], expected[i]) << "neuron " << i;
    }
  }
}

class AnyNeuron : public ::testing::TestWithParam<const NeuronModel*> {
 protected:
  const ModelInfo& info() const { return GetParam()->info(); }

  ValueMap Values() const {
    ValueMap values;
    for (const ParameterInfo& parameter : info().parameters) {
      values[parameter.name] = NumberFor(parameter);
    }
    return values;
  }

  // Calls body(network) for neurons without input in each scheme and
  // precision.
  template <class Body>
  void ForEachNetwork(Body body) const {
    std::vector<std::string> schemes;
    for (const SchemeInfo& s : info().schemes) schemes.push_back(s.name);
    if (schemes.empty()) schemes.emplace_back();
    for (const std::string& scheme : schemes) {
      for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
        SCOPED_TRACE(scheme +
                     (precision == Precision::kFloat32 ? " 32" : " 64"));
        NetworkSpec network = MakeNetwork(0.2, precision);
        network.populations = {
            MakePopulation("p", info().name, kCount, Values())};
        network.populations[0].scheme = scheme;
        body(network);
      }
    }
  }

  // With input to every receptor, of currents to every second neuron.
  NetworkSpec Driven(NetworkSpec network) const {
    const int of_currents = CurrentReceptor(info());
    for (int r = 0; r < static_cast<int>(info().receptors.size()); ++r) {
      const ReceptorInfo& receptor = info().receptors[r];
      if (r == of_currents) {
        StimulusSpec current =
            MakeCurrent(network, "p", {StrengthOf(receptor)}, 5, kSteps);
        for (int32_t i = 0; i < kCount; i += 2) {
          current.neuron_indices.push_back(i);
        }
        network.stimuli.push_back(current);
        continue;
      }
      StimulusSpec rates =
          MakeRates(network, "p", {400}, StrengthOf(receptor), 0, kSteps);
      std::get<RateStimulusSpec>(rates.kind).receptor = receptor.name;
      network.stimuli.push_back(rates);
    }
    return network;
  }
};

TEST_P(AnyNeuron, AListOfEqualNumbersIsAConstant) {
  ForEachNetwork([&](const NetworkSpec& undriven) {
    NetworkSpec network = Driven(undriven);
    const Courses expected = CoursesOf(network);
    ValueMap& values = network.populations[0].parameters;
    for (const ParameterInfo& parameter : info().parameters) {
      if (parameter.is_shared) continue;
      SCOPED_TRACE(parameter.name);
      const ValueMap before = values;
      values[parameter.name] =
          std::vector<double>(kCount, NumberFor(parameter));
      EXPECT_EQ(CoursesOf(network), expected);
      values = before;
    }
  });
}

TEST_P(AnyNeuron, OthersParametersMakeNoDifference) {
  ForEachNetwork([&](const NetworkSpec& undriven) {
    NetworkSpec network = Driven(undriven);
    const Courses expected = CoursesOf(network);
    const int64_t changed = MostActive(expected);
    ValueMap& values = network.populations[0].parameters;
    for (const ParameterInfo& parameter : info().parameters) {
      if (parameter.is_shared) continue;
      SCOPED_TRACE(parameter.name);
      const double number = NumberFor(parameter);
      const double another = AnotherFor(parameter);
      std::vector<double> list(kCount, number);
      list[changed] = another;
      for (int64_t i = kWatched; i < kCount; ++i) {
        list[i] += (another - number) * static_cast<double>(i) / kCount;
      }
      const ValueMap before = values;
      values[parameter.name] = list;
      ExpectOneChanged(CoursesOf(network), expected, changed);
      values = before;
    }
  });
}

TEST_P(AnyNeuron, OthersChangesMakeNoDifference) {
  ForEachNetwork([&](const NetworkSpec& undriven) {
    const NetworkSpec network = Driven(undriven);
    const Courses expected = CoursesOf(network);
    const int64_t changed = MostActive(expected);
    for (const ParameterInfo& parameter : info().parameters) {
      if (parameter.is_shared) continue;
      SCOPED_TRACE(parameter.name);
      Simulation simulation(network);
      Courses courses;
      Follow(kBefore, simulation, &courses);
      ASSERT_EQ(simulation
                    .Change({SetParametersSpec{
                        "p",
                        {static_cast<int32_t>(changed)},
                        {{parameter.name, AnotherFor(parameter)}}}})
                    .Text(),
                "");
      Follow(kSteps - kBefore, simulation, &courses);
      ExpectOneChanged(courses, expected, changed);
    }
  });
}

// One neuron gets something, where nothing else comes or much does.
TEST_P(AnyNeuron, OthersInputMakesNoDifference) {
  ForEachNetwork([&](const NetworkSpec& undriven) {
    for (NetworkSpec network : {undriven, Driven(undriven)}) {
      const Courses expected = CoursesOf(network);
      network.stimuli.emplace_back();
      for (const ReceptorInfo& receptor : info().receptors) {
        SCOPED_TRACE(receptor.name);
        StimulusSpec arrivals =
            MakeArrivals(network, "p", receptor.name, 3 * StrengthOf(receptor),
                         {20, 21, 22, 23, 80, 81, 120, 151, 180});
        arrivals.neuron_indices = {37};
        network.stimuli.back() = arrivals;
        ExpectOneChanged(CoursesOf(network), expected, 37);
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Models, AnyNeuron,
                         ::testing::ValuesIn(NeuronModels().begin(),
                                             NeuronModels().end()),
                         [](const auto& info) {
                           return info.param->info().name;
                         });

}  // namespace
}  // namespace spiked::any_neuron_test
