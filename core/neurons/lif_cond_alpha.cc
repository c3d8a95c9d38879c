// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_cond_alpha.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_cond_alpha.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/alpha_simd.h"
#include "core/neurons/conductance_simd.h"
#include "core/neurons/lif_cond.h"

#ifndef SPIKED_CORE_NEURONS_LIF_COND_ALPHA_ROWS_
#define SPIKED_CORE_NEURONS_LIF_COND_ALPHA_ROWS_
#include <functional>

namespace spiked::lif_cond_alpha {

enum Variable { kV, kGEx, kRiseEx, kGIn, kRiseIn, kRefractory, kVariableCount };
enum Scheme { kExponentialEuler, kRk4, kSchemeCount };

// The number of values of a conductance that a scheme uses in a step, called
// points: exponential_euler uses the mean, rk4 the values at the beginning, the
// middle and the end.
constexpr int PointCount(bool rk4) { return rk4 ? 3 : 1; }

// The coefficients that give a conductance at a point from its shape and rise
// at the beginning of the step.
template <typename T>
struct Point {
  using Weight = std::function<double(double tau_ms)>;
  Point(const Parameters& p, int tau, double dt_ms, const Weight& shape,
        const Weight& rise)
      : of_shape(Rate(p, tau, dt_ms, shape)),
        of_rise(Rate(p, tau, dt_ms, rise)) {}

  static std::vector<double> Rate(const Parameters& p, int tau, double dt_ms,
                                  const Weight& weight) {
    return Column(p, {lif_cond::kCM, tau}, [&](double c_m, double tau_ms) {
      return dt_ms / c_m * weight(tau_ms);
    });
  }

  ParameterRow<T> of_shape, of_rise;  // contribution of 1 nS to x
};

// The coefficients of a conductance over a step.
template <typename T>
struct Conductance {
  Conductance(const Parameters& p, int tau, int e, const NeuronBuild& build)
      : shape(p, tau, build.dt_ms), reversal(p.column(e)) {
    const double dt_ms = build.dt_ms;
    const auto add = [&](auto of_shape, auto of_rise) {
      points.emplace_back(p, tau, dt_ms, of_shape, of_rise);
    };
    if (build.scheme == kExponentialEuler) {
      add([=](double t) { return alpha::MeanOfShape(t, dt_ms); },
          [=](double t) { return alpha::MeanOfRise(t, dt_ms); });
      return;
    }
    for (double part : {0.0, 0.5, 1.0}) {
      const double h = part * dt_ms;
      add([=](double t) { return lif::Decay(t, h); },
          [=](double t) { return alpha::Growth(t, h); });
    }
  }

  bool uniform() const {
    return AllUniform(shape, reversal, points[0].of_shape, points[0].of_rise);
  }

  alpha::ShapeRows<T> shape;
  ParameterRow<T> reversal;
  std::vector<Point<T>> points;
};

template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : membrane(p, lif_cond::kCM, lif_cond::kGL, lif_cond::kEL, lif_cond::kIE,
                 build.dt_ms),
        excitatory(p, lif_cond::kTauEx, lif_cond::kEEx, build),
        inhibitory(p, lif_cond::kTauIn, lif_cond::kEIn, build),
        threshold(p, lif_cond::kVTh, lif_cond::kVReset, lif_cond::kTRef,
                  build.dt_ms),
        rk4(build.scheme == kRk4),
        uniform(AllUniform(membrane, excitatory, inhibitory, threshold)) {}

  lif::LeakRows<T> membrane;
  Conductance<T> excitatory, inhibitory;
  lif::ThresholdRows<T> threshold;
  bool rk4, uniform;
};

}  // namespace spiked::lif_cond_alpha
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// h v' = drive - x v at one point of a step.
template <class V>
struct LinearSlope {
  V x, drive;

  HWY_INLINE V At(V v) const { return hn::Sub(drive, hn::Mul(x, v)); }
};

