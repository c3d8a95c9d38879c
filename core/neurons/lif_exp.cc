// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_exp.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_exp.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/neurons/lif_exp_simd.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

int64_t UpdateLifExpF32(const lif_exp::Rows<float>& rows,
                        const NeuronUpdate& update) {
  return UpdateLifExp<1>(rows, update);
}
int64_t UpdateLifExpF64(const lif_exp::Rows<double>& rows,
                        const NeuronUpdate& update) {
  return UpdateLifExp<1>(rows, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked {
namespace {

HWY_EXPORT(UpdateLifExpF32);
HWY_EXPORT(UpdateLifExpF64);

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters& parameters, const NeuronBuild& build)
      : rows_(parameters, 1, build.dt_ms) {}

  bool ReadsCounts() const override { return sizeof(T) == 4; }

  int64_t Update(const NeuronUpdate& update) const override {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(UpdateLifExpF32)(rows_, update);
    } else {
      return HWY_DYNAMIC_DISPATCH(UpdateLifExpF64)(rows_, update);
    }
  }

 private:
  lif_exp::Rows<T> rows_;
};

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
  info.parameters.push_back(lif::PositiveParameter(
      "tau_syn_ms", "ms", "Time constant of the synaptic current.", 2));
  info.order = {{"v_reset_mv", "v_th_mv"}};
  info.variables = {lif::MembranePotential(),
                    {"i_syn_pa", "pA", "Synaptic current.", "0"},
                    lif::RefractorySteps()};
  info.receptors = {
      {"current_exp", "pA", "Step of the synaptic current."},
      {"current", "pA", "Current that acts for one step."},
  };
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

const ModelInfo& LifExp::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void LifExp::Initialize(const Parameters& parameters, int64_t i,
                        absl::Span<double> variables) const {
  if (std::isnan(variables[0])) variables[0] = parameters.Get(lif::kEL, i);
  for (double& x : variables.subspan(1)) {
    if (std::isnan(x)) x = 0;
  }
}

std::unique_ptr<NeuronKernel> LifExp::Compile(const Parameters& parameters,
                                              const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
