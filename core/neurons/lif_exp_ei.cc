// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_exp_ei.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_exp_ei.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/neurons/lif_exp_simd.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

int64_t UpdateLifExpEiF32(const lif_exp::Rows<float>& rows,
                          const NeuronUpdate& update) {
  return UpdateLifExp<2>(rows, update);
}
int64_t UpdateLifExpEiF64(const lif_exp::Rows<double>& rows,
                          const NeuronUpdate& update) {
  return UpdateLifExp<2>(rows, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked {
namespace {

HWY_EXPORT(UpdateLifExpEiF32);
HWY_EXPORT(UpdateLifExpEiF64);

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters& parameters, const NeuronBuild& build)
      : rows_(parameters, 2, build.dt_ms) {}

  bool ReadsCounts() const override { return sizeof(T) == 4; }

  int64_t Update(const NeuronUpdate& update) const override {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(UpdateLifExpEiF32)(rows_, update);
    } else {
      return HWY_DYNAMIC_DISPATCH(UpdateLifExpEiF64)(rows_, update);
    }
  }

 private:
  lif_exp::Rows<T> rows_;
};

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
  info.parameters = lif::MembraneParameters();
  info.parameters.push_back(lif::PositiveParameter(
      "tau_syn_ex_ms", "ms", "Time constant of the excitatory current.", 2));
  info.parameters.push_back(lif::PositiveParameter(
      "tau_syn_in_ms", "ms", "Time constant of the inhibitory current.", 2));
  info.order = {{"v_reset_mv", "v_th_mv"}};
  info.variables = {lif::MembranePotential(),
                    {"i_syn_ex_pa", "pA", "Excitatory synaptic current.", "0"},
                    {"i_syn_in_pa", "pA", "Inhibitory synaptic current.", "0"},
                    lif::RefractorySteps()};
  info.receptors = {
      {"excitatory", "pA", "Step of the excitatory current."},
      {"inhibitory", "pA", "Step of the inhibitory current; below 0."},
      {"current", "pA", "Current that acts for one step."},
  };
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

const ModelInfo& LifExpEi::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void LifExpEi::Initialize(const Parameters& parameters, int64_t i,
                          absl::Span<double> variables) const {
  if (std::isnan(variables[0])) variables[0] = parameters.Get(lif::kEL, i);
  for (double& x : variables.subspan(1)) {
    if (std::isnan(x)) x = 0;
  }
}

std::unique_ptr<NeuronKernel> LifExpEi::Compile(
    const Parameters& parameters, const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
