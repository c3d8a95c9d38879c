// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_alpha.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_alpha.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/neurons/alpha_simd.h"

#ifndef SPIKED_CORE_MODELS_LIF_ALPHA_ROWS_
#define SPIKED_CORE_MODELS_LIF_ALPHA_ROWS_
namespace spiked::lif_alpha {

// After the parameters of the membrane.
enum Parameter { kTauEx = lif::kMore, kTauIn };

template <typename T>
struct Current {
  Current(const Parameters& p, int tau, double dt_ms)
      : shape(p, tau, dt_ms),
        of_current(lif::Column(p, {lif::kTauM, lif::kCM, tau},
                               [&](size_t i) {
                                 return lif::VoltageOfCurrent(
                                     p.Get(lif::kTauM, i), p.Get(tau, i),
                                     p.Get(lif::kCM, i), dt_ms);
                               })),
        of_rise(lif::Column(p, {lif::kTauM, lif::kCM, tau}, [&](size_t i) {
          return alpha::VoltageOfRise(p.Get(lif::kTauM, i), p.Get(tau, i),
                                      p.Get(lif::kCM, i), dt_ms);
        })) {}

  bool uniform() const {
    return shape.uniform() && of_current.uniform() && of_rise.uniform();
  }

  alpha::ShapeRows<T> shape;
  ParameterRow<T> of_current, of_rise;  // what they add to v (mV/pA)
};

template <typename T>
struct Rows {
  Rows(const Parameters& p, double dt_ms)
      : membrane(p, dt_ms),
        excitatory(p, kTauEx, dt_ms),
        inhibitory(p, kTauIn, dt_ms),
        uniform(membrane.uniform() && excitatory.uniform() &&
                inhibitory.uniform()) {}

  lif::MembraneRows<T> membrane;
  Current<T> excitatory, inhibitory;
  bool uniform;
};

}  // namespace spiked::lif_alpha
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

template <bool kUniform, class D>
class LifAlphaCurrent {
 public:
  using T = hn::TFromD<D>;

  // `row` is that of the current; the next one is that of its rise.
  LifAlphaCurrent(D d, const lif_alpha::Current<T>& rows,
                  const NeuronUpdate& update, int row, int receptor)
      : shape_(d, rows.shape, update.first, Row(update, row),
               Row(update, row + 1), {update, receptor}),
        of_current_(d, rows.of_current, update.first),
        of_rise_(d, rows.of_rise, update.first) {}

  // Moves the current by a step and returns what it adds to v in this step.
  HWY_INLINE hn::Vec<D> Advance(D d, int64_t i) const {
    const auto now = shape_.Advance(d, i);
    return hn::Add(hn::Mul(of_current_.At(i), now.shape),
                   hn::Mul(of_rise_.At(i), now.rise));
  }

 private:
  static T* Row(const NeuronUpdate& update, int row) {
    return static_cast<T*>(update.variables) + row * update.stride;
  }

  const AlphaShape<kUniform, D> shape_;
  const ParameterVector<kUniform, D> of_current_, of_rise_;
};

// Mul and Add instead of MulAdd: the same bits on every vector target.
template <bool kUniform, typename T>
int64_t UpdateLifAlpha(const lif_alpha::Rows<T>& rows,
                       const NeuronUpdate& update) {
  const hn::CappedTag<T, ParameterRow<T>::kLanes> d;
  using D = decltype(d);
  T* const v_row = static_cast<T*>(update.variables);
  const Membrane<kUniform, D> membrane(d, rows.membrane, update, 2);
  const LifAlphaCurrent<kUniform, D> excitatory(d, rows.excitatory, update, 1,
                                                0);
  const LifAlphaCurrent<kUniform, D> inhibitory(d, rows.inhibitory, update, 3,
                                                1);
  Threshold<kUniform, D> threshold(d, rows.membrane.threshold, update,
                                   v_row + 5 * update.stride);
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
  return rows.uniform ? UpdateLifAlpha<true>(rows, update)
                      : UpdateLifAlpha<false>(rows, update);
}
int64_t UpdateLifAlphaF32(const lif_alpha::Rows<float>& rows,
                          const NeuronUpdate& update) {
  return UpdateLifAlpha(rows, update);
}
int64_t UpdateLifAlphaF64(const lif_alpha::Rows<double>& rows,
                          const NeuronUpdate& update) {
  return UpdateLifAlpha(rows, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked {
namespace {

HWY_EXPORT(UpdateLifAlphaF32);
HWY_EXPORT(UpdateLifAlphaF64);

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters& parameters, const NeuronBuild& build)
      : rows_(parameters, build.dt_ms) {}

  bool ReadsCounts() const override { return sizeof(T) == 4; }

  int64_t Update(const NeuronUpdate& update) const override {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(UpdateLifAlphaF32)(rows_, update);
    } else {
      return HWY_DYNAMIC_DISPATCH(UpdateLifAlphaF64)(rows_, update);
    }
  }

 private:
  lif_alpha::Rows<T> rows_;
};

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
  info.parameters.push_back(lif::PositiveParameter(
      "tau_syn_ex_ms", "ms", "Time from an event to the peak of excitation.",
      2));
  info.parameters.push_back(lif::PositiveParameter(
      "tau_syn_in_ms", "ms", "Time from an event to the peak of inhibition.",
      2));
  info.order = {{"v_reset_mv", "v_th_mv"}};
  info.variables = {lif::MembranePotential(),
                    {"i_syn_ex_pa", "pA", "Excitatory synaptic current.", "0"},
                    {"rise_ex_pa", "pA",
                     "What makes i_syn_ex_pa rise; events add to it.", "0"},
                    {"i_syn_in_pa", "pA", "Inhibitory synaptic current.", "0"},
                    {"rise_in_pa", "pA",
                     "What makes i_syn_in_pa rise; events add to it.", "0"},
                    lif::RefractorySteps()};
  info.receptors = {
      {"excitatory", "pA", "Peak of the excitatory current of an event."},
      {"inhibitory", "pA",
       "Peak of the inhibitory current of an event; below 0."},
      {"current", "pA", "Current that acts for one step."},
  };
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

const ModelInfo& LifAlpha::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void LifAlpha::Initialize(const Parameters& parameters, int64_t i,
                          absl::Span<double> variables) const {
  if (std::isnan(variables[0])) variables[0] = parameters.Get(lif::kEL, i);
  for (double& x : variables.subspan(1)) {
    if (std::isnan(x)) x = 0;
  }
}

std::unique_ptr<NeuronKernel> LifAlpha::Compile(
    const Parameters& parameters, const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
