// SPDX-License-Identifier: Apache-2.0
//
// clients/networks/polychronization_2006.yaml, the network of Izhikevich 2006
// (spnet.m), doi:10.1162/089976606775093882. Runs of more than a minute are in
// tests/long.
//
// Numbers: two independent programs that were written for this project and
// follow spnet.m exactly.
//   First (2 seeds), "seconds 1 to 3" excitatory 4.2 to 4.6 Hz, inhibitory 15.6
//   to 16.9 Hz; second 10 excitatory 1.2 to 1.6 Hz; second 60 excitatory 4.2 to
//   4.4 Hz, inhibitory 32.7 to 32.9 Hz, 39 to 42 % of excitatory weights above
//   9.5; a peak of the spectrum at 3 to 5 Hz in the first seconds, and at 29 Hz
//   in second 60.
//   Second (24 seeds), mean and standard deviation:
//     second          1            3           10           60       1 to 3
//     excitatory  5.5 (0.6)   4.40 (0.34) 1.49 (0.13) 4.58 (0.15) 5.06 (0.14)
//     inhibitory 19.3 (2.2)   17.0 (1.5)   6.5 (0.8)  34.5 (0.9)  18.8 (0.6)
//   and 40.2 (1.3) % of weights above 9.5 after 60 s.
// So the seconds 1 to 3 of the first program agree with the third second of the
// second one: the rate falls from the first second on, and none of the 24 seeds
// has less than 4.7 Hz over the first three. This file, with seeds 1 to 24, has
// 5.01 (0.19) and 18.6 (0.8) over the first three seconds, 4.64 (0.15) and 35.2
// (1.0) in second 60, 41.6 (1.3) %. (Exactly 20 synapses to inhibitory neurons,
// delays drawn by synapse and the drive divided among the populations, as in
// the file, make the second program have 35.3 Hz and 41.9 %.) The test expects
// the second program's means within 3.5 standard deviations.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>

#include "tests/support/file_run.h"
#include "tests/support/oracle.h"
#include "tests/support/polychronization.h"
#include "tests/support/sanitized.h"

namespace spiked::testing {
namespace {

constexpr int kSeconds = kSanitized ? 3 : 60;

class PolychronizationTest
    : public ::testing::TestWithParam<std::tuple<Precision, int64_t>> {};

TEST_P(PolychronizationTest, RatesAndWeightsGoTheirPublishedWay) {
  const auto [precision, seed] = GetParam();
  const Polychronization ours(
      FileNetwork("polychronization_2006", seed, precision), kSeconds);
  const auto expect = [p = precision](const char* what, double value,
                                      double mean, double deviation) {
    ExpectOracle({"Izhikevich 2006, polychronization", what, "computed"}, p,
                 value, mean, 3.5 * deviation);
  };
  expect("seconds 1 to 3, exc (Hz)", ours.ExcitatoryHz(1, 3), 5.06, 0.14);
  expect("seconds 1 to 3, inh (Hz)", ours.InhibitoryHz(1, 3), 18.8, 0.6);
  expect("second 3, exc (Hz)", ours.ExcitatoryHz(3, 3), 4.40, 0.34);
  expect("second 3, inh (Hz)", ours.InhibitoryHz(3, 3), 17.0, 1.5);
  // A slow rhythm, as in sleep, at first.
  ExpectOracle({"Izhikevich 2006, polychronization",
                "peak of the spectrum, seconds 1 to 3 (Hz)", "computed"},
               precision, ours.PeakHz(1, 3, 1, 100), 4, 2);
  if (kSeconds < 60) return;
  expect("second 10, exc (Hz)", ours.ExcitatoryHz(10, 10), 1.49, 0.13);
  expect("second 10, inh (Hz)", ours.InhibitoryHz(10, 10), 6.5, 0.8);
  // A gamma rhythm, after a minute of learning.
  expect("second 60, exc (Hz)", ours.ExcitatoryHz(60, 60), 4.58, 0.15);
  expect("second 60, inh (Hz)", ours.InhibitoryHz(60, 60), 34.5, 0.9);
  expect("weights above 9.5 after 60 s (%)", ours.PercentOfWeights(9.5, 10),
         40.2, 1.3);
  ExpectOracle({"Izhikevich 2006, polychronization",
                "peak above 25 Hz, seconds 51 to 60 (Hz)", "computed"},
               precision, ours.PeakHz(51, 60, 25, 100), 29, 4);
}

INSTANTIATE_TEST_SUITE_P(
    Seeds, PolychronizationTest,
    ::testing::Combine(::testing::Values(Precision::kFloat32,
                                         Precision::kFloat64),
                       ::testing::Values(1, 2, 3)),
    [](const auto& info) {
      return std::string(std::get<0>(info.param) == Precision::kFloat32
                             ? "Float32"
                             : "Float64") +
             "_seed" + std::to_string(std::get<1>(info.param));
    });

}  // namespace
}  // namespace spiked::testing
