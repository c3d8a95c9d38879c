// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/bare/w5_network.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tests/benchmark/bare/random.h"
#include "tests/benchmark/bare/team.h"

namespace spiked::benchmark {
namespace {

// Probability of at least one synapse, [target][source].
constexpr double kConnected[kW5Populations][kW5Populations] = {
    {.1009, .1689, .0437, .0818, .0323, 0, .0076, 0},
    {.1346, .1371, .0316, .0515, .0755, 0, .0042, 0},
    {.0077, .0059, .0497, .135, .0067, .0003, .0453, 0},
    {.0691, .0029, .0794, .1597, .0033, 0, .1057, 0},
    {.1004, .0622, .0505, .0057, .0831, .3726, .0204, 0},
    {.0548, .0269, .0257, .0022, .06, .3158, .0086, 0},
    {.0156, .0066, .0211, .0166, .0572, .0197, .0396, .2252},
    {.0364, .001, .0034, .0005, .0277, .008, .0658, .1443},
};
constexpr double kVMeanMv[kW5Populations] = {-68.28, -63.16, -63.33, -63.45,
                                             -63.11, -61.66, -66.72, -61.43};
constexpr double kVStdMv[kW5Populations] = {5.36, 4.57, 4.74, 4.94,
                                            4.94, 4.55, 5.46, 4.48};

// Draws a normal number rounded to an integer from 32 random bits by the
// inverse of its distribution. A table by the upper 12 bits tells where the
// search begins.
class RoundedNormal {
 public:
  // Numbers below `min` are redrawn before they are rounded.
  RoundedNormal(double mean, double std, double min) {
    const auto below = [&](double x) {
      return 0.5 * std::erfc((mean - x) / std / std::sqrt(2.0));
    };
    first_ = static_cast<int>(std::lround(std::max(min, mean - 7 * std)));
    const int last = static_cast<int>(std::lround(mean + 7 * std));
    const double left_out = below(min);
    for (int k = first_; k <= last; ++k) {
      const double p = (below(k + 0.5) - left_out) / (1 - left_out);
      below_.push_back(static_cast<uint64_t>(p * 0x1p32));
    }
    below_.back() = uint64_t{1} << 32;
    uint16_t k = 0;
    for (uint64_t i = 0; i < 4096; ++i) {
      while (below_[k] <= i << 20) ++k;
      start_.push_back(k);
    }
  }

  int operator()(uint32_t random) const {
    int k = start_[random >> 20];
    while (random >= below_[k]) ++k;
    return first_ + k;
  }

