// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/qif.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/qif.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/vector_model_simd.h"

#ifndef SPIKED_CORE_NEURONS_QIF_ROWS_
#define SPIKED_CORE_NEURONS_QIF_ROWS_
namespace spiked::qif {

enum Parameter { kTauM, kEta, kVPeak, kVReset, kParameterCount };
enum Variable { kV, kVariableCount };
enum Receptor { kDelta, kCurrent, kReceptorCount };

template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : h(Column(p, {kTauM}, [&](double tau) { return build.dt_ms / tau; })),
        eta(p.column(kEta)),
        v_peak(p.column(kVPeak)),
        v_reset(p.column(kVReset)) {}

  ParameterRow<T> h;  // a step in units of tau_m
  ParameterRow<T> eta, v_peak, v_reset;
};

}  // namespace spiked::qif
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <typename T>
int64_t UpdateQif(const qif::Rows<T>& rows, const NeuronUpdate& update) {
  using D = VectorTag<T>;
  using V = hn::Vec<D>;
  const D d;
  T* const v_row = update.Variable<T>(qif::kV);
  const ReceptorReader<D> delta(update, qif::kDelta);
  const ReceptorReader<D> current(update, qif::kCurrent);
  SpikeWriter spikes(update);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto row = [&](const ParameterRow<T>& r) {
      return hn::Load(d, r.At(update.first + i));
    };
    // A step of Horner's scheme: y sum + constant.
    const auto times = [&](V y, V sum, double constant) {
      return hn::Add(hn::Mul(y, sum), hn::Set(d, static_cast<T>(constant)));
    };

    // J = eta + I, limited to (1.5 / h)^2, and y = J h^2.
    const V h = row(rows.h);
    const V most = hn::Div(hn::Set(d, T{2.25}), hn::Mul(h, h));
    const V j = hn::Min(hn::Add(row(rows.eta), current.Take(d, i)), most);
    const V y = hn::Mul(j, hn::Mul(h, h));

    // The q of qif.h as the quotient p / q.
    V p = hn::Sub(hn::Set(d, T{378}), y);
    p = times(y, times(y, p, -17325), 135135);
    V q = times(y, hn::Set(d, T{-28}), 3150);
    q = times(y, times(y, q, -62370), 135135);
    p = hn::Mul(h, p);

    // The step; `below` is not above 0 where v went through infinity.
    const V v = hn::Load(d, v_row + i);
    const V below = hn::Sub(q, hn::Mul(v, p));
    V next = hn::Div(hn::Add(hn::Mul(v, q), hn::Mul(j, p)), below);
    next = hn::Add(next, delta.Take(d, i));
    const auto crossed =
        hn::Or(hn::Le(below, hn::Zero(d)), hn::Ge(next, row(rows.v_peak)));
    if (HWY_UNLIKELY(spikes.Write(d, i, crossed))) {
      next = hn::IfThenElse(crossed, row(rows.v_reset), next);
    }
    hn::Store(next, d, v_row + i);
  }
  return spikes.count();
}

UpdateFunctions<qif::Rows> QifFunctions() {
  return {UpdateQif<float>, UpdateQif<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked::qif {
namespace {

HWY_EXPORT(QifFunctions);

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
  Append(
      info.parameters, kParameterCount,
      {{kTauM, PositiveParameter("tau_m_ms", "ms", "Time constant.", 10)},
       {kEta,
        {"eta", "", "Excitability: above 0 the neuron fires by itself.", -1}},
       {kVPeak, {"v_peak", "", "Value of v that is a spike.", 100}},
       {kVReset, {"v_reset", "", "Value of v after a spike.", -100}}});
  info.order = {{"v_reset", "v_peak"}};
  Append(info.variables, kVariableCount,
         {{kV,
           {"v", "", "Membrane potential, dimensionless.",
            "-sqrt(-eta), where it rests, or 0 if eta is positive"}}});
  Append(info.receptors, kReceptorCount,
         {{kDelta, {"delta", "", "Step of v."}},
          {kCurrent,
           {"current", "", "Dimensionless current that acts for one step."}}});
  return info;
}

void Initialize(const Parameters& p, int64_t i, absl::Span<double> variables) {
  const double eta = p.Get(kEta, i);
  StartAt(variables, {eta < 0 ? -std::sqrt(-eta) : 0});
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = Initialize,
      .update = [] { return HWY_DYNAMIC_DISPATCH(QifFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::qif
#endif  // HWY_ONCE
