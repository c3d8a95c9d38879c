// SPDX-License-Identifier: Apache-2.0
//
// The columnar network of clients/networks/columnar.yaml: 2,000 Izhikevich
// neurons in 20 columns, 109,000 plastic synapses, delays of 1 to 19 ms.
//
// Fast because traces belong to neurons, not to synapses. Spikes are delivered
// just before the step in which they arrive, so the input is one row; rows of
// synapses are sorted by delay. A ring holds the presynaptic traces of the last
// steps twice, so that a synapse finds its trace at a constant distance.

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/benchmark/bare/bare.h"
#include "tests/benchmark/bare/buffer.h"
#include "tests/benchmark/bare/izhikevich.h"
#include "tests/benchmark/bare/random.h"
#include "tests/benchmark/bare/team.h"
#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {
namespace {

constexpr int kNeurons = 2000;  // 125 vectors
constexpr int kDelays = 19;
constexpr int kRing = 32;  // steps whose traces and spikes are kept
constexpr float kStep = 0.1f;
constexpr float kMax = 4;

// Layers as in the file: motor, sensory, afferent, efferent, internal.
enum Layer { kMotor, kSensory, kAfferent, kEfferent, kInternal };
Layer LayerOf(int n) { return n < 800 ? Layer(n / 200) : kInternal; }
int ColumnOf(int n) { return n < 800 ? n % 200 / 10 : (n - 800) / 60; }

double Probability(int source, int target) {
  const Layer from = LayerOf(source);
  const Layer to = LayerOf(target);
  if (ColumnOf(source) != ColumnOf(target)) {
    return from == kEfferent && to == kAfferent ? 0.3 : 0;
  }
  if (source == target) return 0;
  if (from == to) return from == kInternal ? 0.8 : 0.4;
  if (to == kInternal) return from == kSensory || from == kAfferent ? 0.8 : 0;
  return from == kInternal && (to == kMotor || to == kEfferent) ? 0.8 : 0;
}

// An incoming synapse of a neuron. `trace` is the position of the source's
// trace of arrived spikes, relative to the row of the current step.
struct Incoming {
  uint32_t synapse;
  int32_t trace;
};

struct Net {
  std::vector<uint16_t> target;
  std::vector<float> weight;
  std::vector<uint32_t> begin;  // [source x delay]: first synapse
  std::vector<Incoming> incoming;
  std::vector<uint32_t> incoming_begin;
};

Net Build(uint64_t seed) {
  struct Synapse {
    int target, delay;
  };
  Net net;
  BuildRandom random(seed);
  std::vector<std::vector<Incoming>> incoming(kNeurons);
  for (int source = 0; source < kNeurons; ++source) {
    // Draws the synapses of a source and sorts them by delay.
    std::vector<Synapse> row;
    for (int target = 0; target < kNeurons; ++target) {
      const double p = Probability(source, target);
      if (p == 0 || random.Uniform() > p) continue;
      row.push_back({target, 1 + static_cast<int>(random.Below(kDelays))});
    }
    std::stable_sort(
        row.begin(), row.end(),
        [](const Synapse& a, const Synapse& b) { return a.delay < b.delay; });
    auto next = row.begin();
    for (int delay = 1; delay <= kDelays; ++delay) {
      net.begin.push_back(net.target.size());
      for (; next != row.end() && next->delay == delay; ++next) {
        incoming[next->target].push_back(
            {static_cast<uint32_t>(net.target.size()),
             (1 - delay) * kNeurons + source});
        net.target.push_back(next->target);
        const auto size = static_cast<float>(0.5 + 3.5 * random.Uniform());
        net.weight.push_back(random.Below(5) == 0 ? -size : size);
      }
    }
  }
  net.begin.push_back(net.target.size());
  for (const auto& list : incoming) {
    net.incoming_begin.push_back(net.incoming.size());
    net.incoming.insert(net.incoming.end(), list.begin(), list.end());
  }
  net.incoming_begin.push_back(net.incoming.size());
  return net;
}

}  // namespace