 private:
  int first_;
  std::vector<uint64_t> below_;  // probability of up to first + k, in 2^-32
  std::vector<uint16_t> start_;
};

constexpr double kNoMin = -std::numeric_limits<double>::infinity();
const RoundedNormal& Weight(int source, int target) {
  // Weights in units. Their signs can't change: 0 is 10 standard deviations
  // away.
  static const RoundedNormal excitatory(256, 25.6, kNoMin);
  static const RoundedNormal doubled(512, 51.2, kNoMin);
  static const RoundedNormal inhibitory(-1024, 102.4, kNoMin);
  if (source % 2 == 1) return inhibitory;
  return source == 2 && target == 0 ? doubled : excitatory;
}
const RoundedNormal& Delay(int source) {
  static const RoundedNormal excitatory(15, 7.5, 1);
  static const RoundedNormal inhibitory(7.5, 3.75, 1);
  return source % 2 == 0 ? excitatory : inhibitory;
}

// Divides populations and slots into shares.
std::vector<W5Share> Divide(uint32_t threads) {
  std::vector<W5Share> shares(threads);
  uint32_t first_slot = 0;
  for (uint32_t t = 0; t < threads; ++t) {
    W5Share& share = shares[t];
    for (int p = 0; p < kW5Populations; ++p) {
      share.size[p] =
          kW5Sizes[p] * (t + 1) / threads - kW5Sizes[p] * t / threads;
      share.begin[p] = share.stride;
      share.stride += (share.size[p] + 63) / 64 * 64;
    }
    share.begin[kW5Populations] = share.stride;
    share.first_slot = first_slot;
    first_slot += share.stride;
  }
  return shares;
}

// The number of synapses between two populations whose targets are in a share.
// Every thread computes the same numbers.
int64_t CountIn(const std::vector<W5Share>& shares, size_t index, int source,
                int target, uint64_t seed) {
  const double pairs = static_cast<double>(kW5Sizes[source]) * kW5Sizes[target];
  int64_t left = std::llround(std::log(1 - kConnected[target][source]) /
                              std::log((pairs - 1) / pairs));
  double targets_left = kW5Sizes[target];
  BuildRandom random(seed * 1'000 + target * kW5Populations + source);
  for (size_t t = 0;; ++t) {
    const double p = std::min(1.0, shares[t].size[target] / targets_left);
    const int64_t count = std::binomial_distribution<int64_t>(left, p)(random);
    if (t == index) return count;
    left -= count;
    targets_left -= shares[t].size[target];
  }
}

// Draws the number of synapses from each source to each population of a share,
// [target population x slot].
std::vector<uint16_t> DrawOutDegrees(const std::vector<W5Share>& shares,
                                     size_t index, uint64_t seed) {
  const uint32_t slots = shares.back().first_slot + shares.back().stride;
  std::vector<uint16_t> degrees(size_t{kW5Populations} * slots);
  BuildRandom random(seed * 1'000 + 100 + index);
  for (int source = 0; source < kW5Populations; ++source) {
    std::vector<uint32_t> neurons;
    for (const W5Share& share : shares) {
      for (uint32_t i = 0; i < share.size[source]; ++i) {
        neurons.push_back(share.first_slot + share.begin[source] + i);
      }
    }
    for (int target = 0; target < kW5Populations; ++target) {
      if (kConnected[target][source] == 0) continue;
      const int64_t count = CountIn(shares, index, source, target, seed);
      uint16_t* degree = &degrees[size_t{slots} * target];
      for (int64_t k = 0; k < count; ++k) {
        ++degree[neurons[random.Below(neurons.size())]];
      }
    }
  }
  return degrees;
}

// Draws the synapses from one source, sorts them by delay and pads them. The
// padding has weight 0 and random targets: one target for all of it would make
// the additions wait for each other. Returns the first group after the row.
uint32_t BuildRow(int population, uint32_t slot, uint32_t first_group,
                  const uint16_t* degrees, size_t slots, BuildRandom& random,
                  std::vector<std::pair<W5Synapse, uint8_t>>& scratch,
                  W5Share& share) {
  scratch.clear();
  uint16_t* groups = &share.groups[size_t{slot} * kW5Delays];
  for (int target = 0; target < kW5Populations; ++target) {
    const RoundedNormal& weight = Weight(population, target);
    const RoundedNormal& delay = Delay(population);
    for (int k = degrees[target * slots + slot]; k > 0; --k) {
      const uint64_t bits = random();
      const int d = std::min(delay(static_cast<uint32_t>(bits)), kW5Delays - 1);
      const W5Synapse synapse = {
          static_cast<uint16_t>(share.begin[target] +
                                ((bits >> 32) * share.size[target] >> 32)),
          static_cast<int16_t>(weight(random() >> 32))};
      scratch.push_back({synapse, static_cast<uint8_t>(d)});
      ++groups[d];
    }
  }
  uint32_t next[kW5Delays];  // where the next synapse with this delay goes
  uint32_t group = first_group;
  for (int d = 1; d < kW5Delays; ++d) {
    const uint32_t count = groups[d];
    groups[d] = (count + kW5Group - 1) / kW5Group;
    next[d] = group * kW5Group;
    group += groups[d];
    for (uint32_t i = next[d] + count; i < group * kW5Group; ++i) {
      share.synapses[i].target = random.Below(share.stride);
    }
  }
  for (const auto& [synapse, d] : scratch) share.synapses[next[d]++] = synapse;
  groups[0] = scratch.size();
  share.synapse_count += static_cast<int64_t>(scratch.size());
  return group;
}

void BuildShare(const std::vector<W5Share>& shares, size_t index, uint64_t seed,
                W5Share& share) {
  const std::vector<uint16_t> degrees = DrawOutDegrees(shares, index, seed);
  const size_t slots = degrees.size() / kW5Populations;
  share.row = Buffer<uint32_t>(slots + 1);
  share.groups = Buffer<uint16_t>(slots * kW5Delays);
  // Room for more than enough synapses; untouched memory costs nothing.
  share.synapses =
      Buffer<W5Synapse>(300'000'000 / shares.size() + slots * kW5Delays * 8);
  BuildRandom random(seed * 1'000 + 200 + index);
  std::vector<std::pair<W5Synapse, uint8_t>> scratch;
  uint32_t group = 0;
  uint32_t slot = 0;
  for (const W5Share& from : shares) {
    for (int p = 0; p < kW5Populations; ++p) {
      for (uint32_t i = from.begin[p]; i < from.begin[p + 1]; ++i, ++slot) {
        share.row[slot] = group;
        group = BuildRow(p, slot, group, degrees.data(), slots, random, scratch,
                         share);
      }
    }
  }
  share.row[slot] = group;

  share.v = Buffer<float>(share.stride);
  std::fill_n(share.v.data(), share.stride, -INFINITY);
  std::normal_distribution<double> normal;
  for (int p = 0; p < kW5Populations; ++p) {
    for (uint32_t i = 0; i < share.size[p]; ++i) {
      share.v[share.begin[p] + i] = static_cast<float>(
          kVMeanMv[p] + kVStdMv[p] * normal(random) - kW5RestMv);
    }
  }
}

}  // namespace

std::vector<W5Share> BuildW5(int threads, uint64_t seed) {
  std::vector<W5Share> shares = Divide(std::max(threads, 2));
  RunTeam(threads, [&](int thread) {
    for (size_t k = thread; k < shares.size(); k += threads) {
      BuildShare(shares, k, seed, shares[k]);
    }
  });
  return shares;
}

}  // namespace spiked::benchmark
