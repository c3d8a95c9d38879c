// SPDX-License-Identifier: Apache-2.0
//
// The parameters shared by the leaky integrate-and-fire models with synaptic
// conductances, exponential or alpha-shaped.

#ifndef SPIKED_CORE_NEURONS_LIF_COND_H_
#define SPIKED_CORE_NEURONS_LIF_COND_H_

#include <vector>

#include "core/neurons/vector_model.h"
#include "core/spec/model_info.h"

namespace spiked::lif_cond {

enum Parameter {
  kCM,
  kGL,
  kEL,
  kEEx,
  kEIn,
  kTauEx,
  kTauIn,
  kVTh,
  kVReset,
  kTRef,
  kIE,
  kParameterCount
};

// The arguments are the descriptions of the synaptic time constants, whose
// meaning depends on the model.
inline std::vector<ParameterInfo> Parameters(const char* tau_ex,
                                             const char* tau_in) {
  std::vector<ParameterInfo> table;
  Append(table, kParameterCount,
         {{kCM, PositiveParameter("c_m_pf", "pF",
                                  "Capacitance of the membrane.", 250)},
          {kGL, {"g_l_ns", "nS", "Leak conductance.", 16.6667, 0}},
          {kEL, {"e_l_mv", "mV", "Resting potential.", -70}},
          {kEEx, {"e_ex_mv", "mV", "Reversal potential of excitation.", 0}},
          {kEIn, {"e_in_mv", "mV", "Reversal potential of inhibition.", -85}},
          {kTauEx, PositiveParameter("tau_syn_ex_ms", "ms", tau_ex, 0.2)},
          {kTauIn, PositiveParameter("tau_syn_in_ms", "ms", tau_in, 2)},
          {kVTh, {"v_th_mv", "mV", "Threshold.", -55}},
          {kVReset,
           {"v_reset_mv", "mV", "Membrane potential after a spike.", -60}},
          {kTRef, lif::RefractoryTime(lif::kRefractoryTime, 2)},
          {kIE, {"i_e_pa", "pA", "Constant current.", 0}}});
  return table;
}

}  // namespace spiked::lif_cond

#endif  // SPIKED_CORE_NEURONS_LIF_COND_H_
