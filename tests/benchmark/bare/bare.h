// SPDX-License-Identifier: Apache-2.0
//
// Bare loops: each benchmark once more as a loop that can do nothing else,
// without models, networks, recording or an interface. They say what this
// machine reaches, measured minutes apart from spiked on the same processor.
//
// Every loop draws a network of its own with the statistics of the network
// file, so its rates agree with spiked's, but not its spikes.

#ifndef SPIKED_TESTS_BENCHMARK_BARE_BARE_H_
#define SPIKED_TESTS_BENCHMARK_BARE_BARE_H_

#include <cstdint>
#include <vector>

namespace spiked::benchmark {

struct BareOptions {
  int threads = 1;  // RunW4, RunW4Stdp and RunW5; the others have one
  double model_s = 1;
  double warm_up_s = 0;  // model time before anything is measured
  uint64_t seed = 1;
};

struct BareResult {
  double wall_s = 0;  // of the loop, without building and warming up
  int64_t spikes = 0;
  double synaptic_events = 0;  // spikes times out-degree
  int64_t synapses = 0;
  double build_s = 0;
  std::vector<double> rates_hz;  // mean rate of each population
};

BareResult RunW1(const BareOptions& options);
BareResult RunW2(const BareOptions& options);
BareResult RunW3Cuba(const BareOptions& options);
BareResult RunW3Coba(const BareOptions& options);
BareResult RunW4(const BareOptions& options);
BareResult RunW4Stdp(const BareOptions& options);
BareResult RunW5(const BareOptions& options);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_BARE_H_
