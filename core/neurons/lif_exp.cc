// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_exp.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_exp.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/lif_exp_simd.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

UpdateFunctions<lif_exp::OneCurrent> LifExpFunctions() {
  return {UpdateLifExp<1, float>, UpdateLifExp<1, double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::lif_exp {
namespace {

enum Receptor { kCurrentExp, kCurrent, kReceptorCount };

HWY_EXPORT(LifExpFunctions);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "lif_exp";
  info.summary =
      "Leaky integrate-and-fire neurons with an exponential synaptic current.";
  info.equations =
      "v' = (e_l_mv - v) / tau_m_ms + (i_syn + i_e_pa + current) / c_m_pf; "
      "i_syn' = -i_syn / tau_syn_ms, and a spike adds its weight; at "
      "v >= v_th_mv: spike, v = v_reset_mv for t_ref_ms. Integrated exactly: "
      "Rotter & Diesmann 1999, doi:10.1007/s004220050570; NEST's iaf_psc_exp.";
  info.parameters = lif::MembraneParameters();
  Append(info.parameters, kTauSyn + 1,
         {{kTauSyn,
           PositiveParameter("tau_syn_ms", "ms",
                             "Time constant of the synaptic current.", 2)}});
  info.order = {{"v_reset_mv", "v_th_mv"}};
  Append(info.variables, kISyn + 2,
         {{kV, lif::MembranePotential()},
          {kISyn, {"i_syn_pa", "pA", "Synaptic current.", "0"}},
          {kISyn + 1, lif::RefractorySteps()}});
  Append(info.receptors, kReceptorCount,
         {{kCurrentExp, {"current_exp", "pA", "Step of the synaptic current."}},
          {kCurrent, {"current", "pA", "Current that acts for one step."}}});
  info.cell_classes = {
      {"potjans_diesmann_2014",
       "Potjans & Diesmann 2014, doi:10.1093/cercor/bhs358.",
       {{"tau_m_ms", 10},
        {"c_m_pf", 250},
        {"e_l_mv", -65},
        {"v_th_mv", -50},
        {"v_reset_mv", -65},
        {"t_ref_ms", 2},
        {"tau_syn_ms", 0.5}}},
  };
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<OneCurrent>({
      .info = MakeInfo(),
      .initialize = StartAtParameter<lif::kEL>,
      .update = [] { return HWY_DYNAMIC_DISPATCH(LifExpFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::lif_exp
#endif  // HWY_ONCE
