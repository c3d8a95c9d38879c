// SPDX-License-Identifier: Apache-2.0
//
// The microcircuit of Potjans and Diesmann (2014); see w5_network.h.
//
// Fast because, in order of effect:
//  - A row is cut by delay, and each segment is delivered in the step before it
//    acts, not when its source spikes. The input is one row of 16-bit integers,
//    77 KB per thread with two of them, which stays in the cache; and the
//    segments due are known in advance, so they are prefetched exactly.
//  - Segments consist of groups of 8 synapses. Segments due are flattened to a
//    list of groups, so no branch of the delivery depends on the data.
//  - Sums of integers have no order: each thread delivers to its own targets,
//    without atomics. (Overflow isn't checked: the extremes of this network are
//    below half of what 16 bits hold.)
//  - Background by an alias table in one register; V = -inf while refractory.

#include <algorithm>
#include <cmath>

#include "tests/benchmark/bare/bare.h"
#include "tests/benchmark/bare/buffer.h"
#include "tests/benchmark/bare/poisson.h"
#include "tests/benchmark/bare/random.h"
#include "tests/benchmark/bare/team.h"
#include "tests/benchmark/bare/vector.h"
#include "tests/benchmark/bare/w5_network.h"

namespace spiked::benchmark {
namespace {

constexpr int kRefractorySteps = 20;
constexpr double kTauMembraneMs = 10;
constexpr double kTauSynapseMs = 0.5;
constexpr double kCapacitancePf = 250;
constexpr float kThresholdMv = 15;   // from rest
constexpr uint32_t kLookahead = 64;  // groups prefetched ahead

// Groups first ... first + count - 1 of a share, to be delivered.
struct Segment {
  uint32_t first;
  uint32_t count;
};

// The state of one share while it runs.
struct alignas(128) Runner {
  Runner(const W5Share& share, size_t slots)
      : current(share.stride), input(share.stride), counts(slots) {}

