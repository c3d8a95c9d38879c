// SPDX-License-Identifier: Apache-2.0
//
// Highway helpers of the leaky integrate-and-fire kernels; included once per
// vector target, so the guard follows Highway's convention.

#if defined(SPIKED_CORE_NEURONS_LIF_SIMD_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NEURONS_LIF_SIMD_H_
#undef SPIKED_CORE_NEURONS_LIF_SIMD_H_
#else
#define SPIKED_CORE_NEURONS_LIF_SIMD_H_
#endif

#include <cstdint>

#include "core/model/neuron_model.h"
#include "core/model/simd_input.h"
#include "core/model/simd_spikes.h"
#include "core/neurons/lif.h"
#include "core/spec/parameters.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// A parameter in a loop over neurons: if it is the same for all, it stays in a
// register.
template <bool kUniform, class D>
class ParameterVector {
 public:
  using T = hn::TFromD<D>;

  ParameterVector(D d, const ParameterRow<T>& row, int64_t first)
      : row_(row), first_(first), uniform_(hn::Load(d, row.At(0))) {}

  // For the vector that begins at neuron first + i.
  HWY_INLINE hn::Vec<D> At(int64_t i) const {
    if constexpr (kUniform) {
      return uniform_;
    } else {
      return hn::Load(D(), row_.At(first_ + i));
    }
  }

 private:
  const ParameterRow<T>& row_;
  int64_t first_;
  hn::Vec<D> uniform_;
};

// x, or 0 where x is so small that it would soon be a denormal number.
template <class D>
HWY_INLINE hn::Vec<D> NotTiny(D d, hn::Vec<D> x) {
  const auto tiny = hn::Set(d, static_cast<hn::TFromD<D>>(1e-30));
  return hn::IfThenElseZero(hn::Gt(hn::Abs(x), tiny), x);
}

// decay x, or 0 where x is so small that it would soon be a denormal number.
template <class D>
HWY_INLINE hn::Vec<D> Decayed(D d, hn::Vec<D> decay, hn::Vec<D> x) {
  const auto tiny = hn::Set(d, static_cast<hn::TFromD<D>>(1e-30));
  return hn::IfThenElseZero(hn::Gt(hn::Abs(x), tiny), hn::Mul(decay, x));
}

// The end of a step: refractoriness, threshold, reset.
template <bool kUniform, class D>
class Threshold {
 public:
  using T = hn::TFromD<D>;

  Threshold(D d, const lif::ThresholdRows<T>& rows, const NeuronUpdate& update,
            T* refractory_row)
      : v_th_(d, rows.v_th, update.first),
        v_reset_(d, rows.v_reset, update.first),
        steps_(d, rows.refractory_steps, update.first),
        update_(update),
        refractory_row_(refractory_row),
        end_(update.spikes) {}

  // What v is at the end of the step if `next` is where it went from `v`
  // without a threshold. Counts refractory steps without a branch: at usual
  // rates most vectors have a refractory lane now and then.
  HWY_INLINE hn::Vec<D> Apply(D d, int64_t i, hn::Vec<D> v, hn::Vec<D> next) {
    return Apply(d, i, v, next, v_th_.At(i), [](auto) {});
  }

  // The same with a threshold of one's own; calls on_spikes(lanes that spike)
  // if there are any.
  template <class OnSpikes>
  HWY_INLINE hn::Vec<D> Apply(D d, int64_t i, hn::Vec<D> v, hn::Vec<D> next,
                              hn::Vec<D> threshold, OnSpikes on_spikes) {
    const auto zero = hn::Zero(d);
    auto left = hn::Load(d, refractory_row_ + i);
    const auto refractory = hn::Gt(left, zero);
    left = hn::Max(hn::Sub(left, hn::Set(d, T{1})), zero);
    next = hn::IfThenElse(refractory, v, next);
    const auto above = hn::Ge(next, threshold);
    if (HWY_UNLIKELY(!hn::AllFalse(d, above))) {
      const auto crossed = hn::AndNot(refractory, above);
      next = hn::IfThenElse(crossed, v_reset_.At(i), next);
      left = hn::IfThenElse(crossed, steps_.At(i), left);
      on_spikes(crossed);
      end_ = AppendSpikes(d, crossed, update_.first_neuron + i,
                          update_.count - i, end_);
    }
    hn::Store(left, d, refractory_row_ + i);
    return next;
  }

  // The parameter.
  HWY_INLINE hn::Vec<D> v_th(int64_t i) const { return v_th_.At(i); }

  int64_t spike_count() const { return end_ - update_.spikes; }

 private:
  const ParameterVector<kUniform, D> v_th_, v_reset_, steps_;
  const NeuronUpdate& update_;
  T* const refractory_row_;
  uint32_t* end_;
};

// The receptor of currents that act for one step.
template <class D>
class InjectedCurrent {
 public:
  InjectedCurrent(const NeuronUpdate& update, int receptor)
      : reader_(update, receptor) {}

  // Adds what the current gives at `scale`. Adding 0 would change no bit.
  template <class Row>
  HWY_INLINE hn::Vec<D> AddTo(D d, int64_t i, hn::Vec<D> sum,
                              const Row& scale) const {
    if (reader_.is_silent()) return sum;
    return hn::Add(sum, hn::Mul(scale.At(i), reader_.Take(d, i)));
  }

 private:
  const ReceptorReader<D> reader_;
};

// A membrane on which only currents act.
template <bool kUniform, class D>
class Membrane {
 public:
  using T = hn::TFromD<D>;

  Membrane(D d, const lif::MembraneRows<T>& rows, const NeuronUpdate& update,
           int current_receptor)
      : approach_(d, rows.approach, update.first),
        drive_(d, rows.drive, update.first),
        of_current_(d, rows.of_current, update.first),
        current_(update, current_receptor) {}

  // What the leak and currents that are constant over the step add to v. At
  // v = e_l it is exactly 0, so that a neuron at rest rests.
  HWY_INLINE hn::Vec<D> Change(D d, int64_t i, hn::Vec<D> v) const {
    const auto leak = hn::Sub(drive_.At(i), hn::Mul(approach_.At(i), v));
    return current_.AddTo(d, i, leak, of_current_);
  }

 private:
  const ParameterVector<kUniform, D> approach_, drive_, of_current_;
  const InjectedCurrent<D> current_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NEURONS_LIF_SIMD_H_
