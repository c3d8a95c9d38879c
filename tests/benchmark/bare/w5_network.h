// SPDX-License-Identifier: Apache-2.0
//
// The cortical microcircuit of Potjans and Diesmann (2014) at full scale for
// the bare loop: 77,169 neurons, 298,880,968 synapses, built in seconds.

#ifndef SPIKED_TESTS_BENCHMARK_BARE_W5_NETWORK_H_
#define SPIKED_TESTS_BENCHMARK_BARE_W5_NETWORK_H_

#include <cstdint>
#include <vector>

#include "tests/benchmark/bare/buffer.h"

namespace spiked::benchmark {

// Populations are L2/3E, L2/3I, L4E, L4I, L5E, L5I, L6E, L6I.
inline constexpr int kW5Populations = 8;
inline constexpr uint32_t kW5Sizes[kW5Populations] = {20683, 5834, 21915, 5479,
                                                      4850,  1065, 14395, 2948};
inline constexpr double kW5BackgroundHz[kW5Populations] = {
    12800, 12000, 16800, 15200, 16000, 15200, 23200, 16800};
inline constexpr double kW5WeightPa = 87.8085;
inline constexpr double kW5RestMv = -65;
inline constexpr double kW5DtMs = 0.1;

// Weights are integers, in units of kW5WeightPa / 256.
inline constexpr int kW5WeightUnit = 256;
// Delays are below this many steps.
inline constexpr int kW5Delays = 64;
// Synapses of a source with the same delay are padded to groups of 8.
inline constexpr int kW5Group = 8;

struct W5Synapse {
  uint16_t target;  // local slot
  int16_t weight;
};

// A share of the targets, cut evenly from every population; it belongs to one
// thread. Its neurons have the slots first_slot ... + stride - 1; each
// population begins at a multiple of 64. Rows are indexed by source: the slots
// of all shares.
struct alignas(128) W5Share {
  uint32_t first_slot = 0;
  uint32_t stride = 0;
  uint32_t begin[kW5Populations + 1];  // local slots
  uint32_t size[kW5Populations];
  // [source]: the first group of its row. Rows are sorted by delay.
  Buffer<uint32_t> row;
  // [source x kW5Delays]: the number of groups with each delay. No delay is 0;
  // that entry is the row's number of synapses without padding.
  Buffer<uint16_t> groups;
  Buffer<W5Synapse> synapses;
  int64_t synapse_count = 0;
  Buffer<float> v;  // [local slot] in mV, from rest; -inf: no neuron
};

// Draws the network into one share per thread, but at least two: the slots of a
// share are numbers of 16 bits. So one thread and two threads have the same
// network.
std::vector<W5Share> BuildW5(int threads, uint64_t seed);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_W5_NETWORK_H_
