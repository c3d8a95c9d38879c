// SPDX-License-Identifier: Apache-2.0
//
// Izhikevich's network of 2003: 800 + 200 neurons, every pair connected.
//
// Fast because the weights are a dense matrix: a spike adds one row to the
// input, 16 numbers at a time and without indices. All data but the matrix
// stays in the L1 cache.

#include <cmath>
#include <vector>

#include "tests/benchmark/bare/bare.h"
#include "tests/benchmark/bare/buffer.h"
#include "tests/benchmark/bare/izhikevich.h"
#include "tests/benchmark/bare/normal.h"
#include "tests/benchmark/bare/random.h"
#include "tests/benchmark/bare/team.h"
#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {
namespace {

constexpr int kExcitatory = 800;
constexpr int kNeurons = 1000;
constexpr int kStride = 1024;     // neurons, padded to pairs of vectors
constexpr int kRowStride = 1008;  // not a power of two: rows would share sets

struct Net {
  Buffer<float> a{kStride}, b{kStride}, c{kStride}, d{kStride};
  Buffer<float> noise{kStride};  // standard deviation
  Buffer<float> v{kStride}, u{kStride}, input{kStride};
  Buffer<float> weights{size_t{kNeurons} * kRowStride};
};

Net Build(uint64_t seed) {
  Net net;
  BuildRandom random(seed);
  for (int i = 0; i < kStride; ++i) {
    const auto r = static_cast<float>(random.Uniform());
    const bool excitatory = i < kExcitatory;
    net.a[i] = excitatory ? 0.02f : 0.02f + 0.08f * r;
    net.b[i] = excitatory ? 0.2f : 0.25f - 0.05f * r;
    net.c[i] = excitatory ? -65 + 15 * r * r : -65;
    net.d[i] = excitatory ? 8 - 6 * r * r : 2;
    net.noise[i] = excitatory ? 5 : i < kNeurons ? 2 : 0;
    net.v[i] = -65;
    net.u[i] = net.b[i] * -65;
  }
  for (int source = 0; source < kNeurons; ++source) {
    for (int target = 0; target < kNeurons; ++target) {
      const double scale = source < kExcitatory ? 0.5 : -1;
      net.weights[size_t{kRowStride} * source + target] =
          static_cast<float>(scale * random.Uniform());
    }
  }
  return net;
}

// Updates 16 neurons by 1 ms.
void Update(Net& net, int i, F32x16 normal, std::vector<uint32_t>* spikes) {
  const F32x16 current = Vec(&net.input[i]) + Vec(&net.noise[i]) * normal;
  F32x16 u = Vec(&net.u[i]);
  const F32x16 v = TwoHalfSteps(Vec(&net.v[i]), u, current);
  u += Vec(&net.a[i]) * (Vec(&net.b[i]) * v - u);
  const I32x16 spiked = v >= 30.0f;
  Vec(&net.v[i]) = spiked ? Vec(&net.c[i]) : v;
  Vec(&net.u[i]) = spiked ? u + Vec(&net.d[i]) : u;
  Vec(&net.input[i]) = F32x16{};
  ForEachBit(Bits(spiked), i, [&](uint32_t n) { spikes->push_back(n); });
}

}  // namespace

BareResult RunW1(const BareOptions& options) {
  const double build_begin = Now();
  Net net = Build(options.seed);
  LoopRandom random(options.seed);
  std::vector<uint32_t> spikes;
  BareResult result;
  result.synapses = kNeurons * kNeurons;
  result.rates_hz.resize(2);
  const auto warm_up = std::llround(options.warm_up_s * 1e3);
  const auto steps = warm_up + std::llround(options.model_s * 1e3);
  double begin = Now();
  result.build_s = begin - build_begin;
  for (int64_t step = 0; step < steps; ++step) {
    if (step == warm_up) begin = Now();
    spikes.clear();
    for (int i = 0; i < kStride; i += 32) {
      const Normals normals = DrawNormals(random);
      Update(net, i, normals.first, &spikes);
      Update(net, i + 16, normals.second, &spikes);
    }
    for (const uint32_t source : spikes) {
      const float* row = &net.weights[size_t{kRowStride} * source];
      for (int i = 0; i < kRowStride; i += 16) {
        Vec(&net.input[i]) += Vec(row + i);
      }
      if (step >= warm_up) ++result.rates_hz[source >= kExcitatory];
    }
  }
  result.wall_s = Now() - begin;
  result.spikes = static_cast<int64_t>(result.rates_hz[0] + result.rates_hz[1]);
  result.synaptic_events = static_cast<double>(result.spikes) * kNeurons;
  result.rates_hz[0] /= kExcitatory * options.model_s;
  result.rates_hz[1] /= (kNeurons - kExcitatory) * options.model_s;
  return result;
}

}  // namespace spiked::benchmark