// An alpha-shaped synaptic conductance.
template <bool kRk4, bool kUniform, class D>
class AlphaConductance {
 public:
  using T = hn::TFromD<D>;
  static constexpr int kPoints = lif_cond_alpha::PointCount(kRk4);

  // `variable` is the index of the conductance; its rise is the next variable.
  AlphaConductance(D d, const lif_cond_alpha::Conductance<T>& rows,
                   const NeuronUpdate& update, int variable, int receptor)
      : shape_(d, rows.shape, update, variable, receptor),
        reversal_(d, rows.reversal, update.first),
        rows_(rows),
        first_(update.first) {}

  // Moves the conductance by a step, and adds its contributions at the points
  // of this step to `slopes`.
  HWY_INLINE void Advance(D d, int64_t i,
                          LinearSlope<hn::Vec<D>> (&slopes)[kPoints]) {
    const auto now = shape_.Advance(d, i);
    const auto reversal = reversal_.At(i);
    for (int k = 0; k < kPoints; ++k) {
      const auto& point = rows_.points[k];
      const auto of_shape = hn::Load(d, point.of_shape.At(first_ + i));
      const auto of_rise = hn::Load(d, point.of_rise.At(first_ + i));
      const auto rate =
          hn::Add(hn::Mul(of_shape, now.shape), hn::Mul(of_rise, now.rise));
      slopes[k].x = hn::Add(slopes[k].x, rate);
      slopes[k].drive = hn::Add(slopes[k].drive, hn::Mul(rate, reversal));
    }
  }

 private:
  const AlphaShape<kUniform, D> shape_;
  const ParameterVector<kUniform, D> reversal_;
  const lif_cond_alpha::Conductance<T>& rows_;
  const int64_t first_;
};

// The change of v in a step: by exponential_euler if there is one slope, by rk4
// if there are three.
template <class D, class V>
HWY_INLINE V Change(D d, const LinearSlope<V> (&slopes)[1], V v) {
  return hn::Mul(slopes[0].At(v), MeanDecay(d, slopes[0].x));
}
template <class D, class V>
HWY_INLINE V Change(D d, const LinearSlope<V> (&slopes)[3], V v) {
  using T = hn::TFromD<D>;
  const auto half = hn::Set(d, static_cast<T>(0.5));
  const auto sixth = hn::Set(d, static_cast<T>(1.0 / 6));
  const auto k1 = slopes[0].At(v);
  const auto k2 = slopes[1].At(hn::Add(v, hn::Mul(half, k1)));
  const auto k3 = slopes[1].At(hn::Add(v, hn::Mul(half, k2)));
  const auto k4 = slopes[2].At(hn::Add(v, k3));
  const auto middle = hn::Add(k2, k3);
  return hn::Mul(sixth, hn::Add(hn::Add(k1, k4), hn::Add(middle, middle)));
}

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <bool kRk4, bool kUniform, typename T>
int64_t UpdateLifCondAlpha(const lif_cond_alpha::Rows<T>& rows,
                           const NeuronUpdate& update) {
  using D = VectorTag<T>;
  using Row = ParameterVector<kUniform, D>;
  constexpr int kPoints = lif_cond_alpha::PointCount(kRk4);
  const D d;
  T* const v_row = update.Variable<T>(lif_cond_alpha::kV);
  const Row leak(d, rows.membrane.leak, update.first);
  const Row drive_row(d, rows.membrane.drive, update.first);
  const Row of_current(d, rows.membrane.of_current, update.first);
  AlphaConductance<kRk4, kUniform, D> excitatory(
      d, rows.excitatory, update, lif_cond_alpha::kGEx, lif::kExcitatory);
  AlphaConductance<kRk4, kUniform, D> inhibitory(
      d, rows.inhibitory, update, lif_cond_alpha::kGIn, lif::kInhibitory);
  const InjectedCurrent<D> current(update, lif::kCurrent);
  Threshold<kUniform, D> threshold(d, rows.threshold, update,
                                   lif_cond_alpha::kRefractory);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto v = hn::Load(d, v_row + i);
    const auto drive = current.AddTo(d, i, drive_row.At(i), of_current);
    LinearSlope<hn::Vec<D>> slopes[kPoints];
    for (auto& slope : slopes) slope = {leak.At(i), drive};
    excitatory.Advance(d, i, slopes);
    inhibitory.Advance(d, i, slopes);
    const auto next = hn::Add(v, Change(d, slopes, v));
    hn::Store(threshold.Apply(d, i, v, next), d, v_row + i);
  }
  return threshold.spike_count();
}

