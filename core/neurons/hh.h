// SPDX-License-Identifier: Apache-2.0
//
// Code shared by the Hodgkin-Huxley models: coefficients that are computed
// once, in double, from parameters and step length. The code that runs in each
// step is in hh_simd.h.
//
//   c_m v' = g_l (e_l - v) + g_na m^3 h (e_na - v) + g_k n^4 (e_k - v)
//            + i_e + I + synapses
//   m'     = a_m(v) (1 - m) - b_m(v) m,  and h and n likewise
//
// Spikes. The parameter spike_criterion defines a spike:
//   0  v crosses v_spike upwards.
//   1  v is at least v_spike and falls, as in NEST: some tenths of a
//      millisecond later.
//   2  v is at least v_spike, as in Brian. Differs from 0 in neurons that stay
//      depolarized, which then spike again and again.
// A spike resets nothing, because the channels bring v back. During the next
// t_ref / dt steps, rounded up, no other spike is reported, while the dynamics
// go on; the variable refractory_steps is the number of these steps that are
// left. With criterion 1 or 2, t_ref must be longer than a spike, or the same
// spike is reported again.
//
// Schemes. A step is divided into equal sub-steps, and each sub-step ends with
// a test for a spike:
//   exponential_euler  Sub-steps of at most 0.05 ms. The gates relax exactly
//                      for the voltage at the beginning of the sub-step. Then v
//                      relaxes exactly for the resulting conductances and the
//                      mean synaptic input. Stable for any conductance, and of
//                      second order in all but the first sub-step, because the
//                      gates can be read as those of the middle of the
//                      sub-step.
//   rk4                Sub-steps of at most 0.01 ms. Classical 4th-order
//                      Runge-Kutta, with exact synaptic inputs. Unstable where
//                      the sum of conductances is above 2.7 c_m / (sub-step).
// Gates are limited to [0, 1], both their initial values and results of rk4.
//
// Rates of channels are computed for v limited to a range (see the models),
// outside of which they would be too large or too small for FLOAT32.

#ifndef SPIKED_CORE_NEURONS_HH_H_
#define SPIKED_CORE_NEURONS_HH_H_

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/neurons/lif.h"
#include "core/spec/model_info.h"
#include "core/spec/parameters.h"

namespace spiked::hh {

enum Scheme { kExponentialEuler, kRk4, kSchemeCount };

// Parameters of all Hodgkin-Huxley models. A model's own parameters, of
// synapses and channels, follow from kMore on.
enum Parameter {
  kCM,
  kGL,
  kGNa,
  kGK,
  kEL,
  kENa,
  kEK,
  kVSpike,
  kSpikeCriterion,
  kTRef,
  kIE,
  kMore
};

// Variables of all Hodgkin-Huxley models. From kMoreVariables on follow those
// of synapses, then the refractory steps.
enum Variable { kV, kM, kH, kN, kMoreVariables };

inline int SubStepCount(int scheme, double dt_ms) {
  const double longest_ms = scheme == kRk4 ? 0.01 : 0.05;
  // Rounding may make a quotient such as 0.1 / 0.05 a little larger than 2.
  return std::max(1, static_cast<int>(std::ceil(dt_ms / longest_ms - 1e-6)));
}

// The division of a step into sub-steps.
struct SubSteps {
  explicit SubSteps(const NeuronBuild& build)
      : exponential(build.scheme == kExponentialEuler),
        count(SubStepCount(build.scheme, build.dt_ms)),
        h_ms(build.dt_ms / count) {}

  bool exponential;
  int count;
  double h_ms;
};

// Parameters of membrane and channels in the form the kernels read. h is the
// length of a sub-step.
template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : Rows(p, SubSteps(build), build.dt_ms) {}
  Rows(const Parameters& p, const SubSteps& steps, double dt_ms)
      : exponential(steps.exponential),
        sub_steps(steps.count),
        h_ms(static_cast<T>(steps.h_ms)),
        membrane(p, kCM, kGL, kEL, kIE, steps.h_ms),
        sodium(PerStep(p, kGNa, steps)),
        potassium(PerStep(p, kGK, steps)),
        e_na(p.column(kENa)),
        e_k(p.column(kEK)),
        v_spike(p.column(kVSpike)),
        criterion(
            Column(p, {kSpikeCriterion},
                   [](double criterion) { return std::round(criterion); })),
        refractory_steps(lif::RefractoryStepCounts(p, kTRef, dt_ms)) {}

