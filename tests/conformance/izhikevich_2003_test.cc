// SPDX-License-Identifier: Apache-2.0
//
// Izhikevich 2003, doi:10.1109/TNN.2003.820440: single neurons of the published
// cell classes under a constant current.
//
// Numbers: computed for this project by an independent program in double
// precision, in the order of net.m, v0 = -65, u0 = b v0, I = 10 from the first
// step on. net.m tests the threshold at the start of step t; this simulator
// finds the same spike at the end of step t - 1 and stamps it with the end of
// the step, which is t again. The rows named NEST are from NEST's izhikevich
// with consistent_integration = false.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/oracle.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

struct Oracle {
  const char* cell_class;
  size_t count;  // in 1000 ms
  std::vector<int64_t> first;
  int64_t last;
};

void PrintTo(const Oracle& oracle, std::ostream* out) {
  *out << oracle.cell_class;
}

// Stamps (ends of steps) of a neuron under a current of 10 for 1 s.
std::vector<int64_t> StampsUnderConstantCurrent(const std::string& cell_class,
                                                double dt_ms) {
  NetworkSpec network = MakeNetwork(dt_ms);
  network.populations.push_back(MakePopulation("neuron", "izhikevich", 1));
  network.populations[0].cell_class = cell_class;
  network.populations[0].scheme = "half_steps";
  const int64_t steps = std::llround(1000 / dt_ms);
  network.stimuli.push_back(MakeCurrent(network, "neuron", {10}, 0, steps));
  Simulation simulation(network);
  // net.m's last test is at the start of step 999, counted from 0.
  simulation.Run(steps - 1);
  std::vector<int64_t> stamps = simulation.SpikeSteps("neuron");
  for (int64_t& stamp : stamps) ++stamp;
  return stamps;
}

void ExpectExactly(const std::string& what, const std::string& source,
                   const std::vector<int64_t>& ours,
                   const std::vector<int64_t>& oracle) {
  ExpectOracles({"Izhikevich 2003, cell classes", what, source},
                Precision::kFloat64, {ours.begin(), ours.end()},
                {oracle.begin(), oracle.end()}, 0);
}

class PublishedCellClass : public ::testing::TestWithParam<Oracle> {};

TEST_P(PublishedCellClass, SpikesInThePublishedStepsAtOneMs) {
  const Oracle& oracle = GetParam();
  std::vector<int64_t> stamps =
      StampsUnderConstantCurrent(oracle.cell_class, 1);
  ASSERT_FALSE(stamps.empty());
  const std::string name = oracle.cell_class;
  ExpectExactly(name + ", spikes in 1 s", "computed",
                {static_cast<int64_t>(stamps.size())},
                {static_cast<int64_t>(oracle.count)});
  ExpectExactly(name + ", last spike (ms)", "computed", {stamps.back()},
                {oracle.last});
  stamps.resize(oracle.first.size());
  ExpectExactly(name + ", first spikes (ms)", "computed", stamps, oracle.first);
}

INSTANTIATE_TEST_SUITE_P(
    NetM, PublishedCellClass,
    ::testing::Values(
        Oracle{"regular_spiking",
               20,
               {4, 31, 79, 141, 195, 243, 292, 345, 405, 464, 524, 571},
               984},
        Oracle{"intrinsically_bursting",
               27,
               {4, 8, 46, 85, 122, 164, 200, 237, 271, 311, 345, 386},
               964},
        Oracle{"chattering",
               43,
               {4, 7, 10, 14, 62, 66, 114, 118, 166, 170, 218, 222},
               984},
        Oracle{"fast_spiking",
               63,
               {4, 11, 22, 34, 58, 71, 92, 110, 124, 148, 163, 177},
               993},
        Oracle{"thalamo_cortical",
               67,
               {4, 9, 15, 23, 31, 40, 69, 79, 93, 122, 147, 160},
               977}),
    [](const auto& info) { return std::string(info.param.cell_class); });

TEST(RegularSpikingNeuron, HalfStepsOfATenthMsSpikeAsInNest) {
  std::vector<int64_t> stamps =
      StampsUnderConstantCurrent("regular_spiking", 0.1);
  const std::string source = "NEST, consistent_integration false";
  ExpectExactly("regular_spiking in steps of 0.1 ms, spikes in 1 s", source,
                {static_cast<int64_t>(stamps.size())}, {23});
  stamps.resize(10);
  ExpectExactly("regular_spiking in steps of 0.1 ms, first spikes (step)",
                source, stamps,
                {33, 270, 721, 1172, 1623, 2074, 2525, 2977, 3429, 3881});
}

// At 1 ms the published scheme gives irregular intervals (27, 48, 62, 54 ms);
// with finer steps both schemes converge to the same regular solution. 44.82 ms
// is the interval of either scheme at 0.001 ms (a scalar double-precision loop
// written for this test); the often quoted 45.1 ms are from steps of 0.1 ms.
TEST(RegularSpikingNeuron, IntervalsConvergeToTheRegularSolution) {
  constexpr double kDtMs = 0.01;
  for (const char* scheme : {"half_steps", "euler"}) {
    NetworkSpec network = MakeNetwork(kDtMs);
    network.populations.push_back(MakePopulation("neuron", "izhikevich", 1));
    network.populations[0].scheme = scheme;
    network.stimuli.push_back(MakeCurrent(network, "neuron", {10}, 0, 60000));
    Simulation simulation(network);
    simulation.Run(60000);
    const std::vector<int64_t> steps = simulation.SpikeSteps("neuron");
    ASSERT_GE(steps.size(), 12u) << scheme;
    for (size_t i = 5; i < steps.size(); ++i) {
      EXPECT_NEAR(kDtMs * static_cast<double>(steps[i] - steps[i - 1]), 44.82,
                  0.05)
          << scheme << ", interval " << i;
    }
  }
}

}  // namespace
}  // namespace spiked::testing
