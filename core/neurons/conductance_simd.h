// SPDX-License-Identifier: Apache-2.0
//
// Exponential synaptic conductances on a membrane
//
//   c_m v' = drive - G v,  G the sum of all conductances;
//
// included once per vector target, so the guard follows Highway's convention.
// Kernels count G as x = h G / c_m, without a unit.

#ifndef SPIKED_CORE_NEURONS_CONDUCTANCE_ROWS_
#define SPIKED_CORE_NEURONS_CONDUCTANCE_ROWS_

#include <cmath>
#include <vector>

#include "core/neurons/lif.h"
#include "core/spec/model_info.h"
#include "core/spec/parameters.h"

namespace spiked::conductance {

// What a conductance counts with in a step.
enum class Over {
  kMean,       // its mean: the charge of an event doesn't depend on dt
  kBeginning,  // what it is at the beginning
};

template <typename T>
struct Rows {
  // `c_m`, `tau` and `e` are parameters; x is made for `h_ms`, which is dt_ms
  // or a part of it.
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
  ParameterRow<T> to_rate;  // x by 1 nS
  ParameterRow<T> reversal;
};

// Receptors of the models with exponential conductances.
inline std::vector<ReceptorInfo> Receptors() {
  return lif::Receptors("nS", "Step of the excitatory conductance.",
                        "Step of the inhibitory conductance.");
}

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
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// A synaptic conductance: its row of variables, and what jumps it.
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

  // Moves the conductance by a step, and adds what it does in this step to x
  // and to the part of h v' that does not depend on v.
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

// (1 - exp(-x)) / x as 1 / (1 + x/2 + x^2/12), x >= 0: equal to x^4/720. v
// relaxes to where it is in equilibrium by  v + MeanDecay(x) h v'.
template <class D>
HWY_INLINE hn::Vec<D> MeanDecay(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  const auto one = hn::Set(d, T{1});
  const auto half = hn::Set(d, static_cast<T>(0.5));
  const auto twelfth = hn::Set(d, static_cast<T>(1.0 / 12));
  const auto sum = hn::Mul(x, hn::Add(half, hn::Mul(twelfth, x)));
  return hn::Div(one, hn::Add(one, sum));
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NEURONS_CONDUCTANCE_SIMD_H_