  bool exponential;
  int sub_steps;
  T h_ms;
  lif::LeakRows<T> membrane;          // over h
  ParameterRow<T> sodium, potassium;  // h g / c_m
  ParameterRow<T> e_na, e_k;
  ParameterRow<T> v_spike, criterion, refractory_steps;

 private:
  static std::vector<double> PerStep(const Parameters& p, int conductance,
                                     const SubSteps& steps) {
    return Column(p, {kCM, conductance},
                  [&](double c_m, double g) { return steps.h_ms * g / c_m; });
  }
};

inline ParameterInfo NonNegativeParameter(const char* name, const char* unit,
                                          const char* description,
                                          double default_value) {
  return {name, unit, description, default_value, 0};
}

// Default values that differ between models.
struct Defaults {
  double c_m, g_l, g_na, g_k, e_l, e_na, e_k;
};

inline std::vector<ParameterInfo> MembraneParameters(const Defaults& d) {
  std::vector<ParameterInfo> table;
  Append(
      table, kMore,
      {{kCM, PositiveParameter("c_m_pf", "pF", "Capacitance of the membrane.",
                               d.c_m)},
       {kGL, NonNegativeParameter("g_l_ns", "nS", "Conductance of the leak.",
                                  d.g_l)},
       {kGNa, NonNegativeParameter("g_na_ns", "nS",
                                   "Conductance of all open sodium channels.",
                                   d.g_na)},
       {kGK, NonNegativeParameter("g_k_ns", "nS",
                                  "Conductance of all open potassium channels.",
                                  d.g_k)},
       {kEL, {"e_l_mv", "mV", "Reversal potential of the leak.", d.e_l}},
       {kENa, {"e_na_mv", "mV", "Reversal potential of sodium.", d.e_na}},
       {kEK, {"e_k_mv", "mV", "Reversal potential of potassium.", d.e_k}},
       {kVSpike,
        {"v_spike_mv", "mV", "Membrane potential that only spikes reach.", 0}},
       {kSpikeCriterion,
        {"spike_criterion", "",
         "What a spike is: 0: v crosses v_spike_mv upwards; 1: v is at least "
         "that and falls; 2: v is at least that. Rounded to the nearest.",
         0, 0, 2}},
       {kTRef, lif::RefractoryTime("Time after a spike in which no other is "
                                   "reported; rounded up to steps.",
                                   2)},
       {kIE, {"i_e_pa", "pA", "Constant current.", 0}}});
  return table;
}

// The variables with which all Hodgkin-Huxley models begin.
inline std::vector<VariableInfo> MembraneVariables(const char* initial_v) {
  std::vector<VariableInfo> table;
  Append(table, kMoreVariables,
         {{kV, {"v_mv", "mV", "Membrane potential.", initial_v}},
          {kM,
           {"m", "", "Activation of sodium channels.", "steady state at v_mv"}},
          {kH,
           {"h", "", "Inactivation of sodium channels: 1 if there is none.",
            "steady state at v_mv"}},
          {kN,
           {"n", "", "Activation of potassium channels.",
            "steady state at v_mv"}}});
  return table;
}

inline std::vector<SchemeInfo> Schemes() {
  std::vector<SchemeInfo> table;
  Append(table, kSchemeCount,
         {{kExponentialEuler,
           {"exponential_euler",
            "Gates, then v, relax exactly for what they had before; sub-steps "
            "of at "
            "most 0.05 ms; always stable."}},
          {kRk4,
           {"rk4",
            "Classical 4th-order Runge-Kutta; sub-steps of at most 0.01 ms; "
            "unstable under conductances of more than 270 c_m_pf (nS)."}}});
  return table;
}

}  // namespace spiked::hh

#endif  // SPIKED_CORE_NEURONS_HH_H_
