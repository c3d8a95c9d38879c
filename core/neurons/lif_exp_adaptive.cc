// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_exp_adaptive.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_exp_adaptive.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/neurons/lif_exp_simd.h"

#ifndef SPIKED_CORE_MODELS_LIF_EXP_ADAPTIVE_ROWS_
#define SPIKED_CORE_MODELS_LIF_EXP_ADAPTIVE_ROWS_
namespace spiked::lif_exp_adaptive {

// After those of the membrane and of the two currents.
enum Parameter { kThetaPlus = lif_exp::kTauSyn + 2, kTauTheta };

template <typename T>
struct Rows {
  Rows(const Parameters& p, double dt_ms)
      : lif(p, 2, dt_ms),
        theta_plus(p.column(kThetaPlus)),
        theta_approach(lif::Column(p, {kTauTheta},
                                   [&](size_t i) {
                                     return lif::Approach(p.Get(kTauTheta, i),
                                                          dt_ms);
                                   })),
        uniform(lif.uniform && theta_plus.uniform() &&
                theta_approach.uniform()) {}

  lif_exp::Rows<T> lif;
  ParameterRow<T> theta_plus;      // mV
  ParameterRow<T> theta_approach;  // 1 - exp(-dt/tau_theta)
  bool uniform;
};

}  // namespace spiked::lif_exp_adaptive
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// theta: a number and what it can't hold. Without fused operations the parts
// add up as they did before, so nothing is lost in many small steps: Dekker
// 1971, doi:10.1007/BF01397083.
template <class D>
struct Theta {
  hn::Vec<D> high, low;

  // What is left after a step; 0 before it would become a denormal number.
  HWY_INLINE void Decay(D d, hn::Vec<D> approach) {
    const auto tiny = hn::Set(d, static_cast<hn::TFromD<D>>(1e-30));
    const auto is_left = hn::Gt(hn::Abs(high), tiny);
    low = hn::Sub(low, hn::Mul(approach, high));
    Normalize();
    high = hn::IfThenElseZero(is_left, high);
    low = hn::IfThenElseZero(hn::And(is_left, hn::Gt(hn::Abs(low), tiny)), low);
  }

  HWY_INLINE void Normalize() {
    const auto sum = hn::Add(high, low);
    low = hn::Sub(low, hn::Sub(sum, high));
    high = sum;
  }
};

// Mul and Add instead of MulAdd: the same bits on every vector target.
template <bool kUniform, typename T>
int64_t UpdateLifExpAdaptive(const lif_exp_adaptive::Rows<T>& rows,
                             const NeuronUpdate& update) {
  const hn::CappedTag<T, ParameterRow<T>::kLanes> d;
  using D = decltype(d);
  T* const v_row = static_cast<T*>(update.variables);
  T* const high_row = v_row + 3 * update.stride;
  T* const low_row = v_row + 4 * update.stride;
  const Membrane<kUniform, D> membrane(d, rows.lif.membrane, update, 2);
  const auto synaptic = [&](size_t c) {
    return SynapticCurrent<kUniform, D>(d, rows.lif.currents[c], update.first,
                                        v_row + (1 + c) * update.stride,
                                        {update, static_cast<int>(c)});
  };
  const auto excitatory = synaptic(0);
  const auto inhibitory = synaptic(1);
  const ParameterVector<kUniform, D> plus(d, rows.theta_plus, update.first);
  const ParameterVector<kUniform, D> approach(d, rows.theta_approach,
                                              update.first);
  Threshold<kUniform, D> threshold(d, rows.lif.membrane.threshold, update,
                                   v_row + 5 * update.stride);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto v = hn::Load(d, v_row + i);
    auto change = membrane.Change(d, i, v);
    change = hn::Add(change, excitatory.Advance(d, i));
    change = hn::Add(change, inhibitory.Advance(d, i));
    Theta<D> theta = {hn::Load(d, high_row + i), hn::Load(d, low_row + i)};
    theta.Decay(d, approach.At(i));
    const auto next = threshold.Apply(
        d, i, v, hn::Add(v, change), hn::Add(threshold.v_th(i), theta.high),
        [&](auto crossed) {
          // What the sum loses, whichever of the two is larger: Knuth's
          // two-sum.
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

int64_t UpdateLifExpAdaptiveF32(const lif_exp_adaptive::Rows<float>& rows,
                                const NeuronUpdate& update) {
  return rows.uniform ? UpdateLifExpAdaptive<true>(rows, update)
                      : UpdateLifExpAdaptive<false>(rows, update);
}
int64_t UpdateLifExpAdaptiveF64(const lif_exp_adaptive::Rows<double>& rows,
                                const NeuronUpdate& update) {
  return rows.uniform ? UpdateLifExpAdaptive<true>(rows, update)
                      : UpdateLifExpAdaptive<false>(rows, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked {
namespace {

HWY_EXPORT(UpdateLifExpAdaptiveF32);
HWY_EXPORT(UpdateLifExpAdaptiveF64);

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters& parameters, const NeuronBuild& build)
      : rows_(parameters, build.dt_ms) {}

  bool ReadsCounts() const override { return sizeof(T) == 4; }

  int64_t Update(const NeuronUpdate& update) const override {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(UpdateLifExpAdaptiveF32)(rows_, update);
    } else {
      return HWY_DYNAMIC_DISPATCH(UpdateLifExpAdaptiveF64)(rows_, update);
    }
  }

 private:
  lif_exp_adaptive::Rows<T> rows_;
};

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
  info.parameters = lif::MembraneParameters();
  info.parameters.push_back(lif::PositiveParameter(
      "tau_syn_ex_ms", "ms", "Time constant of the excitatory current.", 2));
  info.parameters.push_back(lif::PositiveParameter(
      "tau_syn_in_ms", "ms", "Time constant of the inhibitory current.", 2));
  info.parameters.push_back(
      {"theta_plus_mv", "mV", "Step of the threshold at a spike.", 0.05, 0});
  info.parameters.push_back(lif::PositiveParameter(
      "tau_theta_ms", "ms", "Time constant with which the threshold returns.",
      1e7));
  info.order = {{"v_reset_mv", "v_th_mv"}};
  info.variables = {
      lif::MembranePotential(),
      {"i_syn_ex_pa", "pA", "Excitatory synaptic current.", "0"},
      {"i_syn_in_pa", "pA", "Inhibitory synaptic current.", "0"},
      {"theta_mv", "mV", "What the threshold is above v_th_mv.", "0"},
      {"theta_low_mv", "mV", "What is too small to be held by theta_mv.", "0"},
      lif::RefractorySteps()};
  info.receptors = {
      {"excitatory", "pA", "Step of the excitatory current."},
      {"inhibitory", "pA", "Step of the inhibitory current; below 0."},
      {"current", "pA", "Current that acts for one step."},
  };
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

const ModelInfo& LifExpAdaptive::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void LifExpAdaptive::Initialize(const Parameters& parameters, int64_t i,
                                absl::Span<double> variables) const {
  if (std::isnan(variables[0])) variables[0] = parameters.Get(lif::kEL, i);
  for (double& x : variables.subspan(1)) {
    if (std::isnan(x)) x = 0;
  }
}

std::unique_ptr<NeuronKernel> LifExpAdaptive::Compile(
    const Parameters& parameters, const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
