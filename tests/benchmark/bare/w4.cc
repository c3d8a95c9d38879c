// SPDX-License-Identifier: Apache-2.0
//
// Brunel's network with static synapses; see brunel.h.
//
// Fast because a synapse is a target of 16 bits and nothing else, since all
// synapses of a neuron have the same weight. Each thread owns its targets, so
// there are no atomics. Spikes take 15 steps to act, so threads wait for each
// other only once in eight steps.

#include <cmath>

#include "tests/benchmark/bare/bare.h"
#include "tests/benchmark/bare/brunel.h"
#include "tests/benchmark/bare/team.h"
#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {
namespace {

constexpr int kMeetingSteps = 8;  // < kBrunelDelay < kBrunelRing - this
constexpr int kPrefetchTargets = 512;

// Adds the row of one source to the input of a share. Rows are visited in
// random order, so the next row is prefetched meanwhile.
void Deliver(const Brunel& net, uint32_t source, const uint16_t* next_row,
             BrunelShare& share) {
  const int16_t weight = net.IsExcitatory(source) ? 1 : -5;
  int16_t* input = share.input.data();
  const uint16_t* target = &share.target[share.row[source]];
  const uint16_t* end = &share.target[share.row[source + 1]];
  for (int i = 0; i < kPrefetchTargets; i += 32) Prefetch(next_row + i);
  for (; target + 4 <= end; target += 4) {
    input[target[0]] += weight;
    input[target[1]] += weight;
    input[target[2]] += weight;
    input[target[3]] += weight;
  }
  for (; target != end; ++target) input[*target] += weight;
}

// Delivers the spikes that act in the next step.
void DeliverAll(const Brunel& net, int64_t step, BrunelShare& share) {
  const int64_t emitted = step + 1 - kBrunelDelay;
  if (emitted < 0) return;
  for (const BrunelShare& from : net.shares) {
    const auto& spikes = from.spikes[emitted % kBrunelRing];
    for (size_t k = 0; k < spikes.size(); ++k) {
      const uint32_t next = spikes[k + 1 < spikes.size() ? k + 1 : k];
      Deliver(net, spikes[k], &share.target[share.row[next]], share);
    }
  }
}

}  // namespace

BareResult RunW4(const BareOptions& options) {
  const double build_begin = Now();
  Brunel net(options.threads, options.seed);
  BareResult result;
  result.synapses = net.synapses;
  const auto warm_up = std::llround(options.warm_up_s * 1e4);
  const auto steps = warm_up + std::llround(options.model_s * 1e4);
  double begin = Now();
  result.build_s = begin - build_begin;
  std::vector<int64_t> counts(net.shares[0].stride * options.threads);
  SpinBarrier barrier(options.threads);
  RunTeam(options.threads, [&](int thread) {
    BrunelShare& share = net.shares[thread];
    for (int64_t step = 0; step < steps; ++step) {
      if (step % kMeetingSteps == 0 || step == warm_up) barrier.Wait();
      if (step == warm_up && thread == 0) begin = Now();
      net.UpdateNeurons(share, step, nullptr);
      DeliverAll(net, step, share);
      if (step < warm_up) continue;
      for (uint32_t slot : share.spikes[step % kBrunelRing]) ++counts[slot];
    }
    barrier.Wait();
    if (thread == 0) result.wall_s = Now() - begin;
  });
  for (uint32_t slot = 0; slot < counts.size(); ++slot) {
    result.spikes += counts[slot];
    result.synaptic_events +=
        static_cast<double>(counts[slot]) * net.OutDegree(slot);
  }
  result.rates_hz = {static_cast<double>(result.spikes) /
                     (kBrunelExcitatory + kBrunelInhibitory) / options.model_s};
  return result;
}

}  // namespace spiked::benchmark
