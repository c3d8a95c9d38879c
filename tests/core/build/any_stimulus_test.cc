// SPDX-License-Identifier: Apache-2.0
//
// What holds for every kind of stimulus that has a number for each neuron: what
// a neuron gets depends on its own number, however it is given, and not on
// those of others.

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/validate.h"
#include "core/network/state.h"
#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked::any_stimulus_test {
namespace {

using testing::MakeCurrent;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeRates;
using testing::Simulation;

constexpr int64_t kCount = 160;
constexpr int64_t kWatched = 80;  // the first ones; one of them is changed
constexpr int64_t kChanged = 18;
constexpr int64_t kSteps = 200;

// What each neuron did: its spikes, and the bits of its variables in each step.
using Courses = std::vector<std::vector<uint64_t>>;

Courses CoursesOf(const NetworkSpec& network) {
  EXPECT_EQ(ValidateNetwork(network, "network").Text(), "");
  Simulation simulation(network);
  const auto& variables =
      simulation.network().populations[0].model->info().variables;
  Courses courses(kCount);
  for (int64_t step = 0; step < kSteps; ++step) {
    simulation.Run(1);
    for (int v = 0; v < static_cast<int>(variables.size()); ++v) {
      for (int64_t i = 0; i < kCount; ++i) {
        courses[i].push_back(std::bit_cast<uint64_t>(
            ReadVariable(simulation.network(), simulation.state(), 0, v, i)));
      }
    }
  }
  for (const testing::Spike& spike : simulation.spikes()) {
    courses[spike.neuron].push_back(spike.step);
  }
  return courses;
}

// A stimulus of a population of kCount neurons, with one number for all of them
// or one for each.
struct Kind {
  std::string name;
  double number, another;
  std::function<void(NetworkSpec&, std::vector<double>)> add;
};

std::ostream& operator<<(std::ostream& out, const Kind& kind) {
  return out << kind.name;
}

void AddRates(NetworkSpec& network, std::vector<double> rates_hz) {
  network.stimuli = {
      MakeRates(network, "p", std::move(rates_hz), 100, 3, kSteps)};
}

// Values for two dimensions. One of the encoder's parameters is given.
void AddEncoder(const ModelInfo& info, const std::string& parameter,
                std::vector<double> numbers, NetworkSpec& network) {
  EncoderSpec encoder;
  encoder.name = "e";
  encoder.population = "p";
  encoder.tuning = info.name;
  encoder.dimension_count = 2;
  for (const ParameterInfo& other : info.parameters) {
    if (other.is_shared) continue;
    encoder.parameters[other.name] = other.name == "width" ? 0.5 : 300.0;
  }
  // Within the time of the test.
  if (info.name == "latency") encoder.parameters["latest_ms"] = 3.0;
  Value& value = encoder.parameters[parameter];
  if (numbers.size() == 1) {
    value = numbers[0];
  } else {
    value = std::move(numbers);
  }
  network.encoders = {encoder};
  StimulusSpec stimulus;
  stimulus.start = int64_t{3};
  stimulus.kind = EncoderValuesSpec{"e", {0.7, 0.2}, 0};
  network.stimuli = {stimulus};
}

std::vector<Kind> AllKinds() {
  std::vector<Kind> kinds = {
      {"current", 300, 500,
       [](NetworkSpec& network, std::vector<double> amplitudes) {
         network.stimuli = {
             MakeCurrent(network, "p", std::move(amplitudes), 3, 40)};
       }},
      // Means without digits, with some, and with the most at this step.
      {"low_rates", 150, 8000, AddRates},
      {"rates", 8000, 1e6, AddRates},
      {"high_rates", 1e6, 50, AddRates},
  };
  for (const EncoderModel* model : EncoderModels()) {
    const ModelInfo& info = model->info();
    for (const ParameterInfo& parameter : info.parameters) {
      if (parameter.is_shared) continue;
      const bool is_width = parameter.name == "width";
      kinds.push_back({info.name + "_" + parameter.name, is_width ? 0.5 : 300,
                       is_width ? 0.7 : 500,
                       [&info, name = parameter.name](
                           NetworkSpec& network, std::vector<double> numbers) {
                         AddEncoder(info, name, std::move(numbers), network);
                       }});
    }
  }
  return kinds;
}

class AnyStimulus : public ::testing::TestWithParam<Kind> {
 protected:
  Courses With(std::vector<double> numbers, Precision precision) const {
    NetworkSpec network = MakeNetwork(0.1, precision);
    network.populations = {MakePopulation("p", "lif_exp", kCount)};
    GetParam().add(network, std::move(numbers));
    return CoursesOf(network);
  }
};

TEST_P(AnyStimulus, AListOfEqualNumbersIsAConstant) {
  const double number = GetParam().number;
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    EXPECT_EQ(With(std::vector<double>(kCount, number), precision),
              With({number}, precision));
  }
}

TEST_P(AnyStimulus, OthersNumbersMakeNoDifference) {
  const auto [name, number, another, add] = GetParam();
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    const Courses expected = With({number}, precision);
    std::vector<double> list(kCount, number);
    list[kChanged] = another;
    for (int64_t i = kWatched; i < kCount; ++i) {
      list[i] += (another - number) * static_cast<double>(i) / kCount;
    }
    const Courses courses = With(list, precision);
    for (int64_t i = 0; i < kWatched; ++i) {
      if (i == kChanged) {
        EXPECT_NE(courses[i], expected[i]);
      } else {
        ASSERT_EQ(courses[i], expected[i]) << "neuron " << i;
      }
    }
  }
}

TEST_P(AnyStimulus, ANeuronGetsTheSameAloneAsAmongOthers) {
  const auto [name, number, another, add] = GetParam();
  if (name == "gaussian_width") return;  // 0 is no width
  for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
    std::vector<double> list(kCount, 0.0);
    const Courses nothing = With(list, precision);
    list[kChanged] = number;
    const Courses alone = With(list, precision);
    EXPECT_EQ(alone[kChanged], With({number}, precision)[kChanged]);
    EXPECT_NE(alone[kChanged], nothing[kChanged]);
    EXPECT_EQ(alone[kChanged + 1], nothing[kChanged + 1]);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, AnyStimulus, ::testing::ValuesIn(AllKinds()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace spiked::any_stimulus_test
