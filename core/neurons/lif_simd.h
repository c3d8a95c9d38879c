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

#include "core/neurons/lif.h"
#include "core/neurons/vector_model_simd.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// The end of a step: holds refractory neurons, tests the threshold, and resets
// the neurons that spike.
template <bool kUniform, class D>
class Threshold {
 public:
  using T = hn::TFromD<D>;

  // `refractory` is the index of the variable refractory_steps.
  Threshold(D d, const lif::ThresholdRows<T>& rows, const NeuronUpdate& update,
            int refractory)
      : v_th_(d, rows.v_th, update.first),
        v_reset_(d, rows.v_reset, update.first),
        steps_(d, rows.refractory_steps, update.first),
        refractory_row_(update.Variable<T>(refractory)),
        spikes_(update) {}

  // Returns v at the end of the step. `v` is its value at the beginning, `next`
  // its value at the end without threshold and refractoriness.
  HWY_INLINE hn::Vec<D> Apply(D d, int64_t i, hn::Vec<D> v, hn::Vec<D> next) {
    return Apply(d, i, v, next, v_th_.At(i), [](auto) {});
  }

  // The same with `threshold` in place of the parameter v_th. Calls
  // on_spikes(lanes that spike) if any lane is at or above the threshold.
  template <class OnSpikes>
  HWY_INLINE hn::Vec<D> Apply(D d, int64_t i, hn::Vec<D> v, hn::Vec<D> next,
                              hn::Vec<D> threshold, OnSpikes on_spikes) {
    RefractoryCount<D> refractory(d, refractory_row_, i);
    next = hn::IfThenElse(refractory.now(), v, next);
    const auto above = hn::Ge(next, threshold);
    if (HWY_UNLIKELY(!hn::AllFalse(d, above))) {
      const auto crossed = hn::AndNot(refractory.now(), above);
      next = hn::IfThenElse(crossed, v_reset_.At(i), next);
      refractory.Begin(crossed, steps_.At(i));
      on_spikes(crossed);
      spikes_.Write(d, i, crossed);
    }
    refractory.Store(d);
    return next;
  }

  // The parameter v_th of the vector that begins at neuron i of the run.
  HWY_INLINE hn::Vec<D> v_th(int64_t i) const { return v_th_.At(i); }

  int64_t spike_count() const { return spikes_.count(); }

 private:
  const ParameterVector<kUniform, D> v_th_, v_reset_, steps_;
  T* const refractory_row_;
  SpikeWriter spikes_;
};

// A membrane without synaptic conductances.
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

  // The change of v by the leak and by currents that are constant over the
  // step. Without currents, drive and approach * v cancel at v = e_l, so that a
  // neuron at rest stays at rest.
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
