// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_alpha.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_alpha.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/alpha_simd.h"

#ifndef SPIKED_CORE_NEURONS_LIF_ALPHA_ROWS_
#define SPIKED_CORE_NEURONS_LIF_ALPHA_ROWS_
namespace spiked::lif_alpha {

// The parameters that follow those of lif::MembraneParameter.
enum Parameter { kTauEx = lif::kMore, kTauIn, kParameterCount };
enum Variable { kV, kIEx, kRiseEx, kIIn, kRiseIn, kRefractory, kVariableCount };

// The coefficients of a synaptic current over a step.
template <typename T>
struct Current {
  Current(const Parameters& p, int tau_syn, double dt_ms)
      : shape(p, tau_syn, dt_ms),
        of_current(Column(p, {lif::kTauM, lif::kCM, tau_syn},
                          [&](double tau_m, double c_m, double tau) {
                            return lif::VoltageOfCurrent(tau_m, tau, c_m,
                                                         dt_ms);
                          })),
        of_rise(Column(p, {lif::kTauM, lif::kCM, tau_syn},
                       [&](double tau_m, double c_m, double tau) {
                         return alpha::VoltageOfRise(tau_m, tau, c_m, dt_ms);
                       })) {}

  bool uniform() const { return AllUniform(shape, of_current, of_rise); }

  alpha::ShapeRows<T> shape;
  // Change of v by 1 pA of the current, and of its rise, at the beginning of
  // the step (mV/pA).
  ParameterRow<T> of_current, of_rise;
};

template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : membrane(p, build),
        excitatory(p, kTauEx, build.dt_ms),
        inhibitory(p, kTauIn, build.dt_ms),
        uniform(AllUniform(membrane, excitatory, inhibitory)) {}

  lif::MembraneRows<T> membrane;
  Current<T> excitatory, inhibitory;
  bool uniform;
};

}  // namespace spiked::lif_alpha
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// An alpha-shaped synaptic current.
template <bool kUniform, class D>
class LifAlphaCurrent {
 public:
  using T = hn::TFromD<D>;

  // `variable` is the index of the current; its rise is the next variable.
  LifAlphaCurrent(D d, const lif_alpha::Current<T>& rows,
                  const NeuronUpdate& update, int variable, int receptor)
      : shape_(d, rows.shape, update, variable, receptor),
        of_current_(d, rows.of_current, update.first),
        of_rise_(d, rows.of_rise, update.first) {}

  // Moves the current by a step and returns the change of v by it in this step.
  HWY_INLINE hn::Vec<D> Advance(D d, int64_t i) const {
    const auto now = shape_.Advance(d, i);
    return hn::Add(hn::Mul(of_current_.At(i), now.shape),
                   hn::Mul(of_rise_.At(i), now.rise));
  }

 private:
  const AlphaShape<kUniform, D> shape_;
  const ParameterVector<kUniform, D> of_current_, of_rise_;
};

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <bool kUniform, typename T>
int64_t UpdateLifAlpha(const lif_alpha::Rows<T>& rows,
                       const NeuronUpdate& update) {
  using D = VectorTag<T>;
  const D d;
  T* const v_row = update.Variable<T>(lif_alpha::kV);
  const Membrane<kUniform, D> membrane(d, rows.membrane, update, lif::kCurrent);
  const LifAlphaCurrent<kUniform, D> excitatory(
      d, rows.excitatory, update, lif_alpha::kIEx, lif::kExcitatory);
  const LifAlphaCurrent<kUniform, D> inhibitory(
      d, rows.inhibitory, update, lif_alpha::kIIn, lif::kInhibitory);
  Threshold<kUniform, D> threshold(d, rows.membrane.threshold, update,
                                   lif_alpha::kRefractory);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto v = hn::Load(d, v_row + i);
    auto change = membrane.Change(d, i, v);
    change = hn::Add(change, excitatory.Advance(d, i));
    change = hn::Add(change, inhibitory.Advance(d, i));
    hn::Store(threshold.Apply(d, i, v, hn::Add(v, change)), d, v_row + i);
  }
  return threshold.spike_count();
}

template <typename T>
int64_t UpdateLifAlpha(const lif_alpha::Rows<T>& rows,
                       const NeuronUpdate& update) {
  return WithConstants(
      [&](auto uniform) { return UpdateLifAlpha<uniform>(rows, update); },
      rows.uniform);
}

UpdateFunctions<lif_alpha::Rows> LifAlphaFunctions() {
  return {UpdateLifAlpha<float>, UpdateLifAlpha<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::lif_alpha {
namespace {

HWY_EXPORT(LifAlphaFunctions);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "lif_alpha";
  info.summary =
      "Leaky integrate-and-fire neurons with an excitatory and an inhibitory "
      "alpha-shaped synaptic current.";
  info.equations =
      "v' = (e_l_mv - v) / tau_m_ms + "
      "(i_syn_ex + i_syn_in + i_e_pa + current) / c_m_pf; a spike of weight w "
      "gives i_syn_ex the current w e t / tau_syn_ex_ms "
      "exp(-t / tau_syn_ex_ms), whose peak is w at t = tau_syn_ex_ms, and "
      "i_syn_in likewise, where weights are negative; at v >= v_th_mv: spike, "
      "v = v_reset_mv for t_ref_ms. Integrated exactly: Rotter & Diesmann "
      "1999, doi:10.1007/s004220050570; NEST's iaf_psc_alpha.";
  info.parameters = lif::MembraneParameters();
  Append(info.parameters, kParameterCount,
         {{kTauEx, PositiveParameter(
                       "tau_syn_ex_ms", "ms",
                       "Time from an event to the peak of excitation.", 2)},
          {kTauIn, PositiveParameter(
                       "tau_syn_in_ms", "ms",
                       "Time from an event to the peak of inhibition.", 2)}});
  info.order = {{"v_reset_mv", "v_th_mv"}};
  Append(info.variables, kVariableCount,
         {{kV, lif::MembranePotential()},
          {kIEx, {"i_syn_ex_pa", "pA", "Excitatory synaptic current.", "0"}},
          {kRiseEx,
           {"rise_ex_pa", "pA",
            "What makes i_syn_ex_pa rise; events add to it.", "0"}},
          {kIIn, {"i_syn_in_pa", "pA", "Inhibitory synaptic current.", "0"}},
          {kRiseIn,
           {"rise_in_pa", "pA",
            "What makes i_syn_in_pa rise; events add to it.", "0"}},
          {kRefractory, lif::RefractorySteps()}});
  info.receptors = lif::CurrentReceptors(
      "Peak of the excitatory current of an event.",
      "Peak of the inhibitory current of an event; below 0.");
  info.cell_classes = {
      {"pynn_if_curr_alpha",
       "Defaults of PyNN's IF_curr_alpha.",
       {{"tau_m_ms", 20},
        {"c_m_pf", 1000},
        {"e_l_mv", -65},
        {"v_th_mv", -50},
        {"v_reset_mv", -65},
        {"t_ref_ms", 0.1},
        {"tau_syn_ex_ms", 0.5},
        {"tau_syn_in_ms", 0.5}}},
  };
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = StartAtParameter<lif::kEL>,
      .update = [] { return HWY_DYNAMIC_DISPATCH(LifAlphaFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::lif_alpha
#endif  // HWY_ONCE
