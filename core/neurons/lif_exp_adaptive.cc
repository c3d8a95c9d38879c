// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_exp_adaptive.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_exp_adaptive.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/lif_exp_simd.h"

#ifndef SPIKED_CORE_NEURONS_LIF_EXP_ADAPTIVE_ROWS_
#define SPIKED_CORE_NEURONS_LIF_EXP_ADAPTIVE_ROWS_
namespace spiked::lif_exp_adaptive {

// The parameters and variables that follow those of the membrane and of the two
// currents.
enum Parameter {
  kThetaPlus = lif_exp::kTauSyn + 2,
  kTauTheta,
  kParameterCount
};
enum Variable {
  kTheta = lif_exp::kISyn + 2,
  kThetaLow,
  kRefractory,
  kVariableCount
};

template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : lif(p, build),
        theta_plus(p.column(kThetaPlus)),
        theta_approach(Column(
            p, {kTauTheta},
            [&](double tau) { return lif::Approach(tau, build.dt_ms); })),
        uniform(lif.uniform && AllUniform(theta_plus, theta_approach)) {}

  lif_exp::TwoCurrents<T> lif;
  ParameterRow<T> theta_plus;      // mV
  ParameterRow<T> theta_approach;  // 1 - exp(-dt/tau_theta)
  bool uniform;
};

}  // namespace spiked::lif_exp_adaptive
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// theta as the sum of `high` and `low`, the part that is too small for `high`.
// Without fused operations Normalize doesn't change the sum, so nothing is lost
// in many small steps: Dekker 1971, doi:10.1007/BF01397083.
template <class D>
struct Theta {
  hn::Vec<D> high, low;

  // Decays theta by a step. Parts that would soon become denormal numbers
  // become 0.
  HWY_INLINE void Decay(D d, hn::Vec<D> approach) {
    const auto tiny = hn::Set(d, static_cast<hn::TFromD<D>>(1e-30));
    const auto is_left = hn::Gt(hn::Abs(high), tiny);
    low = hn::Sub(low, hn::Mul(approach, high));
    Normalize();
    high = hn::IfThenElseZero(is_left, high);
    low = hn::IfThenElseZero(hn::And(is_left, hn::Gt(hn::Abs(low), tiny)), low);
  }

  // Moves into `high` the part of `low` that it can hold.
  HWY_INLINE void Normalize() {
    const auto sum = hn::Add(high, low);
    low = hn::Sub(low, hn::Sub(sum, high));
    high = sum;
  }
};

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <bool kUniform, typename T>
int64_t UpdateLifExpAdaptive(const lif_exp_adaptive::Rows<T>& rows,
                             const NeuronUpdate& update) {
  using D = VectorTag<T>;
  const D d;
  T* const v_row = update.Variable<T>(lif_exp::kV);
  T* const high_row = update.Variable<T>(lif_exp_adaptive::kTheta);
  T* const low_row = update.Variable<T>(lif_exp_adaptive::kThetaLow);
  const Membrane<kUniform, D> membrane(d, rows.lif.membrane, update,
                                       lif::kCurrent);
  const SynapticCurrent<kUniform, D> excitatory(d, rows.lif.currents[0], update,
                                                lif::kExcitatory);
  const SynapticCurrent<kUniform, D> inhibitory(d, rows.lif.currents[1], update,
                                                lif::kInhibitory);
  const ParameterVector<kUniform, D> plus(d, rows.theta_plus, update.first);
  const ParameterVector<kUniform, D> approach(d, rows.theta_approach,
                                              update.first);
  Threshold<kUniform, D> threshold(d, rows.lif.membrane.threshold, update,
                                   lif_exp_adaptive::kRefractory);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    // The change of v without a threshold.
    const auto v = hn::Load(d, v_row + i);
    auto change = membrane.Change(d, i, v);
    change = hn::Add(change, excitatory.Advance(d, i));
    change = hn::Add(change, inhibitory.Advance(d, i));

    // The threshold with the decayed theta, which spikes raise.
    Theta<D> theta = {hn::Load(d, high_row + i), hn::Load(d, low_row + i)};
    theta.Decay(d, approach.At(i));
    const auto next = threshold.Apply(
        d, i, v, hn::Add(v, change), hn::Add(threshold.v_th(i), theta.high),
        [&](auto crossed) {
          // The part that the sum loses by rounding is added to `low`. Knuth's
          // two-sum finds it, whether theta or the jump is larger.
          const auto jump = hn::IfThenElseZero(crossed, plus.At(i));
          const auto sum = hn::Add(theta.high, jump);
          const auto of_jump = hn::Sub(sum, theta.high);
          const auto lost = hn::Add(hn::Sub(theta.high, hn::Sub(sum, of_jump)),
                                    hn::Sub(jump, of_jump));
          theta.high = sum;
          theta.low = hn::Add(theta.low, lost);
        });
    hn::Store(theta.high, d, high_row + i);
    hn::Store(theta.low, d, low_row + i);
    hn::Store(next, d, v_row + i);
  }
  return threshold.spike_count();
}

