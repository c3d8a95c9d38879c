// SPDX-License-Identifier: Apache-2.0
//
// The networks of Vogels and Abbott (Brette et al. 2007): 3,200 + 800 neurons,
// 2 % connected, with currents (CUBA) or conductances (COBA).
//
// Fast because there are three numbers per neuron, 48 KB in all, the size of
// the L1 cache. A spike acts in the next step, so its weights are added to g
// itself; there is no input row. While a neuron is refractory its potential is
// -inf, which survives the update without a branch; neurons in the list of
// spikes of 51 steps ago return.

#include <cmath>
#include <limits>
#include <vector>

#include "tests/benchmark/bare/bare.h"
#include "tests/benchmark/bare/buffer.h"
#include "tests/benchmark/bare/random.h"
#include "tests/benchmark/bare/team.h"
#include "tests/benchmark/bare/vector.h"

namespace spiked::benchmark {
namespace {

constexpr int kExcitatory = 3200;
constexpr int kNeurons = 4000;  // 250 vectors
constexpr int kRefractorySteps = 50;
constexpr double kDtMs = 0.1;
constexpr double kTauMembraneMs = 20;
constexpr double kTauExcitatoryMs = 5;
constexpr double kTauInhibitoryMs = 10;

float Decay(double tau_ms) {
  return static_cast<float>(std::exp(-kDtMs / tau_ms));
}

// The amount that a synaptic current of 1 with time constant tau adds to V in
// one step.
float Gain(double tau_ms) {
  return static_cast<float>(
      tau_ms / (tau_ms - kTauMembraneMs) *
      (std::exp(-kDtMs / tau_ms) - std::exp(-kDtMs / kTauMembraneMs)));
}

// Exact solution of tau dv/dt = g_e + g_i - (v + 49).
struct Cuba {
  static constexpr float kExcitatoryWeight = 1.62f;
  static constexpr float kInhibitoryWeight = -9;

  F32x16 Next(F32x16 v, F32x16 excitation, F32x16 inhibition) const {
    return v * decay + excitation * excitatory_gain +
           (inhibition * inhibitory_gain + constant);
  }

  const float decay = Decay(kTauMembraneMs);
  const float excitatory_gain = Gain(kTauExcitatoryMs);
  const float inhibitory_gain = Gain(kTauInhibitoryMs);
  const float constant = -49 * (1 - decay);
};

// Euler's rule for tau dv/dt = -(v + 60) + 20 - g_e v - g_i (v + 80), with g in
// units of the leak. Written as v times a positive number, so that v = -inf
// stays.
struct Coba {
  static constexpr float kExcitatoryWeight = 0.4f;
  static constexpr float kInhibitoryWeight = 5.1f;

  F32x16 Next(F32x16 v, F32x16 excitation, F32x16 inhibition) const {
    const auto h = static_cast<float>(kDtMs / kTauMembraneMs);
    const F32x16 left = (1 - h) - (excitation + inhibition) * h;
    return v * left + (inhibition * (-80 * h) - 40 * h);
  }
};

template <typename Model>
BareResult Run(const BareOptions& options) {
  const double build_begin = Now();
  BuildRandom random(options.seed);
  // Network.
  std::vector<uint16_t> targets;
  std::vector<uint32_t> begins = {0};
  for (int source = 0; source < kNeurons; ++source) {
    ForRandomSubset(random, 0.02, kNeurons,
                    [&](uint32_t target) { targets.push_back(target); });
    begins.push_back(targets.size());
  }
  Buffer<float> v(kNeurons), excitation(kNeurons), inhibition(kNeurons);
  for (int i = 0; i < kNeurons; ++i) {
    v[i] = static_cast<float>(-60 + 10 * random.Uniform());
  }
  std::vector<uint32_t> spikes[kRefractorySteps + 1];
  const float excitatory_decay = Decay(kTauExcitatoryMs);
  const float inhibitory_decay = Decay(kTauInhibitoryMs);
  const Model model;

  // Time is measured after warming up.
  BareResult result;
  result.synapses = static_cast<int64_t>(targets.size());
  const auto warm_up = std::llround(options.warm_up_s * 1e3 / kDtMs);
  const auto steps = warm_up + std::llround(options.model_s * 1e3 / kDtMs);
  double begin = Now();
  result.build_s = begin - build_begin;
  for (int64_t step = 0; step < steps; ++step) {
    if (step == warm_up) begin = Now();
    // Neurons.
    std::vector<uint32_t>& spiking = spikes[step % (kRefractorySteps + 1)];
    for (const uint32_t n : spiking) v[n] = -60;  // spikes of 51 steps ago
    spiking.clear();
    for (int i = 0; i < kNeurons; i += 16) {
      const F32x16 e = Vec(&excitation[i]);
      const F32x16 inh = Vec(&inhibition[i]);
      const F32x16 potential = model.Next(Vec(&v[i]), e, inh);
      Vec(&v[i]) = potential;
      Vec(&excitation[i]) = e * excitatory_decay;
      Vec(&inhibition[i]) = inh * inhibitory_decay;
      ForEachBit(Bits(potential > -50.0f), i,
                 [&](uint32_t n) { spiking.push_back(n); });
    }
    // Spikes, delivered for the next step.
    for (const uint32_t source : spiking) {
      v[source] = -std::numeric_limits<float>::infinity();
      const bool excites = source < kExcitatory;
      float* g = excites ? excitation.data() : inhibition.data();
      const float weight =
          excites ? Model::kExcitatoryWeight : Model::kInhibitoryWeight;
      for (uint32_t s = begins[source]; s < begins[source + 1]; ++s) {
        g[targets[s]] += weight;
      }
      if (step >= warm_up) {
        ++result.spikes;
        result.synaptic_events += begins[source + 1] - begins[source];
      }
    }
  }
  result.wall_s = Now() - begin;
  result.rates_hz = {static_cast<double>(result.spikes) / kNeurons /
                     options.model_s};
  return result;
}

}  // namespace

BareResult RunW3Cuba(const BareOptions& options) { return Run<Cuba>(options); }
BareResult RunW3Coba(const BareOptions& options) { return Run<Coba>(options); }

}  // namespace spiked::benchmark
