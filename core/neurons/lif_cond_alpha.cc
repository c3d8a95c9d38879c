// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/lif_cond_alpha.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/lif_cond_alpha.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the headers are compiled once per target.
#include "core/neurons/alpha_simd.h"
#include "core/neurons/conductance_simd.h"

#ifndef SPIKED_CORE_MODELS_LIF_COND_ALPHA_ROWS_
#define SPIKED_CORE_MODELS_LIF_COND_ALPHA_ROWS_
#include <functional>

namespace spiked::lif_cond_alpha {

// In the order of ModelInfo::parameters.
enum Parameter {
  kCM,
  kGL,
  kEL,
  kEEx,
  kEIn,
  kTauEx,
  kTauIn,
  kVTh,
  kVReset,
  kTRef,
  kIE
};
enum Scheme { kExponentialEuler, kRk4 };

// Where in a step a scheme looks at conductances: exponential_euler at their
// mean, rk4 at the beginning, the middle and the end.
constexpr int PointCount(bool rk4) { return rk4 ? 3 : 1; }

// What a conductance is at a point, by what it is at the step's beginning.
template <typename T>
struct Point {
  using Weight = std::function<double(double tau_ms)>;
  Point(const Parameters& p, int tau, double dt_ms, const Weight& shape,
        const Weight& rise)
      : of_shape(Rate(p, tau, dt_ms, shape)),
        of_rise(Rate(p, tau, dt_ms, rise)) {}

  static std::vector<double> Rate(const Parameters& p, int tau, double dt_ms,
                                  const Weight& weight) {
    return lif::Column(p, {kCM, tau}, [&](size_t i) {
      return dt_ms / p.Get(kCM, i) * weight(p.Get(tau, i));
    });
  }

  ParameterRow<T> of_shape, of_rise;  // x by 1 nS
};

template <typename T>
struct Conductance {
  Conductance(const Parameters& p, int tau, int e, int scheme, double dt_ms)
      : shape(p, tau, dt_ms), reversal(p.column(e)) {
    const auto add = [&](auto of_shape, auto of_rise) {
      points.emplace_back(p, tau, dt_ms, of_shape, of_rise);
    };
    if (scheme == kExponentialEuler) {
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
    return shape.uniform() && reversal.uniform() &&
           points[0].of_shape.uniform() && points[0].of_rise.uniform();
  }

  alpha::ShapeRows<T> shape;
  ParameterRow<T> reversal;
  std::vector<Point<T>> points;
};

template <typename T>
struct Rows {
  Rows(const Parameters& p, int scheme, double dt_ms)
      : leak(lif::Column(
            p, {kCM, kGL},
            [&](size_t i) { return dt_ms * p.Get(kGL, i) / p.Get(kCM, i); })),
        drive(lif::Column(p, {kCM, kGL, kEL, kIE},
                          [&](size_t i) {
                            return lif::NonZero(dt_ms / p.Get(kCM, i) *
                                                (p.Get(kGL, i) * p.Get(kEL, i) +
                                                 p.Get(kIE, i)));
                          })),
        of_current(lif::Column(
            p, {kCM}, [&](size_t i) { return dt_ms / p.Get(kCM, i); })),
        excitatory(p, kTauEx, kEEx, scheme, dt_ms),
        inhibitory(p, kTauIn, kEIn, scheme, dt_ms),
        threshold(p, kVTh, kVReset, kTRef, dt_ms),
        uniform(leak.uniform() && drive.uniform() && of_current.uniform() &&
                excitatory.uniform() && inhibitory.uniform() &&
                threshold.uniform()) {}

  ParameterRow<T> leak;        // x by g_l
  ParameterRow<T> drive;       // by g_l e_l and i_e (mV)
  ParameterRow<T> of_current;  // (mV/pA)
  Conductance<T> excitatory, inhibitory;
  lif::ThresholdRows<T> threshold;
  bool uniform;
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

template <bool kRk4, bool kUniform, class D>
class AlphaConductance {
 public:
  using T = hn::TFromD<D>;
  static constexpr int kPoints = lif_cond_alpha::PointCount(kRk4);

  // `row` is that of the conductance; the next one is that of its rise.
  AlphaConductance(D d, const lif_cond_alpha::Conductance<T>& rows,
                   const NeuronUpdate& update, int row, int receptor)
      : shape_(d, rows.shape, update.first, Row(update, row),
               Row(update, row + 1), {update, receptor}),
        reversal_(d, rows.reversal, update.first),
        rows_(rows),
        first_(update.first) {}

  // Moves the conductance by a step, and adds what it does in this step.
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
  static T* Row(const NeuronUpdate& update, int row) {
    return static_cast<T*>(update.variables) + row * update.stride;
  }

