// SPDX-License-Identifier: Apache-2.0
//
// Changes that no reasonable person would ask for. They are refused or made,
// but never crash, and a refused request changes nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/change/change.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

NetworkSpec Victim(Precision precision) {
  NetworkSpec spec = MakeNetwork(1, precision);
  spec.populations = {
      MakePopulation("a", "lif_delta", 70),
      MakePopulation("b", "poisson_source", 1, {{"rate_hz", 500.0}})};
  spec.inputs = {MakeInput("a", "dc_current", {{"amplitude", 500.0}}),
                 MakeInput("a", "uniform_noise_current", {})};
  const auto add = [&](const char* name, const char* source, Value weight,
                       const char* model) {
    spec.projections.push_back(MakeProjection(
        source, "a", AllToAll{}, std::move(weight), 1.0, {model, {}}));
    spec.projections.back().name = name;
    spec.projections.back().allow_autapses = true;
  };
  add("constant", "a", 0.5, "static");
  add("integers", "a", Uniform{0, 1}, "static");
  spec.projections.back().weight_precision = WeightPrecision::kBits16;
  add("full", "b", Uniform{0, 1}, "static");
  add("plastic", "a", 0.5, "stdp_pair");
  add("facilitating", "b", 0.5, "stp_markram");
  return spec;
}

class HostileChanges {
 public:
  explicit HostileChanges(uint32_t seed) : random_(seed) {}

  ChangeSpecs Next() {
    ChangeSpecs changes;
    for (size_t k = random_() % 3; k < 3; ++k) changes.push_back(AnyChange());
    return changes;
  }

 private:
  template <typename T>
  T OneOf(const std::vector<T>& choices) {
    return choices[random_() % choices.size()];
  }
  // Mostly a sensible number.
  double Number() {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (random_() % 3 > 0) return OneOf<double>({-70, -1, 0.25, 0.5, 1, 2, 60});
    return OneOf<double>({0.0, -0.0, 5e-324, 1e-30, 3e38, -3e38, 3.5e38, 1e300,
                          -1e300, kInfinity, -kInfinity,
                          std::numeric_limits<double>::quiet_NaN()});
  }
  std::vector<double> Numbers() {
    std::vector<double> numbers(OneOf<size_t>({0, 1, 2, 70, 4900}));
    for (double& x : numbers) x = random_() % 50 == 0 ? Number() : 0.5;
    return numbers;
  }
  std::vector<int32_t> Indices() {
    std::vector<int32_t> indices(OneOf<size_t>({0, 0, 1, 2, 70}));
    for (int32_t& i : indices) {
      i = random_() % 40 == 0 ? OneOf<int32_t>({-1, 70, 2147483647})
                              : static_cast<int32_t>(random_() % 70);
    }
    std::sort(indices.begin(), indices.end());
    if (random_() % 8 > 0) {
      indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
    }
    return indices;
  }
  Value AnyValue() {
    switch (random_() % 8) {
      case 0:
        return Numbers();
      case 1:
        return Uniform{Number(), Number()};
      case 2:
        return Normal{Number(), Number()};
      case 3:
        return Mixture{{{0.5, Number()}, {0.5, Uniform{0, Number()}}}};
      case 4:
        return OneOf<Value>(
            {Value(), ByDistance{}, Lognormal{1, 1}, DiscreteUniform{0, 2, 1}});
      default:
        return Number();
    }
  }
  ValueMap Values(const std::vector<std::string>& names) {
    ValueMap values;
    for (size_t k = random_() % 8; k < 9; ++k) {
      values[OneOf(names)] = AnyValue();
      if (random_() % 2 == 0) break;
    }
    return values;
  }
  std::string Population() { return OneOf<std::string>({"a", "a", "b", "c"}); }

  ChangeSpec AnyChange() {
    switch (random_() % 7) {
      case 0:
        return SetParametersSpec{
            Population(), Indices(),
            Values({"tau_m_ms", "v_th_mv", "v_reset_mv", "e_l_mv", "rate_hz",
                    "t_ref_ms", "none"})};
      case 1:
        return SetStateSpec{Population(), Indices(),
                            Values({"v_mv", "refractory_steps", "none"})};
      case 2:
        return SetInputSpec{
            OneOf<std::string>(
                {"dc_current->a", "uniform_noise_current->a", "none"}),
            Values({"amplitude", "start_ms", "stop_ms", "low", "high"})};
      case 3:
        return SilenceSpec{Population(), Indices(), random_() % 2 == 0};
      case 4:
        return PlasticitySwitchSpec{
            random_() % 2 == 0,
            OneOf<std::vector<std::string>>({{}, {"plastic"}, {"full"}})};
      case 5:
        if (random_() % 5 == 0) return std::monostate();
        [[fallthrough]];
      default:
        return NewWeights();
    }
  }
  ChangeSpec NewWeights() {
    SetWeightsSpec set;
    set.projection = OneOf<std::string>(
        {"constant", "integers", "full", "plastic", "facilitating", "none"});
    switch (random_() % 4) {
      case 0:
        set.weights = WeightFactor{Number()};
        break;
      case 1:
        set.weights = PairWeights{Indices(), Indices(), Numbers()};
        break;
      case 2: {
        std::vector<int32_t> targets = Indices();
        std::vector<double> weights(targets.size(), Number());
        set.weights = PairWeights{std::vector<int32_t>(targets.size()), targets,
                                  std::move(weights)};
        break;
      }
      default:
        set.weights = AnyValue();
        break;
    }
    return set;
  }

  std::mt19937 random_;
};

class HostileChange : public ::testing::TestWithParam<Precision> {};

TEST_P(HostileChange, IsRefusedOrMade) {
  const int kChanges = testing::kSanitized ? 1000 : 4000;
  Simulation simulation(Victim(GetParam()), 2);
  HostileChanges changes(11);
  int made = 0;
  for (int n = 0; n < kChanges; ++n) {
    const ChangeSpecs next = changes.Next();
    ApplyDueChanges(simulation.network(), simulation.state());
    const uint64_t before = n % 8 == 0 ? simulation.Hash() : 0;
    const int64_t step = simulation.state().step + (n % 3 == 0 ? 2 : 0);
    const Violations violations = simulation.Change(next, step);
    if (violations.empty()) {
      ++made;
    } else if (before != 0) {
      ASSERT_EQ(simulation.Hash(), before) << violations.Text();
    }
    if (n % 4 == 0) simulation.Run(1);
    if (n % 100 == 99) simulation.state() = MakeState(simulation.network());
  }
  EXPECT_GT(made, kChanges / 20);
  EXPECT_LT(made, kChanges);
}

INSTANTIATE_TEST_SUITE_P(Precisions, HostileChange,
                         ::testing::Values(Precision::kFloat32,
                                           Precision::kFloat64));

}  // namespace
}  // namespace spiked
