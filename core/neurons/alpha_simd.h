// SPDX-License-Identifier: Apache-2.0
//
// Alpha functions: the shape of currents and conductances that rise before they
// decay. Included once per vector target, so the guard follows Highway's
// convention.
//
//   s' = (e j - s) / tau
//   j' = -j / tau,  plus the jumps of a receptor
//
// A jump of w at time 0 gives s = w e t/tau exp(-t/tau), which is at its peak,
// w, at t = tau. Over a step of length h, exactly,
//
//   s = exp(-h/tau) s + e h/tau exp(-h/tau) j
//   j = exp(-h/tau) j + jumps
//
// so that a jump that arrives in a step changes s from the next step on.

#ifndef SPIKED_CORE_NEURONS_ALPHA_ROWS_
#define SPIKED_CORE_NEURONS_ALPHA_ROWS_

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/neurons/lif.h"
#include "core/spec/parameters.h"

namespace spiked::alpha {

// h / tau, kept finite: its product with 0 is then 0, not NaN.
inline double Lengths(double tau_ms, double h_ms) {
  return std::min(h_ms / tau_ms, 1e300);
}

// The integral of u exp(-x u) over u from 0 to 1, x >= 0:
//
//   ((1 - exp(-x)) / x - exp(-x)) / x
//
// or, for x < 1, where that cancels, its power series.
inline double FirstMoment(double x) {
  if (x >= 1) return (-std::expm1(-x) / x - std::exp(-x)) / x;
  double sum = 0, power = 1;
  for (int k = 0; k < 20; ++k) {
    sum += power / (k + 2);
    power *= -x / (k + 1);
  }
  return sum;
}

// The value of s after a time h if j begins at 1 and s at 0.
inline double Growth(double tau_ms, double h_ms) {
  const double x = Lengths(tau_ms, h_ms);
  return std::numbers::e * x * std::exp(-x);
}

// The mean of s over a time h: MeanOfShape if s begins at 1 and j at 0,
// MeanOfRise if j begins at 1 and s at 0.
inline double MeanOfShape(double tau_ms, double h_ms) {
  const double x = Lengths(tau_ms, h_ms);
  return x == 0 ? 1 : -std::expm1(-x) / x;
}
inline double MeanOfRise(double tau_ms, double h_ms) {
  const double x = Lengths(tau_ms, h_ms);
  return std::numbers::e * x * FirstMoment(x);
}

// The change of v (mV) in a step by an alpha-shaped current whose j is 1 pA at
// the beginning of the step. With a = 1/tau_m, b = 1/tau_syn and h = dt it is
//
//   e b / c_m  times the integral of  t exp(-b t) exp(-a (h - t))  from 0 to h
//
// As in lif::VoltageOfCurrent, the slower of the two exponentials is factored
// out, so that nothing cancels or overflows, also where tau_m = tau_syn.
inline double VoltageOfRise(double tau_m_ms, double tau_syn_ms, double c_m_pf,
                            double dt_ms) {
  const double slow = std::max(tau_m_ms, tau_syn_ms);
  const double y =
      std::abs(Lengths(tau_m_ms, dt_ms) - Lengths(tau_syn_ms, dt_ms));
  double moment = FirstMoment(y);
  // The integral of (1 - u) exp(-y u) over u from 0 to 1 takes its place.
  if (tau_syn_ms > tau_m_ms)
    moment = (y == 0 ? 1 : -std::expm1(-y) / y) - moment;
  return std::numbers::e * Lengths(tau_syn_ms, dt_ms) * moment * dt_ms /
         c_m_pf * lif::Decay(slow, dt_ms);
}

// The coefficients of s and j over a step.
template <typename T>
struct ShapeRows {
  ShapeRows(const Parameters& p, int tau, double dt_ms)
      : decay(Column(p, {tau}, [&](double t) { return lif::Decay(t, dt_ms); })),
        growth(Column(p, {tau}, [&](double t) { return Growth(t, dt_ms); })) {}

  bool uniform() const { return AllUniform(decay, growth); }

  ParameterRow<T> decay, growth;
};

}  // namespace spiked::alpha
#endif  // SPIKED_CORE_NEURONS_ALPHA_ROWS_

#if defined(SPIKED_CORE_NEURONS_ALPHA_SIMD_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NEURONS_ALPHA_SIMD_H_
#undef SPIKED_CORE_NEURONS_ALPHA_SIMD_H_
#else
#define SPIKED_CORE_NEURONS_ALPHA_SIMD_H_
#endif

#include "core/neurons/lif_simd.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// An alpha function: the rows of s and j, and the receptor whose input jumps j.
template <bool kUniform, class D>
class AlphaShape {
 public:
  using T = hn::TFromD<D>;

  // s and j at the beginning of a step.
  struct Values {
    hn::Vec<D> shape, rise;
  };

  // `variable` is the index of s; j is the next variable.
  AlphaShape(D d, const alpha::ShapeRows<T>& rows, const NeuronUpdate& update,
             int variable, int receptor)
      : decay_(d, rows.decay, update.first),
        growth_(d, rows.growth, update.first),
        shape_(update.Variable<T>(variable)),
        rise_(update.Variable<T>(variable + 1)),
        input_(update, receptor) {}

  // Moves s and j by a step and returns their values before it.
  HWY_INLINE Values Advance(D d, int64_t i) const {
    const Values now = {hn::Load(d, shape_ + i), hn::Load(d, rise_ + i)};
    const auto left = hn::Add(hn::Mul(decay_.At(i), now.shape),
                              hn::Mul(growth_.At(i), now.rise));
    hn::Store(NotTiny(d, left), d, shape_ + i);
    hn::Store(hn::Add(Decayed(d, decay_.At(i), now.rise), input_.Take(d, i)), d,
              rise_ + i);
    return now;
  }

 private:
  const ParameterVector<kUniform, D> decay_, growth_;
  T* const shape_;
  T* const rise_;
  const ReceptorReader<D> input_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NEURONS_ALPHA_SIMD_H_
