// SPDX-License-Identifier: Apache-2.0

#include "core/neurons/poisson_source.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/neurons/poisson_source.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After foreach_target.h: what follows is compiled once per target.
#include "core/neurons/vector_model_simd.h"
#include "core/numbers/simd_random.h"

#ifndef SPIKED_CORE_NEURONS_POISSON_SOURCE_ROWS_
#define SPIKED_CORE_NEURONS_POISSON_SOURCE_ROWS_
#include <algorithm>
#include <cmath>
#include <vector>

namespace spiked::poisson_source {

enum Parameter { kRate, kParameterCount };
enum Receptor { kInput, kReceptorCount };

// A neuron spikes if 31 random bits are less than its threshold. The largest
// threshold is the largest float below 2^31.
constexpr double kMaxThreshold = 0x1p31 - 128;

// Parameters in the form the kernel reads. T is the scalar type of the network.
template <typename T>
struct Rows {
  Rows(const Parameters& p, const NeuronBuild& build)
      : keys(build.stream),
        dt_s(build.dt_ms / 1000),
        rate(p.column(kRate)),
        threshold(Column(p, {kRate}, [&](double rate_hz) {
          const double p_spike = -std::expm1(-rate_hz * dt_s);
          return std::min(std::round(p_spike * 0x1p31), kMaxThreshold);
        })) {}

  ArsKeys keys;
  double dt_s;
  ParameterRow<T> rate;             // Hz
  ParameterRow<int32_t> threshold;  // at that rate, without input
};

}  // namespace spiked::poisson_source
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

using FloatTag = hn::CappedTag<float, 16>;
using Floats = hn::Vec<FloatTag>;
using IntTag = hn::Rebind<int32_t, FloatTag>;

// The results of function(d, i) for a vector of neurons, as floats. The
// function computes in the scalar type of the network, for the neurons from i
// on. With double, two of its vectors make one vector of floats.
template <class Function>
HWY_INLINE Floats AsFloats(float /*type*/, Function function) {
  return function(FloatTag(), 0);
}
template <class Function>
HWY_INLINE Floats AsFloats(double /*type*/, Function function) {
  const hn::CappedTag<double, 8> d;
#if HWY_TARGET == HWY_SCALAR
  return hn::DemoteTo(FloatTag(), function(d, 0));
#else
  const hn::Half<FloatTag> half;
  const size_t second = hn::Lanes(d);
  return hn::Combine(FloatTag(), hn::DemoteTo(half, function(d, second)),
                     hn::DemoteTo(half, function(d, 0)));
#endif
}

// 2^31 (1 - exp(-mean)), rounded, for means from 0 to 32. A power series gives
// q = 1 - exp(-x) for x = mean / 64. Then 1 - exp(-2 x) = q (2 - q), applied
// six times, doubles x up to the mean, which makes no relative error larger.
HWY_INLINE hn::Vec<IntTag> ThresholdOf(Floats mean) {
  const FloatTag d;
  const auto one = hn::Set(d, 1.0f);
  const auto two = hn::Set(d, 2.0f);
  const auto x = hn::Mul(mean, hn::Set(d, 0x1p-6f));
  auto sum = one;
  for (int k = 8; k > 1; --k) {
    const auto factor = hn::Set(d, 1.0f / static_cast<float>(k));
    sum = hn::Sub(one, hn::Mul(hn::Mul(x, factor), sum));
  }
  auto q = hn::Mul(x, sum);
  for (int k = 0; k < 6; ++k) q = hn::Mul(q, hn::Sub(two, q));
  const auto scaled =
      hn::Add(hn::Mul(q, hn::Set(d, 0x1p31f)), hn::Set(d, 0.5f));
  const auto most =
      hn::Set(d, static_cast<float>(poisson_source::kMaxThreshold));
  return hn::ConvertTo(IntTag(), hn::Min(scaled, most));
}

// The thresholds of a vector of neurons whose rates begin at `rate` and whose
// inputs begin at `input`. Neurons without input keep their `constant`
// threshold, as if the whole row were silent: whether it is depends on how
// neurons are divided into blocks, on which spikes must not depend.
template <typename T>
HWY_INLINE hn::Vec<IntTag> DrivenThreshold(const T* rate, const T* input,
                                           double dt_s,
                                           hn::Vec<IntTag> constant) {
  const FloatTag d;
  const Floats mean = AsFloats(T(), [&](auto dt, size_t i) {
    const auto sum = hn::Add(hn::Load(dt, rate + i), hn::Load(dt, input + i));
    const auto x = hn::Mul(sum, hn::Set(dt, static_cast<T>(dt_s)));
    // NaN, the sum of infinite inputs of both signs, counts as 0.
    const auto positive = hn::IfThenElseZero(hn::Gt(x, hn::Zero(dt)), x);
    return hn::Min(positive, hn::Set(dt, T{32}));
  });
  const Floats driven = AsFloats(T(), [&](auto dt, size_t i) {
    const auto is_driven = hn::Ne(hn::Load(dt, input + i), hn::Zero(dt));
    return hn::IfThenElseZero(is_driven, hn::Set(dt, T{1}));
  });
  const auto mask = hn::RebindMask(IntTag(), hn::Ne(driven, hn::Zero(d)));
  return hn::IfThenElse(mask, ThresholdOf(mean), constant);
}

// Finds the spikes of a run of neurons in one step.
template <typename T>
int64_t UpdatePoissonSource(const poisson_source::Rows<T>& rows,
                            const NeuronUpdate& update) {
  const IntTag d;
  const InputRow& input = update.inputs[poisson_source::kInput];
  const T* const input_row = static_cast<const T*>(input.row);
  SpikeWriter spikes(update);
  const auto visit = [&](Words words, int64_t i) {
    auto threshold = hn::Load(d, rows.threshold.At(update.first + i));
    if (!input.is_silent) {
      const T* rate = rows.rate.At(update.first + i);
      threshold = DrivenThreshold(rate, input_row + i, rows.dt_s, threshold);
    }
    const auto bits = hn::BitCast(d, hn::ShiftRight<1>(words));
    const auto spiked = hn::Lt(bits, threshold);
    spikes.Write(d, i, spiked);
  };
  ForEachRandomVector(rows.keys, update.step, 0, update.first, update.count,
                      visit);
  return spikes.count();
}

UpdateFunctions<poisson_source::Rows> PoissonSourceFunctions() {
  return {UpdatePoissonSource<float>, UpdatePoissonSource<double>};
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked::poisson_source {
namespace {

HWY_EXPORT(PoissonSourceFunctions);

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "poisson_source";
  info.summary =
      "Neurons without dynamics that spike at random at a given rate.";
  info.equations =
      "A neuron spikes in a step with the probability 1 - exp(-rate dt), "
      "rate = max(0, rate_hz + input), independent of everything else.";
  Append(info.parameters, kParameterCount,
         {{kRate,
           {"rate_hz", "Hz",
            "Rate to which what acts on the receptor is added.", 0, 0, 1e6}}});
  Append(
      info.receptors, kReceptorCount,
      {{kInput,
        {"rate", "Hz", "Added to the rate in the steps in which it acts."}}});
  return info;
}

}  // namespace

const NeuronModel* NewModel() {
  return new VectorModel<Rows>({
      .info = MakeInfo(),
      .update = [] { return HWY_DYNAMIC_DISPATCH(PoissonSourceFunctions)(); },
  });
}

}  // namespace spiked::poisson_source
#endif  // HWY_ONCE
