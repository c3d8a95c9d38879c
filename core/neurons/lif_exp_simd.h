// SPDX-License-Identifier: Apache-2.0
//
// The kernel of leaky integrate-and-fire neurons with one or two exponential
// synaptic currents; included once per vector target, so the guard follows
// Highway's convention.

#ifndef SPIKED_CORE_NEURONS_LIF_EXP_ROWS_
#define SPIKED_CORE_NEURONS_LIF_EXP_ROWS_

#include <vector>

#include "core/neurons/lif.h"
#include "core/spec/parameters.h"

namespace spiked::lif_exp {

// The index of the first synaptic time constant, after the parameters of the
// membrane.
constexpr int kTauSyn = lif::kMore;

// v and the first synaptic current. Any second current follows, then, unless a
// model has other variables before them, the refractory steps.
enum Variable { kV, kISyn };

// The receptors are one for each synaptic current, in the order of the
// currents, and then the one for currents that act for one step.

// The coefficients of a synaptic current over a step.
template <typename T>
struct Current {
  Current(const Parameters& p, int tau_syn, double dt_ms)
      : decay(Column(p, {tau_syn},
                     [&](double tau) { return lif::Decay(tau, dt_ms); })),
        to_v(Column(p, {lif::kTauM, lif::kCM, tau_syn},
                    [&](double tau_m, double c_m, double tau) {
                      return lif::VoltageOfCurrent(tau_m, tau, c_m, dt_ms);
                    })) {}

  bool uniform() const { return AllUniform(decay, to_v); }

  ParameterRow<T> decay;  // P11
  ParameterRow<T> to_v;   // P21 (mV/pA)
};

template <int kCurrents, typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : membrane(p, build), uniform(membrane.uniform()) {
    for (int c = 0; c < kCurrents; ++c) {
      currents.emplace_back(p, kTauSyn + c, build.dt_ms);
      uniform = uniform && currents.back().uniform();
    }
  }

  lif::MembraneRows<T> membrane;
  std::vector<Current<T>> currents;
  bool uniform;
};
template <typename T>
using OneCurrent = Rows<1, T>;
template <typename T>
using TwoCurrents = Rows<2, T>;

// Parameters and receptors of the models with two synaptic currents.
inline std::vector<ParameterInfo> TwoCurrentParameters() {
  std::vector<ParameterInfo> table = lif::MembraneParameters();
  Append(table, kTauSyn + 2,
         {{kTauSyn,
           PositiveParameter("tau_syn_ex_ms", "ms",
                             "Time constant of the excitatory current.", 2)},
          {kTauSyn + 1,
           PositiveParameter("tau_syn_in_ms", "ms",
                             "Time constant of the inhibitory current.", 2)}});
  return table;
}
inline std::vector<ReceptorInfo> TwoCurrentReceptors() {
  return lif::CurrentReceptors("Step of the excitatory current.",
                               "Step of the inhibitory current; below 0.");
}

}  // namespace spiked::lif_exp
#endif  // SPIKED_CORE_NEURONS_LIF_EXP_ROWS_

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

// A synaptic current: its row of variables, and the receptor whose input jumps
// it.
template <bool kUniform, class D>
class SynapticCurrent {
 public:
  using T = hn::TFromD<D>;

  // `c` is the number of the current, counted from 0.
  SynapticCurrent(D d, const lif_exp::Current<T>& rows,
                  const NeuronUpdate& update, int c)
      : decay_(d, rows.decay, update.first),
        to_v_(d, rows.to_v, update.first),
        variable_(update.Variable<T>(lif_exp::kISyn + c)),
        input_(update, c) {}

  // Moves the current by a step and returns the change of v by it in this step.
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

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <int kCurrents, bool kUniform, typename T>
int64_t UpdateLifExp(const lif_exp::Rows<kCurrents, T>& rows,
                     const NeuronUpdate& update) {
  using D = VectorTag<T>;
  const D d;
  T* const v_row = update.Variable<T>(lif_exp::kV);
  const Membrane<kUniform, D> membrane(d, rows.membrane, update, kCurrents);
  const SynapticCurrent<kUniform, D> first(d, rows.currents[0], update, 0);
  const SynapticCurrent<kUniform, D> second(d, rows.currents[kCurrents - 1],
                                            update, kCurrents - 1);
  Threshold<kUniform, D> threshold(d, rows.membrane.threshold, update,
                                   lif_exp::kISyn + kCurrents);
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
int64_t UpdateLifExp(const lif_exp::Rows<kCurrents, T>& rows,
                     const NeuronUpdate& update) {
  return WithConstants(
      [&](auto uniform) {
        return UpdateLifExp<kCurrents, uniform>(rows, update);
      },
      rows.uniform);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NEURONS_LIF_EXP_SIMD_H_