BareResult RunW2(const BareOptions& options) {
  const double build_begin = Now();
  Net net = Build(options.seed);
  LoopRandom random(options.seed);
  Buffer<float> v(kNeurons), u(kNeurons), input(kNeurons), post(kNeurons);
  Buffer<float> traces(size_t{2} * kRing * kNeurons);
  std::vector<uint32_t> spikes[kRing];
  std::fill_n(v.data(), kNeurons, -65.0f);
  std::fill_n(u.data(), kNeurons, -13.0f);
  const auto decay = static_cast<float>(std::exp(-1 / 20.0));
  BareResult result;
  result.synapses = static_cast<int64_t>(net.target.size());
  const auto warm_up = std::llround(options.warm_up_s * 1e3);
  const auto steps = warm_up + std::llround(options.model_s * 1e3);
  double begin = Now();
  result.build_s = begin - build_begin;
  for (int64_t step = 0; step < steps; ++step) {
    if (step == warm_up) begin = Now();
    const int64_t row = step % kRing;
    const float* last = &traces[(row + kRing - 1) % kRing * kNeurons];
    float* now = &traces[(row + kRing) * kNeurons];
    std::vector<uint32_t>& spiking = spikes[row];
    spiking.clear();
    // Neurons, traces and spikes of this step.
    for (int i = 0; i < kNeurons; i += 16) {
      const F32x16 noise =
          __builtin_convertvector(random() >> 8, F32x16) * (5 * 0x1p-24f);
      F32x16 recovery = Vec(&u[i]);
      const F32x16 potential =
          TwoHalfSteps(Vec(&v[i]), recovery, Vec(&input[i]) + noise);
      recovery += (potential * 0.2f - recovery) * 0.02f;
      const I32x16 spiked = potential >= 30.0f;
      Vec(&v[i]) = spiked ? F32x16{} - 65.0f : potential;
      Vec(&u[i]) = spiked ? recovery + 2.0f : recovery;
      Vec(&input[i]) = F32x16{};
      Vec(&post[i]) *= decay;
      const F32x16 trace = Vec(last + i) * decay;
      Vec(now + i) = spiked ? trace + kStep : trace;
      Vec(now - kRing * kNeurons + i) = spiked ? trace + kStep : trace;
      ForEachBit(Bits(spiked), i, [&](uint32_t n) { spiking.push_back(n); });
    }
    // Deliver the arrivals of the next step, which depress their synapses.
    for (int delay = 1; delay <= std::min<int64_t>(kDelays, step + 1);
         ++delay) {
      for (uint32_t source : spikes[(step + 1 - delay) % kRing]) {
        const uint32_t at = source * kDelays + delay - 1;
        for (uint32_t s = net.begin[at]; s < net.begin[at + 1]; ++s) {
          const uint32_t target = net.target[s];
          const float w = net.weight[s];
          input[target] += w;
          net.weight[s] = std::clamp(w - post[target], -kMax, kMax);
        }
      }
    }
    // Spikes of this step potentiate synapses by the spikes that have arrived
    // before.
    for (uint32_t target : spiking) {
      post[target] += kStep;
      const uint32_t end = net.incoming_begin[target + 1];
      for (uint32_t k = net.incoming_begin[target]; k < end; ++k) {
        const Incoming& in = net.incoming[k];
        float& w = net.weight[in.synapse];
        w = std::min(w + now[in.trace], kMax);
      }
      if (step >= warm_up) {
        ++result.spikes;
        result.synaptic_events +=
            net.begin[(target + 1) * kDelays] - net.begin[target * kDelays];
      }
    }
  }
  result.wall_s = Now() - begin;
  result.rates_hz = {static_cast<double>(result.spikes) / kNeurons /
                     options.model_s};
  return result;
}

}  // namespace spiked::benchmark