  const AlphaShape<kUniform, D> shape_;
  const ParameterVector<kUniform, D> reversal_;
  const lif_cond_alpha::Conductance<T>& rows_;
  const int64_t first_;
};

// The change of v in a step.
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

// Mul and Add instead of MulAdd: the same bits on every vector target.
template <bool kRk4, bool kUniform, typename T>
int64_t UpdateLifCondAlpha(const lif_cond_alpha::Rows<T>& rows,
                           const NeuronUpdate& update) {
  const hn::CappedTag<T, ParameterRow<T>::kLanes> d;
  using D = decltype(d);
  using Row = ParameterVector<kUniform, D>;
  constexpr int kPoints = lif_cond_alpha::PointCount(kRk4);
  T* const v_row = static_cast<T*>(update.variables);
  const Row leak(d, rows.leak, update.first);
  const Row drive_row(d, rows.drive, update.first);
  const Row of_current(d, rows.of_current, update.first);
  AlphaConductance<kRk4, kUniform, D> excitatory(d, rows.excitatory, update, 1,
                                                 0);
  AlphaConductance<kRk4, kUniform, D> inhibitory(d, rows.inhibitory, update, 3,
                                                 1);
  const InjectedCurrent<D> current(update, 2);
  Threshold<kUniform, D> threshold(d, rows.threshold, update,
                                   v_row + 5 * update.stride);
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
int64_t UpdateLifCondAlpha(const lif_cond_alpha::Rows<T>& rows, bool rk4,
                           const NeuronUpdate& update) {
  if (rk4) {
    return rows.uniform ? UpdateLifCondAlpha<true, true>(rows, update)
                        : UpdateLifCondAlpha<true, false>(rows, update);
  }
  return rows.uniform ? UpdateLifCondAlpha<false, true>(rows, update)
                      : UpdateLifCondAlpha<false, false>(rows, update);
}
int64_t UpdateLifCondAlphaF32(const lif_cond_alpha::Rows<float>& rows, bool rk4,
                              const NeuronUpdate& update) {
  return UpdateLifCondAlpha(rows, rk4, update);
}
int64_t UpdateLifCondAlphaF64(const lif_cond_alpha::Rows<double>& rows,
                              bool rk4, const NeuronUpdate& update) {
  return UpdateLifCondAlpha(rows, rk4, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked {
namespace {

HWY_EXPORT(UpdateLifCondAlphaF32);
HWY_EXPORT(UpdateLifCondAlphaF64);

template <typename T>
class Kernel : public NeuronKernel {
 public:
  Kernel(const Parameters& parameters, const NeuronBuild& build)
      : rows_(parameters, build.scheme, build.dt_ms),
        rk4_(build.scheme == lif_cond_alpha::kRk4) {}

  bool ReadsCounts() const override { return sizeof(T) == 4; }

  int64_t Update(const NeuronUpdate& update) const override {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(UpdateLifCondAlphaF32)(rows_, rk4_, update);
    } else {
      return HWY_DYNAMIC_DISPATCH(UpdateLifCondAlphaF64)(rows_, rk4_, update);
    }
  }

 private:
  lif_cond_alpha::Rows<T> rows_;
  bool rk4_;
};

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
  info.parameters = {
      lif::PositiveParameter("c_m_pf", "pF", "Capacitance of the membrane.",
                             250),
      {"g_l_ns", "nS", "Leak conductance.", 16.6667, 0},
      {"e_l_mv", "mV", "Resting potential.", -70},
      {"e_ex_mv", "mV", "Reversal potential of excitation.", 0},
      {"e_in_mv", "mV", "Reversal potential of inhibition.", -85},
      lif::PositiveParameter("tau_syn_ex_ms", "ms",
                             "Time from an event to the peak of excitation.",
                             0.2),
      lif::PositiveParameter("tau_syn_in_ms", "ms",
                             "Time from an event to the peak of inhibition.",
                             2),
      {"v_th_mv", "mV", "Threshold.", -55},
      {"v_reset_mv", "mV", "Membrane potential after a spike.", -60},
      {"t_ref_ms", "ms", "Refractory time; rounded to steps.", 2, 0},
      {"i_e_pa", "pA", "Constant current.", 0},
  };
  info.order = {{"v_reset_mv", "v_th_mv"}};
  info.variables = {
      lif::MembranePotential(),
      {"g_ex_ns", "nS", "Excitatory conductance.", "0"},
      {"rise_ex_ns", "nS", "What makes g_ex_ns rise; events add to it.", "0"},
      {"g_in_ns", "nS", "Inhibitory conductance.", "0"},
      {"rise_in_ns", "nS", "What makes g_in_ns rise; events add to it.", "0"},
      lif::RefractorySteps()};
  info.receptors = {
      {"excitatory", "nS", "Peak of the excitatory conductance of an event."},
      {"inhibitory", "nS", "Peak of the inhibitory conductance of an event."},
      {"current", "pA", "Current that acts for one step."},
  };
  info.schemes = {
      {"exponential_euler",
       "v relaxes exactly for the mean conductances of the step; second order, "
       "always stable."},
      {"rk4",
       "v by classical 4th-order Runge-Kutta with the exact conductances of "
       "the step's beginning, middle and end; unstable if dt is more than 2.7 "
       "times the membrane's time constant."},
  };
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

const ModelInfo& LifCondAlpha::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void LifCondAlpha::Initialize(const Parameters& parameters, int64_t i,
                              absl::Span<double> variables) const {
  if (std::isnan(variables[0])) {
    variables[0] = parameters.Get(lif_cond_alpha::kEL, i);
  }
  for (double& x : variables.subspan(1)) {
    if (std::isnan(x)) x = 0;
  }
}

std::unique_ptr<NeuronKernel> LifCondAlpha::Compile(
    const Parameters& parameters, const NeuronBuild& build) const {
  return MakeNeuronKernel<Kernel<float>, Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
