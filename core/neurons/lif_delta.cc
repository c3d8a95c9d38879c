// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_delta.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_delta.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/lif_simd.h"

#ifndef SPIKED_CORE_NEURONS_LIF_DELTA_ROWS_
#define SPIKED_CORE_NEURONS_LIF_DELTA_ROWS_
namespace spiked::lif_delta {

enum Variable { kV, kRefractory, kVariableCount };
enum Receptor { kDelta, kCurrent, kReceptorCount };

}  // namespace spiked::lif_delta
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <bool kUniform, typename T>
int64_t UpdateLifDelta(const lif::MembraneRows<T>& rows,
                       const NeuronUpdate& update) {
  using D = VectorTag<T>;
  const D d;
  T* const v_row = update.Variable<T>(lif_delta::kV);
  const ReceptorReader<D> delta(update, lif_delta::kDelta);
  const Membrane<kUniform, D> membrane(d, rows, update, lif_delta::kCurrent);
  Threshold<kUniform, D> threshold(d, rows.threshold, update,
                                   lif_delta::kRefractory);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto v = hn::Load(d, v_row + i);
    const auto change = membrane.Change(d, i, v);
    const auto next = hn::Add(hn::Add(v, change), delta.Take(d, i));
    hn::Store(threshold.Apply(d, i, v, next), d, v_row + i);
  }
  return threshold.spike_count();
}

template <typename T>
int64_t UpdateLifDelta(const lif::MembraneRows<T>& rows,
                       const NeuronUpdate& update) {
  return WithConstants(
      [&](auto uniform) { return UpdateLifDelta<uniform>(rows, update); },
      rows.uniform());
}

UpdateFunctions<lif::MembraneRows> LifDeltaFunctions() {
  return {UpdateLifDelta<float>, UpdateLifDelta<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::lif_delta {
namespace {

HWY_EXPORT(LifDeltaFunctions);

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
  Append(
      info.variables, kVariableCount,
      {{kV, lif::MembranePotential()}, {kRefractory, lif::RefractorySteps()}});
  Append(info.receptors, kReceptorCount,
         {{kDelta, {"delta", "mV", "Step of the membrane potential."}},
          {kCurrent, {"current", "pA", "Current that acts for one step."}}});
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

const NeuronModel* NewModel() {
  return new VectorModel<lif::MembraneRows>({
      .info = MakeInfo(),
      .initialize = StartAtParameter<lif::kEL>,
      .update = [] { return HWY_DYNAMIC_DISPATCH(LifDeltaFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::lif_delta
#endif  // HWY_ONCE
