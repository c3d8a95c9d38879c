// SPDX-License-Identifier: Apache-2.0
//
// Brunel's network with pair STDP between excitatory neurons; see brunel.h.
//
// Fast because there is one trace per neuron and share, which jumps by the step
// of the rule, and two passes over weights of 32 bits: one along the rows of
// arriving spikes (deliver and depress), one along an index by target for new
// spikes (potentiate). The second pass visits weights at random addresses and
// takes three quarters of the time; prefetching them far ahead helps.
//
// Plastic inputs aren't integers, so they are added up in a separate row.

#include <algorithm>
#include <cmath>

#include "tests/benchmark/bare/bare.h"
#include "tests/benchmark/bare/brunel.h"
#include "tests/benchmark/bare/buffer.h"
#include "tests/benchmark/bare/team.h"
#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {
namespace {

constexpr int kMeetingSteps = 8;  // as in w4.cc
constexpr float kStepMv = 1e-4f;
constexpr float kMaxMv = 0.3f;
constexpr int kPrefetchTargets = 512;
constexpr uint32_t kPrefetchIncoming = 64;

// Data of one share for plasticity, besides the static network.
struct alignas(128) Plastic {
  std::vector<uint32_t> end;  // [source]: end of the row's plastic part
  Buffer<float> weight;       // in mV, for every synapse of the share
  Buffer<float> pre;          // [source]: trace of arrived spikes
  Buffer<float> post;         // [local slot]
  Buffer<float> input;        // [local slot], in mV
  // Plastic synapses and their sources, by target.
  std::vector<uint32_t> incoming_begin;
  Buffer<uint32_t> incoming_synapse;
  Buffer<uint16_t> incoming_source;
};

Plastic Build(const Brunel& net, const BrunelShare& share) {
  Plastic plastic;
  const uint32_t sources = share.row.size() - 1;
  const uint32_t synapses = share.row.back();
  plastic.weight = Buffer<float>(synapses + 16);
  plastic.pre = Buffer<float>(sources);
  plastic.post = Buffer<float>(share.stride);
  plastic.input = Buffer<float>(share.stride);
  plastic.incoming_begin.resize(share.stride + 1);
  plastic.incoming_synapse = Buffer<uint32_t>(synapses + 2 * kPrefetchIncoming);
  plastic.incoming_source = Buffer<uint16_t>(synapses);
  for (uint32_t source = 0; source < sources; ++source) {
    uint32_t s = share.row[source];
    while (net.IsExcitatory(source) && s < share.row[source + 1] &&
           share.target[s] < share.inhibitory_begin) {
      plastic.weight[s] = static_cast<float>(kBrunelWeightMv);
      ++plastic.incoming_begin[share.target[s] + 1];
      ++s;
    }
    plastic.end.push_back(s);
  }
  for (uint32_t i = 0; i < share.stride; ++i) {
    plastic.incoming_begin[i + 1] += plastic.incoming_begin[i];
  }
  std::vector<uint32_t> next = plastic.incoming_begin;
  for (uint32_t source = 0; source < sources; ++source) {
    for (uint32_t s = share.row[source]; s < plastic.end[source]; ++s) {
      const uint32_t at = next[share.target[s]]++;
      plastic.incoming_synapse[at] = s;
      plastic.incoming_source[at] = static_cast<uint16_t>(source);
    }
  }
  return plastic;
}

// Adds the row of one source to the input of a share and depresses its plastic
// synapses.
void Deliver(const Brunel& net, uint32_t source, uint32_t next_source,
             BrunelShare& share, Plastic& plastic) {
  const uint32_t next_row = share.row[next_source];
  for (int i = 0; i < kPrefetchTargets; i += 32) {
    Prefetch(&share.target[next_row + i]);
    Prefetch(&plastic.weight[next_row + i / 2]);
  }
  uint32_t s = share.row[source];
  for (; s < plastic.end[source]; ++s) {
    const uint32_t target = share.target[s];
    const float w = plastic.weight[s];
    plastic.input[target] += w;
    plastic.weight[s] = std::max(w - plastic.post[target], 0.0f);
  }
  const int16_t weight = net.IsExcitatory(source) ? 1 : -5;
  for (; s < share.row[source + 1]; ++s) {
    share.input[share.target[s]] += weight;
  }
  plastic.pre[source] += kStepMv;
}

void Potentiate(uint32_t target, Plastic& plastic) {
  const uint32_t end = plastic.incoming_begin[target + 1];
  for (uint32_t k = plastic.incoming_begin[target]; k < end; ++k) {
    Prefetch(&plastic.weight[plastic.incoming_synapse[k + kPrefetchIncoming]]);
    float& w = plastic.weight[plastic.incoming_synapse[k]];
    w = std::min(w + plastic.pre[plastic.incoming_source[k]], kMaxMv);
  }
  plastic.post[target] += kStepMv;
}

void Decay(float* trace, uint32_t count) {
  const auto decay = static_cast<float>(std::exp(-0.1 / 20));
  for (uint32_t i = 0; i < count; i += 16) Vec(trace + i) *= decay;
}

void Step(const Brunel& net, int64_t step, BrunelShare& share,
          Plastic& plastic) {
  net.UpdateNeurons(share, step, plastic.input.data());
  Decay(plastic.pre.data(), share.row.size() - 1);
  Decay(plastic.post.data(), share.stride);
  const int64_t emitted = step + 1 - kBrunelDelay;
  for (const BrunelShare& from : net.shares) {
    if (emitted < 0) break;
    const auto& spikes = from.spikes[emitted % kBrunelRing];
    for (size_t k = 0; k < spikes.size(); ++k) {
      const uint32_t next = spikes[k + 1 < spikes.size() ? k + 1 : k];
      Deliver(net, spikes[k], next, share, plastic);
    }
  }
  for (uint32_t slot : share.spikes[step % kBrunelRing]) {
    const uint32_t target = slot - share.first;
    if (target < share.inhibitory_begin) Potentiate(target, plastic);
  }
}

}  // namespace

BareResult RunW4Stdp(const BareOptions& options) {
  const double build_begin = Now();
  Brunel net(options.threads, options.seed);
  std::vector<Plastic> plastic(options.threads);
  RunTeam(options.threads,
          [&](int i) { plastic[i] = Build(net, net.shares[i]); });
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
      Step(net, step, share, plastic[thread]);
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