template <typename T>
int64_t UpdateLifCondAlpha(const lif_cond_alpha::Rows<T>& rows,
                           const NeuronUpdate& update) {
  return WithConstants(
      [&](auto rk4, auto uniform) {
        return UpdateLifCondAlpha<rk4, uniform>(rows, update);
      },
      rows.rk4, rows.uniform);
}

UpdateFunctions<lif_cond_alpha::Rows> LifCondAlphaFunctions() {
  return {UpdateLifCondAlpha<float>, UpdateLifCondAlpha<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::lif_cond_alpha {
namespace {

HWY_EXPORT(LifCondAlphaFunctions);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "lif_cond_alpha";
  info.summary =
      "Leaky integrate-and-fire neurons with an excitatory and an inhibitory "
      "alpha-shaped synaptic conductance.";
  info.equations =
      "c_m_pf v' = g_l_ns (e_l_mv - v) + g_ex (e_ex_mv - v) + "
      "g_in (e_in_mv - v) + i_e_pa + current; a spike of weight w gives g_ex "
      "the conductance w e t / tau_syn_ex_ms exp(-t / tau_syn_ex_ms), whose "
      "peak is w at t = tau_syn_ex_ms, and g_in likewise; at v >= v_th_mv: "
      "spike, v = v_reset_mv for t_ref_ms. NEST's iaf_cond_alpha.";
  info.parameters =
      lif_cond::Parameters("Time from an event to the peak of excitation.",
                           "Time from an event to the peak of inhibition.");
  info.order = {{"v_reset_mv", "v_th_mv"}};
  Append(info.variables, kVariableCount,
         {{kV, lif::MembranePotential()},
          {kGEx, {"g_ex_ns", "nS", "Excitatory conductance.", "0"}},
          {kRiseEx,
           {"rise_ex_ns", "nS", "What makes g_ex_ns rise; events add to it.",
            "0"}},
          {kGIn, {"g_in_ns", "nS", "Inhibitory conductance.", "0"}},
          {kRiseIn,
           {"rise_in_ns", "nS", "What makes g_in_ns rise; events add to it.",
            "0"}},
          {kRefractory, lif::RefractorySteps()}});
  info.receptors = lif::ConductanceReceptors(
      "Peak of the excitatory conductance of an event.",
      "Peak of the inhibitory conductance of an event.");
  Append(
      info.schemes, kSchemeCount,
      {{kExponentialEuler,
        {"exponential_euler",
         "v relaxes exactly for the mean conductances of the step; second "
         "order, "
         "always stable."}},
       {kRk4,
        {"rk4",
         "v by classical 4th-order Runge-Kutta with the exact conductances of "
         "the step's beginning, middle and end; unstable if dt is more than "
         "2.7 "
         "times the membrane's time constant."}}});
  info.cell_classes = {
      {"pynn_if_cond_alpha",
       "Defaults of PyNN's IF_cond_alpha.",
       {{"c_m_pf", 1000},
        {"g_l_ns", 50},
        {"e_l_mv", -65},
        {"e_ex_mv", 0},
        {"e_in_mv", -70},
        {"tau_syn_ex_ms", 0.3},
        {"tau_syn_in_ms", 0.5},
        {"v_th_mv", -50},
        {"v_reset_mv", -65},
        {"t_ref_ms", 0.1}}},
  };
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = StartAtParameter<lif_cond::kEL>,
      .update = [] { return HWY_DYNAMIC_DISPATCH(LifCondAlphaFunctions)(); },
      .reads_counts = true,
  });
}

}  // namespace spiked::lif_cond_alpha
#endif  // HWY_ONCE
