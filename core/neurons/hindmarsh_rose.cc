// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/hindmarsh_rose.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/hindmarsh_rose.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/vector_model_simd.h"

#ifndef SPIKED_CORE_NEURONS_HINDMARSH_ROSE_ROWS_
#define SPIKED_CORE_NEURONS_HINDMARSH_ROSE_ROWS_
namespace spiked::hindmarsh_rose {

enum Parameter {
  kA,
  kB,
  kC,
  kD,
  kR,
  kS,
  kX1,
  kThreshold,
  kMsPerUnit,
  kParameterCount
};
enum Variable { kX, kY, kZ, kVariableCount };
enum Receptor { kCurrent, kReceptorCount };

template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : a(p.column(kA)),
        b(p.column(kB)),
        c(p.column(kC)),
        d(p.column(kD)),
        r(p.column(kR)),
        s(p.column(kS)),
        x1(p.column(kX1)),
        threshold(p.column(kThreshold)),
        h(Column(p, {kMsPerUnit},
                 [&](double unit) { return build.dt_ms / unit; })) {}

  ParameterRow<T> a, b, c, d, r, s, x1, threshold;
  ParameterRow<T> h;  // step length in model time units
};

}  // namespace spiked::hindmarsh_rose
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Moves a run of neurons by one step. Mul and Add instead of MulAdd give the
// same bits on every vector target.
template <typename T>
int64_t UpdateHindmarshRose(const hindmarsh_rose::Rows<T>& rows,
                            const NeuronUpdate& update) {
  const VectorTag<T> d;
  using V = hn::Vec<VectorTag<T>>;
  struct Point {
    V x, y, z;
  };
  T* const x_row = update.Variable<T>(hindmarsh_rose::kX);
  T* const y_row = update.Variable<T>(hindmarsh_rose::kY);
  T* const z_row = update.Variable<T>(hindmarsh_rose::kZ);
  const T* const input = update.Input<T>(hindmarsh_rose::kCurrent);
  SpikeWriter spikes(update);
  for (int64_t i = 0; i < update.count; i += hn::Lanes(d)) {
    const auto row = [&](const ParameterRow<T>& r) {
      return hn::Load(d, r.At(update.first + i));
    };
    const V current = hn::Load(d, input + i);

    // (x', y', z') at a point, and the point that is reached from p with the
    // slopes k after a time t.
    const auto slope = [&](const Point& p) -> Point {
      const V x2 = hn::Mul(p.x, p.x);
      V dx = hn::Sub(p.y, hn::Mul(row(rows.a), hn::Mul(x2, p.x)));
      dx = hn::Add(dx, hn::Mul(row(rows.b), x2));
      dx = hn::Sub(hn::Add(dx, current), p.z);
      const V dy = hn::Sub(hn::Sub(row(rows.c), hn::Mul(row(rows.d), x2)), p.y);
      const V pull = hn::Mul(row(rows.s), hn::Sub(p.x, row(rows.x1)));
      return {dx, dy, hn::Mul(row(rows.r), hn::Sub(pull, p.z))};
    };
    const auto along = [](const Point& p, const Point& k, V t) -> Point {
      return {hn::Add(p.x, hn::Mul(t, k.x)), hn::Add(p.y, hn::Mul(t, k.y)),
              hn::Add(p.z, hn::Mul(t, k.z))};
    };

    // A step of Runge-Kutta.
    const V h = row(rows.h);
    const V half = hn::Mul(h, hn::Set(d, T{0.5}));
    const V sixth = hn::Div(h, hn::Set(d, T{6}));
    const V two = hn::Set(d, T{2});
    const Point p = {hn::Load(d, x_row + i), hn::Load(d, y_row + i),
                     hn::Load(d, z_row + i)};
    const Point k1 = slope(p);
    const Point k2 = slope(along(p, k1, half));
    const Point k3 = slope(along(p, k2, half));
    const Point k4 = slope(along(p, k3, h));
    const auto weigh = [&](V q1, V q2, V q3, V q4) {
      return hn::Add(hn::Add(q1, hn::Mul(two, q2)),
                     hn::Add(hn::Mul(two, q3), q4));
    };
    const Point sum = {weigh(k1.x, k2.x, k3.x, k4.x),
                       weigh(k1.y, k2.y, k3.y, k4.y),
                       weigh(k1.z, k2.z, k3.z, k4.z)};
    const Point next = along(p, sum, sixth);

    // A spike is an upward crossing of the threshold. Nothing is reset.
    const V threshold = row(rows.threshold);
    const auto crossed =
        hn::And(hn::Lt(p.x, threshold), hn::Ge(next.x, threshold));
    spikes.Write(d, i, crossed);
    hn::Store(next.x, d, x_row + i);
    hn::Store(next.y, d, y_row + i);
    hn::Store(next.z, d, z_row + i);
  }
  return spikes.count();
}

UpdateFunctions<hindmarsh_rose::Rows> HindmarshRoseFunctions() {
  return {UpdateHindmarshRose<float>, UpdateHindmarshRose<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::hindmarsh_rose {
namespace {

HWY_EXPORT(HindmarshRoseFunctions);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "hindmarsh_rose";
  info.summary = "Hindmarsh-Rose neurons, a dimensionless model of bursting.";
  info.equations =
      "x' = y - a x^3 + b x^2 + I - z; y' = c - d x^2 - y; "
      "z' = r (s (x - x1) - z); spike where x crosses x_threshold upwards; "
      "one unit of model time lasts ms_per_time_unit. "
      "Hindmarsh & Rose 1984, doi:10.1098/rspb.1984.0024.";
  Append(
      info.parameters, kParameterCount,
      {{kA, {"a", "", "Coefficient of -x^3 in x'.", 1}},
       {kB, {"b", "", "Coefficient of x^2 in x'.", 3}},
       {kC, {"c", "", "Constant of y'.", 1}},
       {kD, {"d", "", "Coefficient of -x^2 in y'.", 5}},
       {kR, {"r", "", "Rate of the slow variable z.", 0.006}},
       {kS, {"s", "", "Coupling of x to z.", 4}},
       {kX1, {"x1", "", "Resting value of x in z'.", -1.6}},
       {kThreshold,
        {"x_threshold", "", "Value of x whose upward crossing is a spike.", 0}},
       {kMsPerUnit,
        PositiveParameter("ms_per_time_unit", "ms",
                          "Length of one unit of the model's time.", 1)}});
  Append(info.variables, kVariableCount,
         {{kX, {"x", "", "Membrane potential, dimensionless.", "x1"}},
          {kY, {"y", "", "Fast recovery.", "0"}},
          {kZ, {"z", "", "Slow adaptation.", "0"}}});
  Append(info.receptors, kReceptorCount,
         {{kCurrent,
           {"current", "", "Dimensionless current that acts for one step."}}});
  info.schemes = {{"rk4", "Classical 4th-order Runge-Kutta, one step of dt."}};
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .initialize = StartAtParameter<kX1>,
      .update = [] { return HWY_DYNAMIC_DISPATCH(HindmarshRoseFunctions)(); },
  });
}

}  // namespace spiked::hindmarsh_rose
#endif  // HWY_ONCE
