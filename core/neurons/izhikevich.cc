// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/izhikevich.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/izhikevich.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/vector_model_simd.h"

#ifndef SPIKED_CORE_NEURONS_IZHIKEVICH_ROWS_
#define SPIKED_CORE_NEURONS_IZHIKEVICH_ROWS_
namespace spiked::izhikevich {

enum Parameter {
  kA,
  kB,
  kC,
  kD,
  kPeak,
  kQuadratic,
  kLinear,
  kConstant,
  kOffset,
  kLeak,
  kParameterCount
};
enum Variable { kV, kU, kVariableCount };
enum Receptor { kCurrent, kReceptorCount };
enum Scheme { kHalfSteps, kEuler, kForwardEuler, kSchemeCount };

template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : a(p.column(kA)),
        b(p.column(kB)),
        c(p.column(kC)),
        d(p.column(kD)),
        peak(p.column(kPeak)),
        quadratic(p.column(kQuadratic)),
        linear(p.column(kLinear)),
        constant(p.column(kConstant)),
        offset(p.column(kOffset)),
        leak(p.column(kLeak)),
        dt(build.dt_ms),
        half_steps(build.scheme == kHalfSteps),
        forward(build.scheme == kForwardEuler) {}
  ParameterRow<T> a, b, c, d, peak, quadratic, linear, constant, offset, leak;
  double dt;
  bool half_steps;
  bool forward;  // u moves with the v of the beginning
};

}  // namespace spiked::izhikevich
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <bool kForward, typename T>
int64_t UpdateIzhikevich(const izhikevich::Rows<T>& rows,
                         const NeuronUpdate& update) {
  const VectorTag<T> d;
  const bool half_steps = rows.half_steps;
  const auto h_v =
      hn::Set(d, static_cast<T>(half_steps ? rows.dt * 0.5 : rows.dt));
  const auto h_u = hn::Set(d, static_cast<T>(rows.dt));
  T* const v_row = update.Variable<T>(izhikevich::kV);
  T* const u_row = update.Variable<T>(izhikevich::kU);
  const T* const input = update.Input<T>(izhikevich::kCurrent);
  SpikeWriter spikes(update);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto row = [&](const ParameterRow<T>& r) {
      return hn::Load(d, r.At(update.first + i));
    };
    const auto current = hn::Load(d, input + i);
    const auto beginning = hn::Load(d, v_row + i);
    auto v = beginning;
    auto u = hn::Load(d, u_row + i);

    // v in one step or two half steps, then u with the new v, or the old one.
    const auto advance_v = [&] {
      // (0.04 v) v, because 0.04*v*v is evaluated in this order. 0.04 (v v)
      // rounds differently, which at steps of 1 ms is enough to give other
      // spikes than the published ones.
      auto slope = hn::Mul(hn::Mul(row(rows.quadratic), v), v);
      slope = hn::Add(slope, hn::Mul(row(rows.linear), v));
      slope = hn::Add(slope, row(rows.constant));
      slope = hn::Add(hn::Sub(slope, u), current);
      v = hn::Add(v, hn::Mul(h_v, slope));
    };
    advance_v();
    if (half_steps) advance_v();
    const auto of_u = kForward ? beginning : v;
    const auto drive = hn::Mul(row(rows.b), hn::Sub(of_u, row(rows.offset)));
    u = hn::Add(u, hn::Mul(hn::Mul(h_u, row(rows.a)),
                           hn::Sub(drive, hn::Mul(row(rows.leak), u))));

    // Neurons at the peak spike and are reset.
    const auto crossed = hn::Ge(v, row(rows.peak));
    if (HWY_UNLIKELY(spikes.Write(d, i, crossed))) {
      v = hn::IfThenElse(crossed, row(rows.c), v);
      u = hn::IfThenElse(crossed, hn::Add(u, row(rows.d)), u);
    }
    hn::Store(v, d, v_row + i);
    hn::Store(u, d, u_row + i);
  }
  return spikes.count();
}

template <typename T>
int64_t UpdateIzhikevich(const izhikevich::Rows<T>& rows,
                         const NeuronUpdate& update) {
  return rows.forward ? UpdateIzhikevich<true>(rows, update)
                      : UpdateIzhikevich<false>(rows, update);
}