template <typename T>
int64_t UpdateLifExpAdaptive(const lif_exp_adaptive::Rows<T>& rows,
                             const NeuronUpdate& update) {
  return WithConstants(
      [&](auto uniform) { return UpdateLifExpAdaptive<uniform>(rows, update); },
      rows.uniform);
}

UpdateFunctions<lif_exp_adaptive::Rows> LifExpAdaptiveFunctions() {
  return {UpdateLifExpAdaptive<float>, UpdateLifExpAdaptive<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::lif_exp_adaptive {
namespace {

HWY_EXPORT(LifExpAdaptiveFunctions);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "lif_exp_adaptive";
  info.summary =
      "Leaky integrate-and-fire neurons with two exponential synaptic currents "
      "and a threshold that each spike raises.";
  info.equations =
      "v' = (e_l_mv - v) / tau_m_ms + "
      "(i_syn_ex + i_syn_in + i_e_pa + current) / c_m_pf; "
      "i_syn_ex' = -i_syn_ex / tau_syn_ex_ms, i_syn_in' = -i_syn_in / "
      "tau_syn_in_ms, and a spike adds its weight, which is negative if "
      "inhibitory; theta' = -theta / tau_theta_ms; at v >= v_th_mv + theta: "
      "spike, theta = theta + theta_plus_mv, v = v_reset_mv for t_ref_ms. "
      "Integrated exactly. Diehl & Cook 2015, doi:10.3389/fncom.2015.00099.";
  info.parameters = lif_exp::TwoCurrentParameters();
  Append(
      info.parameters, kParameterCount,
      {{kThetaPlus,
        {"theta_plus_mv", "mV", "Step of the threshold at a spike.", 0.05, 0}},
       {kTauTheta,
        PositiveParameter("tau_theta_ms", "ms",
                          "Time constant with which the threshold returns.",
                          1e7)}});
  info.order = {{"v_reset_mv", "v_th_mv"}};
  Append(info.variables, kVariableCount,
         {{lif_exp::kV, lif::MembranePotential()},
          {lif_exp::kISyn,
           {"i_syn_ex_pa", "pA", "Excitatory synaptic current.", "0"}},
          {lif_exp::kISyn + 1,
           {"i_syn_in_pa", "pA", "Inhibitory synaptic current.", "0"}},
          {kTheta,
           {"theta_mv", "mV", "What the threshold is above v_th_mv.", "0"}},
          {kThetaLow,
           {"theta_low_mv", "mV", "What is too small to be held by theta_mv.",
            "0"}},
          {kRefractory, lif::RefractorySteps()}});
  info.receptors = lif_exp::TwoCurrentReceptors();
  info.cell_classes = {
      {"diehl_cook_2015",
       "Excitatory neurons of Diehl & Cook 2015 with currents instead of "
       "conductances; 1 pA drives 1 mV.",
       {{"tau_m_ms", 100},
        {"c_m_pf", 100},
        {"e_l_mv", -65},
        {"v_th_mv", -52},
        {"v_reset_mv", -65},
        {"t_ref_ms", 5},
        {"tau_syn_ex_ms", 1},
        {"tau_syn_in_ms", 2},
        {"theta_plus_mv", 0.05},
        {"tau_theta_ms", 1e7}}},
  };
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = StartAtParameter<lif::kEL>,
      .update = [] { return HWY_DYNAMIC_DISPATCH(LifExpAdaptiveFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::lif_exp_adaptive
#endif  // HWY_ONCE
