// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_cond_exp.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_cond_exp.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/conductance_simd.h"
#include "core/neurons/lif_cond.h"

#ifndef SPIKED_CORE_NEURONS_LIF_COND_EXP_ROWS_
#define SPIKED_CORE_NEURONS_LIF_COND_EXP_ROWS_
namespace spiked::lif_cond_exp {

enum Variable { kV, kGEx, kGIn, kRefractory, kVariableCount };
enum Scheme { kExponentialEuler, kEuler, kSchemeCount };

template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : membrane(p, lif_cond::kCM, lif_cond::kGL, lif_cond::kEL, lif_cond::kIE,
                 build.dt_ms),
        excitatory(p, lif_cond::kCM, lif_cond::kTauEx, lif_cond::kEEx,
                   Over(build.scheme), build.dt_ms, build.dt_ms),
        inhibitory(p, lif_cond::kCM, lif_cond::kTauIn, lif_cond::kEIn,
                   Over(build.scheme), build.dt_ms, build.dt_ms),
        threshold(p, lif_cond::kVTh, lif_cond::kVReset, lif_cond::kTRef,
                  build.dt_ms),
        exponential(build.scheme == kExponentialEuler),
        uniform(AllUniform(membrane, excitatory, inhibitory, threshold)) {}

  static conductance::Over Over(int scheme) {
    return scheme == kEuler ? conductance::Over::kBeginning
                            : conductance::Over::kMean;
  }

  lif::LeakRows<T> membrane;
  conductance::Rows<T> excitatory, inhibitory;
  lif::ThresholdRows<T> threshold;
  bool exponential, uniform;
};

}  // namespace spiked::lif_cond_exp
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <bool kExponential, bool kUniform, typename T>
int64_t UpdateLifCondExp(const lif_cond_exp::Rows<T>& rows,
                         const NeuronUpdate& update) {
  using D = VectorTag<T>;
  using Row = ParameterVector<kUniform, D>;
  const D d;
  T* const v_row = update.Variable<T>(lif_cond_exp::kV);
  const Row leak(d, rows.membrane.leak, update.first);
  const Row drive_row(d, rows.membrane.drive, update.first);
  const Row of_current(d, rows.membrane.of_current, update.first);
  const SynapticConductance<kUniform, D> excitatory(
      d, rows.excitatory, update, lif_cond_exp::kGEx, lif::kExcitatory);
  const SynapticConductance<kUniform, D> inhibitory(
      d, rows.inhibitory, update, lif_cond_exp::kGIn, lif::kInhibitory);
  const InjectedCurrent<D> current(update, lif::kCurrent);
  Threshold<kUniform, D> threshold(d, rows.threshold, update,
                                   lif_cond_exp::kRefractory);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto v = hn::Load(d, v_row + i);
    auto x = leak.At(i);
    auto drive = drive_row.At(i);
    excitatory.Advance(d, i, x, drive);
    inhibitory.Advance(d, i, x, drive);
    drive = current.AddTo(d, i, drive, of_current);
    auto change = hn::Sub(drive, hn::Mul(x, v));
    if constexpr (kExponential) change = hn::Mul(change, MeanDecay(d, x));
    hn::Store(threshold.Apply(d, i, v, hn::Add(v, change)), d, v_row + i);
  }
  return threshold.spike_count();
}

template <typename T>
int64_t UpdateLifCondExp(const lif_cond_exp::Rows<T>& rows,
                         const NeuronUpdate& update) {
  return WithConstants(
      [&](auto exponential, auto uniform) {
        return UpdateLifCondExp<exponential, uniform>(rows, update);
      },
      rows.exponential, rows.uniform);
}

UpdateFunctions<lif_cond_exp::Rows> LifCondExpFunctions() {
  return {UpdateLifCondExp<float>, UpdateLifCondExp<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::lif_cond_exp {
namespace {

HWY_EXPORT(LifCondExpFunctions);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "lif_cond_exp";
  info.summary =
      "Leaky integrate-and-fire neurons with an excitatory and an inhibitory "
      "exponential synaptic conductance.";
  info.equations =
      "c_m_pf v' = g_l_ns (e_l_mv - v) + g_ex (e_ex_mv - v) + "
      "g_in (e_in_mv - v) + i_e_pa + current; g_ex' = -g_ex / tau_syn_ex_ms, "
      "g_in' = -g_in / tau_syn_in_ms, and a spike adds its weight; at "
      "v >= v_th_mv: spike, v = v_reset_mv for t_ref_ms. NEST's iaf_cond_exp.";
  info.parameters =
      lif_cond::Parameters("Time constant of the excitatory conductance.",
                           "Time constant of the inhibitory conductance.");
  info.order = {{"v_reset_mv", "v_th_mv"}};
  Append(info.variables, kVariableCount,
         {{kV, lif::MembranePotential()},
          {kGEx, {"g_ex_ns", "nS", "Excitatory conductance.", "0"}},
          {kGIn, {"g_in_ns", "nS", "Inhibitory conductance.", "0"}},
          {kRefractory, lif::RefractorySteps()}});
  info.receptors = lif::ConductanceReceptors();
  Append(info.schemes, kSchemeCount,
         {{kExponentialEuler,
           {"exponential_euler",
            "v relaxes exactly for the mean conductances of the step; second "
            "order, "
            "always stable."}},
          {kEuler,
           {"euler",
            "v by dt with the conductances of the step's beginning; unstable "
            "if dt "
            "is more than twice the membrane's time constant."}}});
  const std::map<std::string, double> benchmark = {
      {"c_m_pf", 200},       {"g_l_ns", 10},   {"e_l_mv", -60},
      {"e_ex_mv", 0},        {"e_in_mv", -80}, {"tau_syn_ex_ms", 5},
      {"tau_syn_in_ms", 10}, {"v_th_mv", -50}, {"v_reset_mv", -60},
      {"t_ref_ms", 5}};
  std::map<std::string, double> in_leaks = benchmark;
  in_leaks["c_m_pf"] = 20;
  in_leaks["g_l_ns"] = 1;
  in_leaks["i_e_pa"] = 20;
  info.cell_classes = {
      {"brette_2007_coba",
       "Conductance-based benchmark of Brette et al. 2007, "
       "doi:10.1007/s10827-007-0038-6; weights 6 and 67 nS, no drive.",
       benchmark},
      {"pynn_if_cond_exp",
       "Defaults of PyNN's IF_cond_exp.",
       {{"c_m_pf", 1000},
        {"g_l_ns", 50},
        {"e_l_mv", -65},
        {"e_ex_mv", 0},
        {"e_in_mv", -70},
        {"tau_syn_ex_ms", 5},
        {"tau_syn_in_ms", 5},
        {"v_th_mv", -50},
        {"v_reset_mv", -65},
        {"t_ref_ms", 0.1}}},
      {"vogels_abbott_coba",
       "Vogels & Abbott 2005, doi:10.1523/JNEUROSCI.3508-05.2005, with a drive "
       "of 20 mV; 1 nS is one leak, weights 0.4 and 5.1.",
       in_leaks},
  };
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = StartAtParameter<lif_cond::kEL>,
      .update = [] { return HWY_DYNAMIC_DISPATCH(LifCondExpFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::lif_cond_exp
#endif  // HWY_ONCE
