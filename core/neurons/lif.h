// SPDX-License-Identifier: Apache-2.0
//
// Code shared by the leaky integrate-and-fire models: coefficients that are
// computed once, in double, from parameters and step length. The code that runs
// in each step is in lif_simd.h.
//
// Refractoriness. A neuron that spikes in step k is held at v_reset_mv during
// the next r steps, k+1 to k+r, where r is t_ref_ms / dt, rounded up. Its
// variable refractory_steps is the number of these steps that are left. So
// under a strong constant drive, spikes are r + (steps from reset to threshold)
// steps apart. The threshold is tested at the end of a step: v >= v_th_mv.

#ifndef SPIKED_CORE_NEURONS_LIF_H_
#define SPIKED_CORE_NEURONS_LIF_H_

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/neurons/vector_model.h"
#include "core/spec/delays.h"
#include "core/spec/model_info.h"
#include "core/spec/parameters.h"

namespace spiked::lif {

// The factor by which an exponential decays in a step.
inline double Decay(double tau_ms, double dt_ms) {
  return std::exp(-dt_ms / tau_ms);
}

// 1 - Decay(tau_ms, dt_ms), computed without cancellation.
inline double Approach(double tau_ms, double dt_ms) {
  return -std::expm1(-dt_ms / tau_ms);
}

// The change of v (mV) in a step by an exponential current that is 1 pA at the
// beginning of the step. In Rotter & Diesmann 1999, doi:10.1007/s004220050570,
// it is
//
//   P21 = tau_m tau_syn / (C (tau_m - tau_syn))
//         (exp(-dt/tau_m) - exp(-dt/tau_syn))
//
// which is 0/0 where both time constants are equal. With the longer one as
// `slow` and the shorter one as `fast`, it is
//
//   P21 = dt / C exp(-dt/slow) (exp(y) - 1) / y,  y = dt/slow - dt/fast <= 0
//
// which is accurate for all time constants. Where they are equal, it becomes
// dt / C exp(-dt/slow).
inline double VoltageOfCurrent(double tau_m_ms, double tau_syn_ms,
                               double c_m_pf, double dt_ms) {
  const double slow = std::max(tau_m_ms, tau_syn_ms);
  const double fast = std::min(tau_m_ms, tau_syn_ms);
  const double y = dt_ms / slow - dt_ms / fast;
  return dt_ms / c_m_pf * Decay(slow, dt_ms) * (y == 0 ? 1 : std::expm1(y) / y);
}

// The drive, with a tiny number in place of 0. With a drive of 0, v would decay
// towards 0 through denormal numbers, and each operation on a denormal number
// takes a hundred times as long.
inline double NonZero(double drive) { return drive == 0 ? 1e-30 : drive; }

// The parameter t_ref_ms.
inline ParameterInfo RefractoryTime(const char* description,
                                    double default_value) {
  return {.name = "t_ref_ms",
          .unit = "ms",
          .description = description,
          .default_value = default_value,
          .min = 0,
          .is_counted = true};
}
inline constexpr char kRefractoryTime[] =
    "Refractory time; rounded up to steps.";

inline std::vector<double> RefractoryStepCounts(const Parameters& p, int t_ref,
                                                double dt_ms) {
  return Column(p, {t_ref}, [&](double t_ref_ms) {
    return StepsCovering(t_ref_ms, dt_ms);
  });
}

// Threshold, reset and refractoriness, as kernels read them.
template <typename T>
struct ThresholdRows {
  ThresholdRows(const Parameters& p, int v_th, int v_reset, int t_ref,
                double dt_ms)
      : ThresholdRows(p.column(v_th), p, v_reset, t_ref, dt_ms) {}
  ThresholdRows(const std::vector<double>& v_th, const Parameters& p,
                int v_reset, int t_ref, double dt_ms)
      : v_th(v_th),
        v_reset(p.column(v_reset)),
        refractory_steps(RefractoryStepCounts(p, t_ref, dt_ms)) {}

  bool uniform() const { return AllUniform(v_th, v_reset, refractory_steps); }

