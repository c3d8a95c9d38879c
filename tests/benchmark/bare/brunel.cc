// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/bare/brunel.h"

#include <cmath>
#include <limits>

#include "tests/benchmark/bare/random.h"
#include "tests/benchmark/bare/team.h"
#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int kRefractorySteps = 20;
constexpr double kConnected = 0.1;

uint32_t RoundUp(uint32_t n) { return (n + 63) / 64 * 64; }

// Draws the synapses from all sources to a share, and the initial potentials of
// its neurons.
void BuildShare(const std::vector<BrunelShare>& shares, int index,
                uint64_t seed, BrunelShare& share) {
  const auto threads = static_cast<int>(shares.size());
  const uint32_t excitatory = kBrunelExcitatory / threads;
  const uint32_t inhibitory = kBrunelInhibitory / threads;
  const uint32_t padding = share.inhibitory_begin - excitatory;
  BuildRandom random(seed * 1'000 + index);
  share.target = Buffer<uint16_t>(
      static_cast<size_t>((kBrunelExcitatory + kBrunelInhibitory) * 0.11 *
                          (excitatory + inhibitory)));
  uint32_t count = 0;
  for (uint32_t slot = 0; slot < share.stride * threads; ++slot) {
    share.row.push_back(count);
    const uint32_t local = slot % share.stride;
    const bool is_neuron = local < share.inhibitory_begin
                               ? local < excitatory
                               : local < share.inhibitory_begin + inhibitory;
    if (!is_neuron) continue;
    ForRandomSubset(random, kConnected, excitatory + inhibitory,
                    [&](uint32_t target) {
                      share.target[count++] =
                          target < excitatory ? target : target + padding;
                    });
  }
  share.row.push_back(count);

  share.v = Buffer<float>(share.stride);
  share.input = Buffer<int16_t>(share.stride);
  for (uint32_t i = 0; i < share.stride; ++i) share.v[i] = -kInfinity;
  for (uint32_t n = 0; n < excitatory + inhibitory; ++n) {
    share.v[n < excitatory ? n : n + padding] =
        static_cast<float>(20 * random.Uniform());
  }
}

}  // namespace

Brunel::Brunel(int threads, uint64_t seed) : shares(threads), seed(seed) {
  for (int i = 0; i < threads; ++i) {
    shares[i].inhibitory_begin = RoundUp(kBrunelExcitatory / threads);
    shares[i].stride =
        shares[i].inhibitory_begin + RoundUp(kBrunelInhibitory / threads);
    shares[i].first = shares[i].stride * i;
  }
  RunTeam(threads,
          [&](int i) { BuildShare(shares, i, this->seed, shares[i]); });
  for (const BrunelShare& share : shares) synapses += share.row.back();
}

int64_t Brunel::OutDegree(uint32_t slot) const {
  int64_t degree = 0;
  for (const BrunelShare& share : shares) {
    degree += share.row[slot + 1] - share.row[slot];
  }
  return degree;
}

void Brunel::UpdateNeurons(BrunelShare& share, int64_t step,
                           float* plastic_input) const {
  const auto decay = static_cast<float>(std::exp(-0.1 / 20));
  const auto weight = static_cast<float>(kBrunelWeightMv);
  // Neurons that spiked 21 steps ago return to V_reset.
  const int64_t back = step - kRefractorySteps - 1;
  if (back >= 0) {
    for (uint32_t slot : share.spikes[back % kBrunelRing]) {
      share.v[slot - share.first] = 0;
    }
  }
  std::vector<uint32_t>& spiking = share.spikes[step % kBrunelRing];
  spiking.clear();
  for (uint32_t i = 0; i < share.stride; i += 64) {
    const uint32_t block = (share.first + i) / 64;
    const Draws draws = Philox(seed, block, step);
    const uint64_t key = SplitMix(seed) ^ (uint64_t{block} << 40) ^ step << 6;
    for (int half = 0; half < 2; ++half) {
      int16_t* input = &share.input[i + 32 * half];
      // Input of 32 neurons, in units of 0.1 mV.
      const I16x32 sum =
          Vec(input) + background.Draw(half == 0 ? draws.first : draws.second,
                                       key + 32 * half);
      Vec(input) = I16x32{};
      // Potentials and spikes, 16 neurons at a time.
      for (int quarter = 0; quarter < 2; ++quarter) {
        const uint32_t at = i + 32 * half + 16 * quarter;
        F32x16 v = Vec(&share.v[at]) * decay + ToFloat(sum, quarter) * weight;
        if (plastic_input != nullptr) {
          v += Vec(plastic_input + at);
          Vec(plastic_input + at) = F32x16{};
        }
        Vec(&share.v[at]) = v;
        ForEachBit(Bits(v >= 20.0f), at, [&](uint32_t n) {
          share.v[n] = -kInfinity;
          spiking.push_back(share.first + n);
        });
      }
    }
  }
}

}  // namespace spiked::benchmark
