// SPDX-License-Identifier: Apache-2.0
//
// Highway helpers of all neuron kernels; included once per vector target, so
// the guard follows Highway's convention.

#if defined(SPIKED_CORE_NEURONS_VECTOR_MODEL_SIMD_H_) == \
    defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_NEURONS_VECTOR_MODEL_SIMD_H_
#undef SPIKED_CORE_NEURONS_VECTOR_MODEL_SIMD_H_
#else
#define SPIKED_CORE_NEURONS_VECTOR_MODEL_SIMD_H_
#endif

#include <cstdint>
#include <type_traits>

#include "core/model/neuron_model.h"
#include "core/model/simd_input.h"
#include "core/model/simd_spikes.h"
#include "core/neurons/vector_model.h"
#include "core/spec/parameters.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// The type of vectors in which kernels go through a run of neurons:
//   for (int64_t i = 0; i < update.count; i += hn::Lanes(d))
// The last vector may contain padding. Only SpikeWriter has to leave it out.
template <typename T>
using VectorTag = hn::CappedTag<T, ParameterRow<T>::kLanes>;

// Calls `function` with the values as std::bool_constant. Each combination is
// compiled separately, so that loops over neurons needn't test the values.
template <class Function>
HWY_INLINE int64_t WithConstants(Function function, bool value) {
  return value ? function(std::true_type()) : function(std::false_type());
}
template <class Function>
HWY_INLINE int64_t WithConstants(Function function, bool first, bool second) {
  if (first) {
    return second ? function(std::true_type(), std::true_type())
                  : function(std::true_type(), std::false_type());
  }
  return second ? function(std::false_type(), std::true_type())
                : function(std::false_type(), std::false_type());
}

// A parameter as loops over neurons read it. If it is the same for all neurons
// (kUniform), it is loaded once, before the loop, and can stay in a register.
template <bool kUniform, class D>
class ParameterVector {
 public:
  using T = hn::TFromD<D>;

  ParameterVector(D d, const ParameterRow<T>& row, int64_t first)
      : row_(row), first_(first), uniform_(hn::Load(d, row.At(0))) {}

  // The values of the vector that begins at neuron first + i.
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

// x, or 0 where x is so small that it would soon become a denormal number,
// with which operations are slow.
template <class D>
HWY_INLINE hn::Vec<D> NotTiny(D d, hn::Vec<D> x) {
  const auto tiny = hn::Set(d, static_cast<hn::TFromD<D>>(1e-30));
  return hn::IfThenElseZero(hn::Gt(hn::Abs(x), tiny), x);
}

// decay * x, or 0 where x is so small that it would soon become a denormal
// number.
template <class D>
HWY_INLINE hn::Vec<D> Decayed(D d, hn::Vec<D> decay, hn::Vec<D> x) {
  const auto tiny = hn::Set(d, static_cast<hn::TFromD<D>>(1e-30));
  return hn::IfThenElseZero(hn::Gt(hn::Abs(x), tiny), hn::Mul(decay, x));
}

// The receptor for currents that act for one step.
template <class D>
class InjectedCurrent {
 public:
  InjectedCurrent(const NeuronUpdate& update, int receptor)
      : reader_(update, receptor) {}

  // Returns `sum` plus the current times `scale`. A silent receptor is skipped,
  // because adding its zeros would change no bit.
  template <class Row>
  HWY_INLINE hn::Vec<D> AddTo(D d, int64_t i, hn::Vec<D> sum,
                              const Row& scale) const {
    if (reader_.is_silent()) return sum;
    return hn::Add(sum, hn::Mul(scale.At(i), reader_.Take(d, i)));
  }

 private:
  const ReceptorReader<D> reader_;
};

// Counts down the variable that holds the steps for which neurons are still
// refractory. There is no branch to skip vectors without refractory neurons,
// because at usual firing rates most vectors have one now and then.
template <class D>
class RefractoryCount {
 public:
  using T = hn::TFromD<D>;

  // Counts this step for the vector that begins at neuron i of the run.
  HWY_INLINE RefractoryCount(D d, T* row, int64_t i) : at_(row + i) {
    const auto zero = hn::Zero(d);
    const auto before = hn::Load(d, at_);
    now_ = hn::Gt(before, zero);
    left_ = hn::Max(hn::Sub(before, hn::Set(d, T{1})), zero);
  }

  // Neurons that are refractory in this step.
  HWY_INLINE hn::Mask<D> now() const { return now_; }

  // Makes the neurons that spiked refractory for the next `steps` steps.
  HWY_INLINE void Begin(hn::Mask<D> spiked, hn::Vec<D> steps) {
    left_ = hn::IfThenElse(spiked, steps, left_);
  }

  HWY_INLINE void Store(D d) const { hn::Store(left_, d, at_); }

 private:
  T* const at_;
  hn::Mask<D> now_;
  hn::Vec<D> left_;
};

// Writes the spikes of a run of neurons in one step to NeuronUpdate::spikes.
class SpikeWriter {
 public:
  explicit SpikeWriter(const NeuronUpdate& update)
      : update_(update), end_(update.spikes) {}

  // Writes the spikes of the vector that begins at neuron i of the run, without
  // those of padding. Returns whether any lane spiked, padding included.
  template <class D, class M>
  HWY_INLINE bool Write(D d, int64_t i, M spiked) {
    if (HWY_LIKELY(hn::AllFalse(d, spiked))) return false;
    end_ = AppendSpikes(d, spiked, update_.first_neuron + i, update_.count - i,
                        end_);
    return true;
  }

  int64_t count() const { return end_ - update_.spikes; }

 private:
  const NeuronUpdate& update_;
  uint32_t* end_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_NEURONS_VECTOR_MODEL_SIMD_H_