  ParameterRow<T> v_th, v_reset, refractory_steps;
};

// Parameters of the membrane in models without synaptic conductances. A model's
// parameters of synapses, if it has any, follow from kMore on.
enum MembraneParameter { kTauM, kCM, kEL, kVTh, kVReset, kTRef, kIE, kMore };

inline std::vector<ParameterInfo> MembraneParameters() {
  std::vector<ParameterInfo> table;
  Append(table, kMore,
         {{kTauM, PositiveParameter("tau_m_ms", "ms",
                                    "Time constant of the membrane.", 10)},
          {kCM, PositiveParameter("c_m_pf", "pF",
                                  "Capacitance of the membrane.", 250)},
          {kEL, {"e_l_mv", "mV", "Resting potential.", -70}},
          {kVTh, {"v_th_mv", "mV", "Threshold.", -55}},
          {kVReset,
           {"v_reset_mv", "mV", "Membrane potential after a spike.", -70}},
          {kTRef, RefractoryTime(kRefractoryTime, 2)},
          {kIE, {"i_e_pa", "pA", "Constant current.", 0}}});
  return table;
}

// The coefficients of such a membrane. A step changes v by
//   drive + of_current I + (change by synapses) - approach v.
template <typename T>
struct MembraneRows {
  MembraneRows(const Parameters& p, const NeuronBuild& build)
      : approach(
            Column(p, {kTauM},
                   [&](double tau_m) { return Approach(tau_m, build.dt_ms); })),
        drive(Column(p, {kTauM, kCM, kEL, kIE},
                     [&](double tau_m, double c_m, double e_l, double i_e) {
                       const double r = tau_m / c_m;
                       return NonZero(Approach(tau_m, build.dt_ms) *
                                      (e_l + r * i_e));
                     })),
        of_current(Column(p, {kTauM, kCM},
                          [&](double tau_m, double c_m) {
                            return Approach(tau_m, build.dt_ms) * tau_m / c_m;
                          })),
        threshold(p, kVTh, kVReset, kTRef, build.dt_ms) {}

  bool uniform() const {
    return AllUniform(approach, drive, of_current, threshold);
  }

  ParameterRow<T> approach;    // 1 - P22 = 1 - exp(-dt/tau_m)
  ParameterRow<T> drive;       // change of v by e_l and i_e (mV)
  ParameterRow<T> of_current;  // P20 = tau_m/c_m (1 - P22) (mV/pA)
  ThresholdRows<T> threshold;
};

// The coefficients of a membrane with a leak over a time h = h_ms:
//   h v' = drive + of_current I - leak v.
template <typename T>
struct LeakRows {
  LeakRows(const Parameters& p, int c_m, int g_l, int e_l, int i_e, double h_ms)
      : leak(Column(p, {c_m, g_l},
                    [&](double c, double g) { return h_ms * g / c; })),
        drive(Column(p, {c_m, g_l, e_l, i_e},
                     [&](double c, double g, double e, double i) {
                       return NonZero(h_ms / c * (g * e + i));
                     })),
        of_current(Column(p, {c_m}, [&](double c) { return h_ms / c; })) {}

  bool uniform() const { return AllUniform(leak, drive, of_current); }

  ParameterRow<T> leak;        // h g_l / c_m
  ParameterRow<T> drive;       // h (g_l e_l + i_e) / c_m (mV)
  ParameterRow<T> of_current;  // h / c_m (mV/pA)
};

// Entries of ModelInfo::variables: the membrane potential is the first variable
// of a model, the refractory steps are its last.
inline VariableInfo MembranePotential() {
  return {"v_mv", "mV", "Membrane potential.", "e_l_mv"};
}
inline VariableInfo RefractorySteps() {
  return {"refractory_steps", "steps",
          "Steps for which the neuron is still refractory.", "0"};
}

// Receptors of the models with excitatory and inhibitory synapses.
enum Receptor { kExcitatory, kInhibitory, kCurrent, kReceptorCount };

inline std::vector<ReceptorInfo> Receptors(ReceptorInfo excitatory,
                                           ReceptorInfo inhibitory) {
  std::vector<ReceptorInfo> table;
  Append(table, kReceptorCount,
         {{kExcitatory, std::move(excitatory)},
          {kInhibitory, std::move(inhibitory)},
          {kCurrent, {"current", "pA", "Current that acts for one step."}}});
  return table;
}

// Those of the models with synaptic currents. Inhibition is below 0; the first
// receptor, which projections reach by default, takes both signs.
inline std::vector<ReceptorInfo> CurrentReceptors(const char* excitatory,
                                                  const char* inhibitory) {
  return Receptors(
      {.name = "excitatory", .unit = "pA", .description = excitatory},
      {.name = "inhibitory",
       .unit = "pA",
       .description = inhibitory,
       .weight_max = 0});
}

// Those of the models with conductances, which are never below 0.
inline std::vector<ReceptorInfo> ConductanceReceptors(
    const char* excitatory = "Step of the excitatory conductance.",
    const char* inhibitory = "Step of the inhibitory conductance.") {
  return Receptors({.name = "excitatory",
                    .unit = "nS",
                    .description = excitatory,
                    .weight_min = 0},
                   {.name = "inhibitory",
                    .unit = "nS",
                    .description = inhibitory,
                    .weight_min = 0});
}

}  // namespace spiked::lif

#endif  // SPIKED_CORE_NEURONS_LIF_H_