  Buffer<float> current;  // in units of kW5WeightPa / 256
  Buffer<int16_t> input;  // the same, for the coming step
  // Segments to deliver at the end of a step, [step % kW5Delays], and their
  // numbers.
  std::vector<Segment> due[kW5Delays];
  size_t due_count[kW5Delays] = {};
  std::vector<uint32_t> groups;     // scratch
  std::vector<uint32_t> spikes[2];  // slots, by parity of the step
  std::vector<uint32_t> refractory[kRefractorySteps + 1];  // local slots
  std::vector<int64_t> counts;  // [slot]: measured spikes
};

struct Factors {
  float decay_v = std::exp(-kW5DtMs / kTauMembraneMs);
  float decay_current = std::exp(-kW5DtMs / kTauSynapseMs);
  float gain = kTauSynapseMs * kTauMembraneMs / kCapacitancePf /
               (kTauMembraneMs - kTauSynapseMs) *
               (std::exp(-kW5DtMs / kTauMembraneMs) -
                std::exp(-kW5DtMs / kTauSynapseMs)) *
               kW5WeightPa / kW5WeightUnit;
};

void UpdateNeurons(int64_t step, uint64_t seed, const PoissonTable* background,
                   W5Share& share, Runner& runner) {
  static const Factors factors;
  const Factors f = factors;
  auto& refractory = runner.refractory[step % (kRefractorySteps + 1)];
  for (const uint32_t i : refractory) share.v[i] = 0;  // 21 steps ago
  refractory.clear();
  auto& spikes = runner.spikes[step % 2];
  spikes.clear();
  for (int p = 0; p < kW5Populations; ++p) {
    for (uint32_t i = share.begin[p]; i < share.begin[p + 1]; i += 64) {
      const uint32_t block = (share.first_slot + i) / 64;
      const Draws draws = Philox(seed, block, step);
      const uint64_t key =
          SplitMix(seed) ^ uint64_t { block } << 40 ^ step << 6;
      for (int half = 0; half < 2; ++half) {
        int16_t* input = &runner.input[i + 32 * half];
        // Input of 32 neurons, in units of kW5WeightPa / 256.
        const I16x32 sum =
            Vec(input) +
            background[p].Draw(half == 0 ? draws.first : draws.second,
                               key + 32 * half) *
                static_cast<int16_t>(kW5WeightUnit);
        Vec(input) = I16x32{};
        for (int quarter = 0; quarter < 2; ++quarter) {
          const uint32_t at = i + 32 * half + 16 * quarter;
          F32x16& current = Vec(&runner.current[at]);
          const F32x16 v = Vec(&share.v[at]) * f.decay_v + current * f.gain;
          current = current * f.decay_current + ToFloat(sum, quarter);
          Vec(&share.v[at]) = v;
          ForEachBit(Bits(v >= kThresholdMv), at, [&](uint32_t n) {
            share.v[n] = -INFINITY;
            spikes.push_back(share.first_slot + n);
            refractory.push_back(n);
          });
        }
      }
    }
  }
}

// Cuts the row of a source into segments and schedules each for the step in
// which it is due.
void Schedule(uint32_t source, int64_t step, const W5Share& share,
              Runner& runner) {
  const uint16_t* groups = &share.groups[size_t{source} * kW5Delays];
  const uint32_t end = share.row[source + 1];
  uint32_t group = share.row[source];
  for (int delay = 1; group != end; ++delay) {
    const size_t slot = (step + delay - 1) % kW5Delays;
    // Stored without a condition, but counted only if it isn't empty.
    runner.due[slot][runner.due_count[slot]] = {group, groups[delay]};
    runner.due_count[slot] += groups[delay] != 0;
    group += groups[delay];
  }
}

void ScheduleAll(const std::vector<Runner>& runners, int64_t step,
                 const W5Share& share, Runner& runner) {
  // Prefetch the rows, make room for their segments, and schedule them.
  size_t count = 0;
  for (const Runner& from : runners) {
    for (const uint32_t source : from.spikes[step % 2]) {
      Prefetch(&share.row[source]);
      Prefetch(&share.groups[size_t{source} * kW5Delays]);
      Prefetch(&share.groups[size_t{source} * kW5Delays + kW5Delays / 2]);
    }
    count += from.spikes[step % 2].size();
  }
  for (int slot = 0; slot < kW5Delays; ++slot) {
    const size_t needed = runner.due_count[slot] + count;
    if (runner.due[slot].size() < needed) runner.due[slot].resize(2 * needed);
  }
  for (const Runner& from : runners) {
    for (const uint32_t source : from.spikes[step % 2]) {
      Schedule(source, step, share, runner);
    }
  }
}

// Delivers the segments that act in the next step.
void Deliver(int64_t step, const W5Share& share, Runner& runner) {
  const size_t slot = step % kW5Delays;
  const Segment* segments = runner.due[slot].data();
  const size_t segment_count = runner.due_count[slot];
  runner.due_count[slot] = 0;
  // Flatten the segments to a list of groups.
  constexpr uint32_t kSlack = 16;
  size_t most = kLookahead + kSlack;
  for (size_t k = 0; k < segment_count; ++k) most += segments[k].count;
  if (runner.groups.size() < most) runner.groups.resize(2 * most);
  uint32_t* groups = runner.groups.data();
  const U32x16 ascending = {0, 1, 2,  3,  4,  5,  6,  7,
                            8, 9, 10, 11, 12, 13, 14, 15};
  uint32_t count = 0;
  for (size_t k = 0; k < segment_count; ++k) {
    // Most segments have less than 16 groups: one store without a condition.
    for (uint32_t i = 0; i < segments[k].count; i += kSlack) {
      const U32x16 next = ascending + (segments[k].first + i);
      std::memcpy(groups + count + i, &next, sizeof(next));
    }
    count += segments[k].count;
  }
  std::fill_n(groups + count, kLookahead, 0);  // prefetched but not delivered

  // Deliver the groups, prefetching kLookahead of them ahead.
  const W5Synapse* synapses = share.synapses.data();
  int16_t* input = runner.input.data();
  for (uint32_t k = 0; k < std::min(count, kLookahead); ++k) {
    Prefetch(synapses + size_t{groups[k]} * kW5Group);
  }
  for (uint32_t k = 0; k < count; ++k) {
    Prefetch(synapses + size_t{groups[k + kLookahead]} * kW5Group);
    uint64_t pairs[kW5Group / 2];  // two synapses per load
    std::memcpy(pairs, synapses + size_t{groups[k]} * kW5Group, sizeof(pairs));
    for (const uint64_t pair : pairs) {
      input[pair & 0xffff] += static_cast<int16_t>(pair >> 16);
      input[pair >> 32 & 0xffff] += static_cast<int16_t>(pair >> 48);
    }
  }
}

// Adds up the spikes measured by all threads.
void Count(const std::vector<W5Share>& shares, std::vector<Runner>& runners,
           double model_s, BareResult* result) {
  result->rates_hz.resize(kW5Populations);
  for (size_t t = 0; t < shares.size(); ++t) {
    result->synapses += shares[t].synapse_count;
    for (int p = 0; p < kW5Populations; ++p) {
      for (uint32_t i = 0; i < shares[t].size[p]; ++i) {
        const uint32_t slot = shares[t].first_slot + shares[t].begin[p] + i;
        const int64_t spikes = runners[t].counts[slot];
        result->spikes += spikes;
        result->rates_hz[p] +=
            static_cast<double>(spikes) / kW5Sizes[p] / model_s;
        for (const W5Share& to : shares) {
          result->synaptic_events +=
              static_cast<double>(spikes * to.groups[size_t{slot} * kW5Delays]);
        }
      }
    }
  }
}

}  // namespace

BareResult RunW5(const BareOptions& options) {
  const double build_begin = Now();
  std::vector<W5Share> shares = BuildW5(options.threads, options.seed);
  std::vector<Runner> runners;
  for (const W5Share& share : shares) {
    runners.emplace_back(share,
                         shares.back().first_slot + shares.back().stride);
  }
  std::vector<PoissonTable> background;
  for (const double hz : kW5BackgroundHz) {
    background.emplace_back(hz * kW5DtMs / 1e3);
  }
  const auto warm_up = std::llround(options.warm_up_s * 1e3 / kW5DtMs);
  const auto steps = warm_up + std::llround(options.model_s * 1e3 / kW5DtMs);
  BareResult result;
  double begin = Now();
  result.build_s = begin - build_begin;
  SpinBarrier barrier(options.threads);
  RunTeam(options.threads, [&](int thread) {
    const auto for_each_share = [&](auto work) {
      for (size_t k = thread; k < shares.size(); k += options.threads) {
        work(shares[k], runners[k]);
      }
    };
    for (int64_t step = 0; step < steps; ++step) {
      if (step == warm_up) {
        barrier.Wait();
        if (thread == 0) begin = Now();
      }
      for_each_share([&](W5Share& share, Runner& runner) {
        UpdateNeurons(step, options.seed, background.data(), share, runner);
      });
      barrier.Wait();
      for_each_share([&](W5Share& share, Runner& runner) {
        ScheduleAll(runners, step, share, runner);
        Deliver(step, share, runner);
        if (step < warm_up) return;
        for (const uint32_t slot : runner.spikes[step % 2]) {
          ++runner.counts[slot];
        }
      });
    }
    barrier.Wait();
    if (thread == 0) result.wall_s = Now() - begin;
  });
  Count(shares, runners, options.model_s, &result);
  return result;
}

}  // namespace spiked::benchmark
