// SPDX-License-Identifier: Apache-2.0
//
// Bare loops: each benchmark written once more as a loop that does nothing
// else, without models, networks, recording or an interface. They show what
// speed this machine can reach, measured within minutes of spiked on the same
// processor.
//
// Every loop draws its own network with the statistics of the network file, so
// its rates agree with spiked's, but its spikes don't.

#ifndef SPIKED_TESTS_BENCHMARK_BARE_BARE_H_
#define SPIKED_TESTS_BENCHMARK_BARE_BARE_H_

#include <cstdint>
#include <vector>

namespace spiked::benchmark {

struct BareOptions {
  int threads = 1;  // used by RunW4, RunW4Stdp and RunW5 only
  double model_s = 1;
  double warm_up_s = 0;  // model time before the measurement
  uint64_t seed = 1;
};

struct BareResult {
  double wall_s = 0;  // without building and warming up
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
