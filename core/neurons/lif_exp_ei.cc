// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_exp_ei.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_exp_ei.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/lif_exp_simd.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

UpdateFunctions<lif_exp::TwoCurrents> LifExpEiFunctions() {
  return {UpdateLifExp<2, float>, UpdateLifExp<2, double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::lif_exp_ei {
namespace {

HWY_EXPORT(LifExpEiFunctions);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "lif_exp_ei";
  info.summary =
      "Leaky integrate-and-fire neurons with an excitatory and an inhibitory "
      "exponential synaptic current.";
  info.equations =
      "v' = (e_l_mv - v) / tau_m_ms + "
      "(i_syn_ex + i_syn_in + i_e_pa + current) / c_m_pf; "
      "i_syn_ex' = -i_syn_ex / tau_syn_ex_ms, i_syn_in' = -i_syn_in / "
      "tau_syn_in_ms, and a spike adds its weight, which is negative if "
      "inhibitory; at v >= v_th_mv: spike, v = v_reset_mv for t_ref_ms. "
      "Integrated exactly: Rotter & Diesmann 1999, doi:10.1007/s004220050570; "
      "NEST's iaf_psc_exp.";
  info.parameters = lif_exp::TwoCurrentParameters();
  info.order = {{"v_reset_mv", "v_th_mv"}};
  Append(info.variables, lif_exp::kISyn + 3,
         {{lif_exp::kV, lif::MembranePotential()},
          {lif_exp::kISyn,
           {"i_syn_ex_pa", "pA", "Excitatory synaptic current.", "0"}},
          {lif_exp::kISyn + 1,
           {"i_syn_in_pa", "pA", "Inhibitory synaptic current.", "0"}},
          {lif_exp::kISyn + 2, lif::RefractorySteps()}});
  info.receptors = lif_exp::TwoCurrentReceptors();
  info.cell_classes = {
      {"pynn_if_curr_exp",
       "Defaults of PyNN's IF_curr_exp.",
       {{"tau_m_ms", 20},
        {"c_m_pf", 1000},
        {"e_l_mv", -65},
        {"v_th_mv", -50},
        {"v_reset_mv", -65},
        {"t_ref_ms", 0.1},
        {"tau_syn_ex_ms", 5},
        {"tau_syn_in_ms", 5}}},
      {"vogels_abbott_cuba",
       "Current-based benchmark of Brette et al. 2007, "
       "doi:10.1007/s10827-007-0038-6; 1 pA drives 1 mV, weights 1.62 and -9.",
       {{"tau_m_ms", 20},
        {"c_m_pf", 20},
        {"e_l_mv", -49},
        {"v_th_mv", -50},
        {"v_reset_mv", -60},
        {"t_ref_ms", 5},
        {"tau_syn_ex_ms", 5},
        {"tau_syn_in_ms", 10}}},
  };
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<lif_exp::TwoCurrents>({
      .info = MakeInfo(),
      .initialize = StartAtParameter<lif::kEL>,
      .update = [] { return HWY_DYNAMIC_DISPATCH(LifExpEiFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::lif_exp_ei
#endif  // HWY_ONCE
