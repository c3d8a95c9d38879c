// SPDX-License-Identifier: Apache-2.0
//
// The static graph and the neurons of Brunel's network (2000), shared by two
// bare loops. 10,000 excitatory and 2,500 inhibitory neurons, every pair
// connected with a probability of 0.1, delta synapses of 0.1 and -0.5 mV.
//
// Fast because all weights are multiples of 0.1 mV, so the input of a neuron,
// background included, is a small integer, and all inputs of 16 bits fit into
// the L1 cache. While a neuron is refractory its potential is -inf, which
// survives the update without a branch.

#ifndef SPIKED_TESTS_BENCHMARK_BARE_BRUNEL_H_
#define SPIKED_TESTS_BENCHMARK_BARE_BRUNEL_H_

#include <cstdint>
#include <vector>

#include "tests/benchmark/bare/buffer.h"
#include "tests/benchmark/bare/poisson.h"

namespace spiked::benchmark {

inline constexpr int kBrunelExcitatory = 10'000;
inline constexpr int kBrunelInhibitory = 2'500;
inline constexpr int kBrunelDelay = 15;  // steps of 0.1 ms
inline constexpr int kBrunelRing = 32;   // steps whose spikes are remembered
inline constexpr double kBrunelWeightMv = 0.1;

// One thread's share of the targets, cut evenly from both populations; their
// slots are `first` ... first + stride - 1, the excitatory ones before the
// inhibitory ones, each padded to 64. Rows are indexed by source: the slots of
// all shares.
struct alignas(128) BrunelShare {
  uint32_t first = 0;
  uint32_t inhibitory_begin = 0;  // local slot
  uint32_t stride = 0;
  std::vector<uint32_t> row;  // [all slots + 1]: begin of targets
  Buffer<uint16_t> target;    // local slots, ascending in each row
  Buffer<float> v;            // in mV; -inf while refractory
  Buffer<int16_t> input;      // in units of 0.1 mV
  std::vector<uint32_t> spikes[kBrunelRing];  // slots, by step
};

struct Brunel {
  explicit Brunel(int threads, uint64_t seed);

  bool IsExcitatory(uint32_t slot) const {
    return slot % shares[0].stride < shares[0].inhibitory_begin;
  }
  // The number of synapses that leave a slot.
  int64_t OutDegree(uint32_t slot) const;

  // Updates the neurons of one share by a step, with background and
  // refractoriness, and stores their spikes in `spikes`. `plastic_input`, in
  // mV, one for each slot of the share, is added and cleared unless it is null.
  void UpdateNeurons(BrunelShare& share, int64_t step,
                     float* plastic_input) const;

  std::vector<BrunelShare> shares;
  PoissonTable background{2};  // 20 kHz for 0.1 ms
  uint64_t seed;
  int64_t synapses = 0;
};

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_BRUNEL_H_