UpdateFunctions<izhikevich::Rows> IzhikevichFunctions() {
  return {UpdateIzhikevich<float>, UpdateIzhikevich<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cmath>

namespace spiked::izhikevich {
namespace {

HWY_EXPORT(IzhikevichFunctions);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "izhikevich";
  info.summary = "Izhikevich's simple model of spiking neurons.";
  info.equations =
      "v' = quadratic v^2 + linear v + constant - u + I; "
      "u' = a (b (v - v_offset_mv) - u_leak u); "
      "at v >= v_peak_mv: spike, v = c, u = u + d. "
      "Izhikevich 2003, doi:10.1109/TNN.2003.820440; "
      "2004, doi:10.1109/TNN.2004.832719.";
  Append(
      info.parameters, kParameterCount,
      {{kA, {"a", "1/ms", "Rate of recovery of u.", 0.02}},
       {kB, {"b", "1/ms", "Sensitivity of u to v.", 0.2}},
       {kC, {"c", "mV", "Membrane potential after a spike.", -65}},
       {kD, {"d", "mV/ms", "Step of u at a spike.", 8}},
       {kPeak,
        {"v_peak_mv", "mV", "Membrane potential at which a spike is cut.", 30}},
       {kQuadratic, {"quadratic", "1/(mV ms)", "Coefficient of v^2.", 0.04}},
       {kLinear, {"linear", "1/ms", "Coefficient of v.", 5}},
       {kConstant, {"constant", "mV/ms", "Constant of v'.", 140}},
       {kOffset, {"v_offset_mv", "mV", "Subtracted from v in u'.", 0}},
       {kLeak, {"u_leak", "", "Factor of u in u'.", 1}}});
  Append(info.variables, kVariableCount,
         {{kV, {"v_mv", "mV", "Membrane potential.", "-65"}},
          {kU, {"u", "mV/ms", "Recovery variable.", "b * v_mv"}}});
  Append(info.receptors, kReceptorCount,
         {{kCurrent, {"current", "mV/ms", "Current that acts for one step."}}});
  Append(
      info.schemes, kSchemeCount,
      {{kHalfSteps,
        {"half_steps",
         "v twice by dt/2, then u by dt with the new v; published in 2003 with "
         "dt 1 ms."}},
       {kEuler,
        {"euler",
         "v by dt, then u by dt with the new v; the figures of 2004."}},
       {kForwardEuler,
        {"forward_euler",
         "v and u by dt, both with the values at the step's beginning; NEST's "
         "default (consistent_integration)."}}});
  const auto cell = [&](const char* name, const char* description, double a,
                        double b, double c, double d) {
    info.cell_classes.push_back(
        {name, description, {{"a", a}, {"b", b}, {"c", c}, {"d", d}}});
  };
  cell("regular_spiking", "RS, Izhikevich 2003.", .02, .2, -65, 8);
  cell("intrinsically_bursting", "IB, Izhikevich 2003.", .02, .2, -55, 4);
  cell("chattering", "CH, Izhikevich 2003.", .02, .2, -50, 2);
  cell("fast_spiking", "FS, Izhikevich 2003.", .1, .2, -65, 2);
  cell("low_threshold_spiking", "LTS, Izhikevich 2003.", .02, .25, -65, 2);
  cell("thalamo_cortical", "TC, Izhikevich 2003.", .02, .25, -65, .05);
  cell("resonator", "RZ, Izhikevich 2003.", .1, .26, -65, 2);
  cell("seed_regular_spiking",
       "Regular spiking as in michaelmelanson/spiking-neural-net: d = 2.", .02,
       .2, -65, 2);
  cell("seed_low_threshold_spiking",
       "Low-threshold spiking as in michaelmelanson/spiking-neural-net.", .1,
       .25, -55, 2);
  return info;
}

void Initialize(const Parameters& p, int64_t i, absl::Span<double> variables) {
  double& v = variables[kV];
  if (std::isnan(v)) v = -65;
  StartAt(variables, {v, p.Get(kB, i) * v});
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = Initialize,
      .update = [] { return HWY_DYNAMIC_DISPATCH(IzhikevichFunctions)(); },
  });
}

}  // namespace spiked::izhikevich
#endif  // HWY_ONCE
