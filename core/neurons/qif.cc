// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/qif.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/qif.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the headers are compiled once per target.
#include "core/model/simd_input.h"
#include "core/model/simd_spikes.h"

#ifndef SPIKED_CORE_MODELS_QIF_ROWS_
#define SPIKED_CORE_MODELS_QIF_ROWS_
namespace spiked::qif {

// In the order of ModelInfo::parameters.
enum Parameter { kTauM, kEta, kVPeak, kVReset };

template <typename T>
struct Rows {
  Rows(const Parameters& p, double dt_ms)
      : h(StepLength(p.column(kTauM), dt_ms)),
        eta(p.column(kEta)),
        v_peak(p.column(kVPeak)),
        v_reset(p.column(kVReset)) {}

  static std::vector<double> StepLength(std::vector<double> tau_m_ms,
                                        double dt_ms) {
    for (double& tau : tau_m_ms) tau = dt_ms / tau;
    return tau_m_ms;
  }

  ParameterRow<T> h;  // a step in units of tau_m
  ParameterRow<T> eta, v_peak, v_reset;
};

}  // namespace spiked::qif
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Mul and Add instead of MulAdd: the same bits on every vector target.
template <typename T>
int64_t UpdateQif(const qif::Rows<T>& rows, const NeuronUpdate& update) {
  const hn::CappedTag<T, ParameterRow<T>::kLanes> d;
  using V = hn::Vec<decltype(d)>;
  T* const v_row = static_cast<T*>(update.variables);
  const ReceptorReader<decltype(d)> delta(update, 0);
  const ReceptorReader<decltype(d)> current(update, 1);
  uint32_t* end = update.spikes;
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto row = [&](const ParameterRow<T>& r) {
      return hn::Load(d, r.At(update.first + i));
    };
    const auto times = [&](V y, V sum, double constant) {
      return hn::Add(hn::Mul(y, sum), hn::Set(d, static_cast<T>(constant)));
    };
    const V h = row(rows.h);
    const V most = hn::Div(hn::Set(d, T{2.25}), hn::Mul(h, h));
    const V j = hn::Min(hn::Add(row(rows.eta), current.Take(d, i)), most);
    const V y = hn::Mul(j, hn::Mul(h, h));
    V p = hn::Sub(hn::Set(d, T{378}), y);
    p = times(y, times(y, p, -17325), 135135);
    V q = times(y, hn::Set(d, T{-28}), 3150);
    q = times(y, times(y, q, -62370), 135135);
    p = hn::Mul(h, p);
    const V v = hn::Load(d, v_row + i);
    const V below = hn::Sub(q, hn::Mul(v, p));
    V next = hn::Div(hn::Add(hn::Mul(v, q), hn::Mul(j, p)), below);
    next = hn::Add(next, delta.Take(d, i));
    const auto crossed =
        hn::Or(hn::Le(below, hn::Zero(d)), hn::Ge(next, row(rows.v_peak)));
    if (HWY_UNLIKELY(!hn::AllFalse(d, crossed))) {
      end = AppendSpikes(d, crossed, update.first_neuron + i, update.count - i,
                         end);
      next = hn::IfThenElse(crossed, row(rows.v_reset), next);
    }
    hn::Store(next, d, v_row + i);
  }
  return end - update.spikes;
}

int64_t UpdateQifF32(const qif::Rows<float>& rows, const NeuronUpdate& update) {
  return UpdateQif(rows, update);
}
int64_t UpdateQifF64(const qif::Rows<double>& rows,
                     const NeuronUpdate& update) {
  return UpdateQif(rows, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked {
namespace {

HWY_EXPORT(UpdateQifF32);
HWY_EXPORT(UpdateQifF64);

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters& parameters, const NeuronBuild& build)
      : rows_(parameters, build.dt_ms) {}

  bool ReadsCounts() const override { return sizeof(T) == 4; }

  int64_t Update(const NeuronUpdate& update) const override {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(UpdateQifF32)(rows_, update);
    } else {
      return HWY_DYNAMIC_DISPATCH(UpdateQifF64)(rows_, update);
    }
  }

 private:
  qif::Rows<T> rows_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "qif";
  info.summary =
      "Quadratic integrate-and-fire neurons, dimensionless: the normal form of "
      "neurons that begin to fire at arbitrarily low rates.";
  info.equations =
      "tau_m_ms v' = v^2 + eta + current, integrated exactly; a spike adds its "
      "weight to v at once; at v >= v_peak: spike, v = v_reset. "
      "Montbrio, Pazo & Roxin 2015, doi:10.1103/PhysRevX.5.021028.";
  ParameterInfo tau_m = {"tau_m_ms", "ms", "Time constant.", 10};
  tau_m.min = 0;
  tau_m.min_exclusive = true;
  info.parameters = {
      tau_m,
      {"eta", "", "Excitability: above 0 the neuron fires by itself.", -1},
      {"v_peak", "", "Value of v that is a spike.", 100},
      {"v_reset", "", "Value of v after a spike.", -100},
  };
  info.order = {{"v_reset", "v_peak"}};
  info.variables = {{"v", "", "Membrane potential, dimensionless.",
                     "-sqrt(-eta), where it rests, or 0 if eta is positive"}};
  info.receptors = {
      {"delta", "", "Step of v."},
      {"current", "", "Dimensionless current that acts for one step."},
  };
  return info;
}

}  // namespace

const ModelInfo& Qif::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void Qif::Initialize(const Parameters& parameters, int64_t i,
                     absl::Span<double> variables) const {
  if (!std::isnan(variables[0])) return;
  const double eta = parameters.Get(qif::kEta, i);
  variables[0] = eta < 0 ? -std::sqrt(-eta) : 0;
}

std::unique_ptr<NeuronKernel> Qif::Compile(const Parameters& parameters,
                                           const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
