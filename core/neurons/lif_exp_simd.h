// SPDX-License-Identifier: Apache-2.0
//
// The kernel of leaky integrate-and-fire neurons with one or two exponential
// synaptic currents; included once per vector target, so the guard follows
// Highway's convention.

#ifndef SPIKED_CORE_MODELS_LIF_EXP_ROWS_
#define SPIKED_CORE_MODELS_LIF_EXP_ROWS_

#include <vector>

#include "core/neurons/lif.h"
#include "core/spec/parameters.h"

namespace spiked::lif_exp {

// Time constants of synapses, after the parameters of the membrane.
constexpr int kTauSyn = lif::kMore;

template <typename T>
struct Current {
  Current(const Parameters& p, int tau_syn, double dt_ms)
      : decay(lif::Column(
            p, {tau_syn},
            [&](size_t i) { return lif::Decay(p.Get(tau_syn, i), dt_ms); })),
        to_v(lif::Column(p, {lif::kTauM, lif::kCM, tau_syn}, [&](size_t i) {
          return lif::VoltageOfCurrent(p.Get(lif::kTauM, i), p.Get(tau_syn, i),
                                       p.Get(lif::kCM, i), dt_ms);
        })) {}

  bool uniform() const { return decay.uniform() && to_v.uniform(); }

  ParameterRow<T> decay;  // P11
  ParameterRow<T> to_v;   // P21 (mV/pA)
};

template <typename T>
struct Rows {
  Rows(const Parameters& p, int current_count, double dt_ms)
      : membrane(p, dt_ms), uniform(membrane.uniform()) {
    for (int c = 0; c < current_count; ++c) {
      currents.emplace_back(p, kTauSyn + c, dt_ms);
      uniform = uniform && currents.back().uniform();
    }
  }

  lif::MembraneRows<T> membrane;
  std::vector<Current<T>> currents;
  bool uniform;
};

}  // namespace spiked::lif_exp
#endif  // SPIKED_CORE_MODELS_LIF_EXP_ROWS_

#if defined(SPIKED_CORE_NEURONS_LIF_EXP_SIMD_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NEURONS_LIF_EXP_SIMD_H_
#undef SPIKED_CORE_NEURONS_LIF_EXP_SIMD_H_
#else
#define SPIKED_CORE_NEURONS_LIF_EXP_SIMD_H_
#endif

#include "core/neurons/lif_simd.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// A synaptic current: its row of variables, and what jumps it.
template <bool kUniform, class D>
class SynapticCurrent {
 public:
  using T = hn::TFromD<D>;

  SynapticCurrent(D d, const lif_exp::Current<T>& rows, int64_t first,
                  T* variable, ReceptorReader<D> input)
      : decay_(d, rows.decay, first),
        to_v_(d, rows.to_v, first),
        variable_(variable),
        input_(input) {}

  // Moves the current by a step and returns what it adds to v in this step.
  HWY_INLINE hn::Vec<D> Advance(D d, int64_t i) const {
    const auto current = hn::Load(d, variable_ + i);
    const auto left = Decayed(d, decay_.At(i), current);
    hn::Store(hn::Add(left, input_.Take(d, i)), d, variable_ + i);
    return hn::Mul(to_v_.At(i), current);
  }

 private:
  const ParameterVector<kUniform, D> decay_, to_v_;
  T* const variable_;
  const ReceptorReader<D> input_;
};

// Mul and Add instead of MulAdd: the same bits on every vector target.
template <int kCurrents, bool kUniform, typename T>
int64_t UpdateLifExp(const lif_exp::Rows<T>& rows, const NeuronUpdate& update) {
  const hn::CappedTag<T, ParameterRow<T>::kLanes> d;
  using D = decltype(d);
  T* const v_row = static_cast<T*>(update.variables);
  const Membrane<kUniform, D> membrane(d, rows.membrane, update, kCurrents);
  const auto synaptic = [&](size_t c) {
    return SynapticCurrent<kUniform, D>(d, rows.currents[c], update.first,
                                        v_row + (1 + c) * update.stride,
                                        {update, static_cast<int>(c)});
  };
  const auto first = synaptic(0);
  const auto second = synaptic(kCurrents - 1);
  Threshold<kUniform, D> threshold(d, rows.membrane.threshold, update,
                                   v_row + (1 + kCurrents) * update.stride);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto v = hn::Load(d, v_row + i);
    auto change = membrane.Change(d, i, v);
    change = hn::Add(change, first.Advance(d, i));
    if constexpr (kCurrents == 2) {
      change = hn::Add(change, second.Advance(d, i));
    }
    hn::Store(threshold.Apply(d, i, v, hn::Add(v, change)), d, v_row + i);
  }
  return threshold.spike_count();
}

template <int kCurrents, typename T>
int64_t UpdateLifExp(const lif_exp::Rows<T>& rows, const NeuronUpdate& update) {
  return rows.uniform ? UpdateLifExp<kCurrents, true>(rows, update)
                      : UpdateLifExp<kCurrents, false>(rows, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NEURONS_LIF_EXP_SIMD_H_
