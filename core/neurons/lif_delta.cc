// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_delta.h"

#include "core/neurons/lif.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_delta.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/neurons/lif_simd.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Mul and Add instead of MulAdd: the same bits on every vector target.
template <bool kUniform, typename T>
int64_t UpdateLifDelta(const lif::MembraneRows<T>& rows,
                       const NeuronUpdate& update) {
  const hn::CappedTag<T, ParameterRow<T>::kLanes> d;
  using D = decltype(d);
  T* const v_row = static_cast<T*>(update.variables);
  const ReceptorReader<D> delta(update, 0);
  const Membrane<kUniform, D> membrane(d, rows, update, 1);
  Threshold<kUniform, D> threshold(d, rows.threshold, update,
                                   v_row + update.stride);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto v = hn::Load(d, v_row + i);
    const auto change = membrane.Change(d, i, v);
    const auto next = hn::Add(hn::Add(v, change), delta.Take(d, i));
    hn::Store(threshold.Apply(d, i, v, next), d, v_row + i);
  }
  return threshold.spike_count();
}

int64_t UpdateLifDeltaF32(const lif::MembraneRows<float>& rows, bool uniform,
                          const NeuronUpdate& update) {
  return uniform ? UpdateLifDelta<true>(rows, update)
                 : UpdateLifDelta<false>(rows, update);
}
int64_t UpdateLifDeltaF64(const lif::MembraneRows<double>& rows, bool uniform,
                          const NeuronUpdate& update) {
  return uniform ? UpdateLifDelta<true>(rows, update)
                 : UpdateLifDelta<false>(rows, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked {
namespace {

HWY_EXPORT(UpdateLifDeltaF32);
HWY_EXPORT(UpdateLifDeltaF64);

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters& parameters, const NeuronBuild& build)
      : rows_(parameters, build.dt_ms), uniform_(rows_.uniform()) {}

  bool ReadsCounts() const override { return sizeof(T) == 4; }

  int64_t Update(const NeuronUpdate& update) const override {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(UpdateLifDeltaF32)(rows_, uniform_, update);
    } else {
      return HWY_DYNAMIC_DISPATCH(UpdateLifDeltaF64)(rows_, uniform_, update);
    }
  }

 private:
  lif::MembraneRows<T> rows_;
  bool uniform_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "lif_delta";
  info.summary = "Leaky integrate-and-fire neurons with delta synapses.";
  info.equations =
      "v' = (e_l_mv - v) / tau_m_ms + (i_e_pa + current) / c_m_pf, integrated "
      "exactly; a spike adds its weight to v at once; at v >= v_th_mv: spike, "
      "v = v_reset_mv for t_ref_ms, in which input is lost. "
      "NEST's iaf_psc_delta.";
  info.parameters = lif::MembraneParameters();
  info.order = {{"v_reset_mv", "v_th_mv"}};
  info.variables = {lif::MembranePotential(), lif::RefractorySteps()};
  info.receptors = {
      {"delta", "mV", "Step of the membrane potential."},
      {"current", "pA", "Current that acts for one step."},
  };
  const std::map<std::string, double> brunel = {{"tau_m_ms", 20},
                                                {"e_l_mv", 0},
                                                {"v_th_mv", 20},
                                                {"v_reset_mv", 10},
                                                {"t_ref_ms", 2}};
  info.cell_classes = {
      {"brunel_2000",
       "Brunel 2000, doi:10.1023/A:1008925309027; potentials from rest.",
       brunel},
      {"brunel_2000_nest",
       "As in NEST's example brunel_delta_nest: v_reset_mv is 0.", brunel},
  };
  info.cell_classes[1].parameters["v_reset_mv"] = 0;
  return info;
}

}  // namespace

const ModelInfo& LifDelta::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void LifDelta::Initialize(const Parameters& parameters, int64_t i,
                          absl::Span<double> variables) const {
  if (std::isnan(variables[0])) variables[0] = parameters.Get(lif::kEL, i);
  if (std::isnan(variables[1])) variables[1] = 0;
}

std::unique_ptr<NeuronKernel> LifDelta::Compile(
    const Parameters& parameters, const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
