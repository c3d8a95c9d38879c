// SPDX-License-Identifier: Apache-2.0
//
// Exponential synaptic conductances on a membrane
//
//   c_m v' = drive - G v
//
// where G is the sum of all conductances. Kernels compute with x = h G / c_m,
// which has no unit. Included once per vector target, so the guard follows
// Highway's convention.

#ifndef SPIKED_CORE_NEURONS_CONDUCTANCE_ROWS_
#define SPIKED_CORE_NEURONS_CONDUCTANCE_ROWS_

#include <cmath>
#include <vector>

#include "core/neurons/lif.h"
#include "core/spec/model_info.h"
#include "core/spec/parameters.h"

namespace spiked::conductance {

// The value with which a conductance acts during a step.
enum class Over {
  kMean,       // its mean: the charge of an event doesn't depend on dt
  kBeginning,  // its value at the beginning of the step
};

// The coefficients of a conductance.
template <typename T>
struct Rows {
  // `c_m`, `tau` and `e` are indices of parameters. The h of x = h G / c_m is
  // `h_ms`, which is dt_ms or a part of it.
  Rows(const Parameters& p, int c_m, int tau, int e, Over over, double dt_ms,
       double h_ms)
      : decay(Column(p, {tau}, [&](double t) { return lif::Decay(t, dt_ms); })),
        to_rate(Column(p, {c_m, tau},
                       [&](double c, double t) {
                         const double rate = h_ms / c;
                         if (over == Over::kBeginning) return rate;
                         const double steps = dt_ms / t;
                         return rate * -std::expm1(-steps) / steps;
                       })),
        reversal(p.column(e)) {}

  bool uniform() const { return AllUniform(decay, to_rate, reversal); }

  ParameterRow<T> decay;
  ParameterRow<T> to_rate;  // contribution of 1 nS to x
  ParameterRow<T> reversal;
};

}  // namespace spiked::conductance
#endif  // SPIKED_CORE_NEURONS_CONDUCTANCE_ROWS_

#if defined(SPIKED_CORE_NEURONS_CONDUCTANCE_SIMD_H_) == \
    defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NEURONS_CONDUCTANCE_SIMD_H_
#undef SPIKED_CORE_NEURONS_CONDUCTANCE_SIMD_H_
#else
#define SPIKED_CORE_NEURONS_CONDUCTANCE_SIMD_H_
#endif

#include "core/neurons/lif_simd.h"
#include "core/numbers/simd_exp.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// A synaptic conductance: its row of variables, and the receptor whose input
// jumps it.
template <bool kUniform, class D>
class SynapticConductance {
 public:
  using T = hn::TFromD<D>;

  SynapticConductance(D d, const conductance::Rows<T>& rows,
                      const NeuronUpdate& update, int variable, int receptor)
      : decay_(d, rows.decay, update.first),
        to_rate_(d, rows.to_rate, update.first),
        reversal_(d, rows.reversal, update.first),
        variable_(update.Variable<T>(variable)),
        input_(update, receptor) {}

  // Moves the conductance by a step, and adds its contributions in this step to
  // x and to `drive`, the part of h v' that does not depend on v.
  HWY_INLINE void Advance(D d, int64_t i, hn::Vec<D>& x,
                          hn::Vec<D>& drive) const {
    const auto g = hn::Load(d, variable_ + i);
    const auto left = Decayed(d, decay_.At(i), g);
    hn::Store(hn::Add(left, input_.Take(d, i)), d, variable_ + i);
    const auto rate = hn::Mul(to_rate_.At(i), g);
    x = hn::Add(x, rate);
    drive = hn::Add(drive, hn::Mul(rate, reversal_.At(i)));
  }

 private:
  const ParameterVector<kUniform, D> decay_, to_rate_, reversal_;
  T* const variable_;
  const ReceptorReader<D> input_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NEURONS_CONDUCTANCE_SIMD_H_
