// SPDX-License-Identifier: Apache-2.0
//
// What the leaky integrate-and-fire models have in common: what is computed
// once, in double, from parameters and step length. What happens in each step
// is in lif_simd.h.
//
// Refractoriness. A neuron that spikes in step k is held at v_reset_mv during
// the next round(t_ref_ms / dt) steps, k+1 to k+r, and its variable
// refractory_steps says how many of them are left. So under a strong constant
// drive spikes are r + (steps from reset to threshold) apart. The threshold is
// tested at the end of a step: v >= v_th_mv.

#ifndef SPIKED_CORE_NEURONS_LIF_H_
#define SPIKED_CORE_NEURONS_LIF_H_

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <vector>

#include "core/spec/model_info.h"
#include "core/spec/parameters.h"

namespace spiked::lif {

// Calls function(neuron) for one neuron if none of the parameters `from` differ
// between neurons, else for all.
template <class Function>
std::vector<double> Column(const Parameters& p, std::initializer_list<int> from,
                           Function function) {
  size_t count = 1;
  for (int parameter : from) {
    count = std::max(count, p.column(parameter).size());
  }
  std::vector<double> column(count);
  for (size_t i = 0; i < count; ++i) column[i] = function(i);
  return column;
}

// What is left of an exponential after a step.
inline double Decay(double tau_ms, double dt_ms) {
  return std::exp(-dt_ms / tau_ms);
}

// 1 - Decay, without cancellation.
inline double Approach(double tau_ms, double dt_ms) {
  return -std::expm1(-dt_ms / tau_ms);
}

// The change of v (mV) in a step by an exponential current that begins the step
// with 1 pA. In Rotter & Diesmann 1999, doi:10.1007/s004220050570,
//
//   P21 = tau_m tau_syn / (C (tau_m - tau_syn)) (exp(-dt/tau_m) -
//   exp(-dt/tau_syn))
//
// which is 0/0 where the two are equal. With the longer one as `slow` it is
//
//   P21 = dt / C exp(-dt/slow) (exp(y) - 1) / y,  y = dt/slow - dt/fast <= 0
//
// which is accurate everywhere and goes to dt / C exp(-dt/slow).
inline double VoltageOfCurrent(double tau_m_ms, double tau_syn_ms,
                               double c_m_pf, double dt_ms) {
  const double slow = std::max(tau_m_ms, tau_syn_ms);
  const double fast = std::min(tau_m_ms, tau_syn_ms);
  const double y = dt_ms / slow - dt_ms / fast;
  return dt_ms / c_m_pf * Decay(slow, dt_ms) * (y == 0 ? 1 : std::expm1(y) / y);
}

// Instead of a drive of 0, towards which v would decay through denormal
// numbers: each operation on one takes a hundred times as long.
inline double NonZero(double drive) { return drive == 0 ? 1e-30 : drive; }

inline std::vector<double> RefractoryStepCounts(const Parameters& p, int t_ref,
                                                double dt_ms) {
  return Column(p, {t_ref}, [&](size_t i) {
    // Whole numbers up to 2^24 can be counted in FLOAT32.
    return std::min(std::round(p.Get(t_ref, i) / dt_ms), 16777216.0);
  });
}

// Threshold, reset and refractoriness, as kernels read them.
template <typename T>
struct ThresholdRows {
  ThresholdRows(const Parameters& p, int v_th, int v_reset, int t_ref,
                double dt_ms)
      : v_th(p.column(v_th)),
        v_reset(p.column(v_reset)),
        refractory_steps(RefractoryStepCounts(p, t_ref, dt_ms)) {}

  bool uniform() const {
    return v_th.uniform() && v_reset.uniform() && refractory_steps.uniform();
  }

  ParameterRow<T> v_th, v_reset, refractory_steps;
};

// Parameters of the models in which only currents act on the membrane; theirs
// of synapses follow.
enum MembraneParameter { kTauM, kCM, kEL, kVTh, kVReset, kTRef, kIE, kMore };

inline ParameterInfo PositiveParameter(const char* name, const char* unit,
                                       const char* description,
                                       double default_value) {
  return {name, unit, description, default_value, 0, ParameterInfo().max, true};
}

inline std::vector<ParameterInfo> MembraneParameters() {
  return {
      PositiveParameter("tau_m_ms", "ms", "Time constant of the membrane.", 10),
      PositiveParameter("c_m_pf", "pF", "Capacitance of the membrane.", 250),
      {"e_l_mv", "mV", "Resting potential.", -70},
      {"v_th_mv", "mV", "Threshold.", -55},
      {"v_reset_mv", "mV", "Membrane potential after a spike.", -70},
      {"t_ref_ms", "ms", "Refractory time; rounded to steps.", 2, 0},
      {"i_e_pa", "pA", "Constant current.", 0},
  };
}

// What such a membrane does in a step:
// v = v + drive + of_current I + what synapses add - approach v.
template <typename T>
struct MembraneRows {
  MembraneRows(const Parameters& p, double dt_ms)
      : approach(
            Column(p, {kTauM},
                   [&](size_t i) { return Approach(p.Get(kTauM, i), dt_ms); })),
        drive(Column(p, {kTauM, kCM, kEL, kIE},
                     [&](size_t i) {
                       const double r = p.Get(kTauM, i) / p.Get(kCM, i);
                       return NonZero(Approach(p.Get(kTauM, i), dt_ms) *
                                      (p.Get(kEL, i) + r * p.Get(kIE, i)));
                     })),
        of_current(Column(p, {kTauM, kCM},
                          [&](size_t i) {
                            return Approach(p.Get(kTauM, i), dt_ms) *
                                   p.Get(kTauM, i) / p.Get(kCM, i);
                          })),
        threshold(p, kVTh, kVReset, kTRef, dt_ms) {}

  bool uniform() const {
    return approach.uniform() && drive.uniform() && of_current.uniform() &&
           threshold.uniform();
  }

  ParameterRow<T> approach;    // 1 - P22 = 1 - exp(-dt/tau_m)
  ParameterRow<T> drive;       // by e_l and i_e (mV)
  ParameterRow<T> of_current;  // P20 = tau_m/c_m (1 - P22) (mV/pA)
  ThresholdRows<T> threshold;
};

// For ModelInfo::variables, where they are the first and the last.
inline VariableInfo MembranePotential() {
  return {"v_mv", "mV", "Membrane potential.", "e_l_mv"};
}
inline VariableInfo RefractorySteps() {
  return {"refractory_steps", "steps",
          "Steps for which the neuron is still refractory.", "0"};
}

}  // namespace spiked::lif

#endif  // SPIKED_CORE_NEURONS_LIF_H_
