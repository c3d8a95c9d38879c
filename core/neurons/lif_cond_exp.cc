// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_cond_exp.h"

#include "core/neurons/lif.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_cond_exp.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/neurons/conductance_simd.h"

#ifndef SPIKED_CORE_MODELS_LIF_COND_EXP_ROWS_
#define SPIKED_CORE_MODELS_LIF_COND_EXP_ROWS_
namespace spiked::lif_cond_exp {

// In the order of ModelInfo::parameters.
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
  kIE
};
enum Scheme { kExponentialEuler, kEuler };

template <typename T>
struct Rows {
  Rows(const Parameters& p, int scheme, double dt_ms)
      : leak(lif::Column(
            p, {kCM, kGL},
            [&](size_t i) { return dt_ms * p.Get(kGL, i) / p.Get(kCM, i); })),
        drive(lif::Column(p, {kCM, kGL, kEL, kIE},
                          [&](size_t i) {
                            return lif::NonZero(dt_ms / p.Get(kCM, i) *
                                                (p.Get(kGL, i) * p.Get(kEL, i) +
                                                 p.Get(kIE, i)));
                          })),
        of_current(lif::Column(
            p, {kCM}, [&](size_t i) { return dt_ms / p.Get(kCM, i); })),
        excitatory(p, kCM, kTauEx, kEEx, Over(scheme), dt_ms, dt_ms),
        inhibitory(p, kCM, kTauIn, kEIn, Over(scheme), dt_ms, dt_ms),
        threshold(p, kVTh, kVReset, kTRef, dt_ms),
        uniform(leak.uniform() && drive.uniform() && of_current.uniform() &&
                excitatory.uniform() && inhibitory.uniform() &&
                threshold.uniform()) {}

  static conductance::Over Over(int scheme) {
    return scheme == kEuler ? conductance::Over::kBeginning
                            : conductance::Over::kMean;
  }

  ParameterRow<T> leak;        // x by g_l
  ParameterRow<T> drive;       // by g_l e_l and i_e (mV)
  ParameterRow<T> of_current;  // (mV/pA)
  conductance::Rows<T> excitatory, inhibitory;
  lif::ThresholdRows<T> threshold;
  bool uniform;
};

}  // namespace spiked::lif_cond_exp
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Mul and Add instead of MulAdd: the same bits on every vector target.
template <bool kExponential, bool kUniform, typename T>
int64_t UpdateLifCondExp(const lif_cond_exp::Rows<T>& rows,
                         const NeuronUpdate& update) {
  const hn::CappedTag<T, ParameterRow<T>::kLanes> d;
  using D = decltype(d);
  using Row = ParameterVector<kUniform, D>;
  T* const v_row = static_cast<T*>(update.variables);
  const Row leak(d, rows.leak, update.first);
  const Row drive_row(d, rows.drive, update.first);
  const Row of_current(d, rows.of_current, update.first);
  const SynapticConductance<kUniform, D> excitatory(
      d, rows.excitatory, update.first, v_row + update.stride,
      ReceptorReader<D>(update, 0));
  const SynapticConductance<kUniform, D> inhibitory(
      d, rows.inhibitory, update.first, v_row + 2 * update.stride,
      ReceptorReader<D>(update, 1));
  const InjectedCurrent<D> current(update, 2);
  Threshold<kUniform, D> threshold(d, rows.threshold, update,
                                   v_row + 3 * update.stride);
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
int64_t UpdateLifCondExp(const lif_cond_exp::Rows<T>& rows, bool exponential,
                         const NeuronUpdate& update) {
  if (exponential) {
    return rows.uniform ? UpdateLifCondExp<true, true>(rows, update)
                        : UpdateLifCondExp<true, false>(rows, update);
  }
  return rows.uniform ? UpdateLifCondExp<false, true>(rows, update)
                      : UpdateLifCondExp<false, false>(rows, update);
}
int64_t UpdateLifCondExpF32(const lif_cond_exp::Rows<float>& rows,
                            bool exponential, const NeuronUpdate& update) {
  return UpdateLifCondExp(rows, exponential, update);
}
int64_t UpdateLifCondExpF64(const lif_cond_exp::Rows<double>& rows,
                            bool exponential, const NeuronUpdate& update) {
  return UpdateLifCondExp(rows, exponential, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked {
namespace {

HWY_EXPORT(UpdateLifCondExpF32);
HWY_EXPORT(UpdateLifCondExpF64);

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters& parameters, const NeuronBuild& build)
      : rows_(parameters, build.scheme, build.dt_ms),
        exponential_(build.scheme == lif_cond_exp::kExponentialEuler) {}

  bool ReadsCounts() const override { return sizeof(T) == 4; }

  int64_t Update(const NeuronUpdate& update) const override {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(UpdateLifCondExpF32)(rows_, exponential_,
                                                       update);
    } else {
      return HWY_DYNAMIC_DISPATCH(UpdateLifCondExpF64)(rows_, exponential_,
                                                       update);
    }
  }

 private:
  lif_cond_exp::Rows<T> rows_;
  bool exponential_;
};

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
  info.parameters = {
      lif::PositiveParameter("c_m_pf", "pF", "Capacitance of the membrane.",
                             250),
      {"g_l_ns", "nS", "Leak conductance.", 16.6667, 0},
      {"e_l_mv", "mV", "Resting potential.", -70},
      {"e_ex_mv", "mV", "Reversal potential of excitation.", 0},
      {"e_in_mv", "mV", "Reversal potential of inhibition.", -85},
      lif::PositiveParameter("tau_syn_ex_ms", "ms",
                             "Time constant of the excitatory conductance.",
                             0.2),
      lif::PositiveParameter("tau_syn_in_ms", "ms",
                             "Time constant of the inhibitory conductance.", 2),
      {"v_th_mv", "mV", "Threshold.", -55},
      {"v_reset_mv", "mV", "Membrane potential after a spike.", -60},
      {"t_ref_ms", "ms", "Refractory time; rounded to steps.", 2, 0},
      {"i_e_pa", "pA", "Constant current.", 0},
  };
  info.order = {{"v_reset_mv", "v_th_mv"}};
  info.variables = {lif::MembranePotential(),
                    {"g_ex_ns", "nS", "Excitatory conductance.", "0"},
                    {"g_in_ns", "nS", "Inhibitory conductance.", "0"},
                    lif::RefractorySteps()};
  info.receptors = {
      {"excitatory", "nS", "Step of the excitatory conductance."},
      {"inhibitory", "nS", "Step of the inhibitory conductance."},
      {"current", "pA", "Current that acts for one step."},
  };
  info.schemes = {
      {"exponential_euler",
       "v relaxes exactly for the mean conductances of the step; second order, "
       "always stable."},
      {"euler",
       "v by dt with the conductances of the step's beginning; unstable if dt "
       "is more than twice the membrane's time constant."},
  };
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

const ModelInfo& LifCondExp::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void LifCondExp::Initialize(const Parameters& parameters, int64_t i,
                            absl::Span<double> variables) const {
  if (std::isnan(variables[0])) {
    variables[0] = parameters.Get(lif_cond_exp::kEL, i);
  }
  for (double& x : variables.subspan(1)) {
    if (std::isnan(x)) x = 0;
  }
}

std::unique_ptr<NeuronKernel> LifCondExp::Compile(
    const Parameters& parameters, const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
