// SPDX-License-Identifier: Apache-2.0
//
// How kernels in Highway read the input of a receptor; included once per vector
// target, so the guard follows Highway's convention.

#if defined(SPIKED_CORE_MODEL_SIMD_INPUT_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_MODEL_SIMD_INPUT_H_
#undef SPIKED_CORE_MODEL_SIMD_INPUT_H_
#else
#define SPIKED_CORE_MODEL_SIMD_INPUT_H_
#endif

#include <cstdint>

#include "core/model/neuron_model.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// A receptor of a kernel that reads counts. This avoids writing a row and
// reading it again, a fifth of the time of the networks of Vogels and Abbott.
template <class D>
class ReceptorReader {
 public:
  using T = hn::TFromD<D>;

  ReceptorReader(const NeuronUpdate& update, int receptor)
      : input_(update.inputs[receptor]),
        row_(static_cast<const T*>(input_.row)) {}

  bool is_silent() const { return input_.is_silent; }

  // The input of the vector that begins at neuron i of the run. Clears counts,
  // so it must be called once for each vector.
  HWY_INLINE hn::Vec<D> Take(D d, int64_t i) const {
    if constexpr (sizeof(T) == 4) {
      if (input_.counts != nullptr) {
        const hn::Rebind<int32_t, D> di;
        const hn::Rebind<uint16_t, D> du;
        const auto counts = hn::Load(du, input_.counts + i);
        hn::Store(hn::Zero(du), du, input_.counts + i);
        // The same operations as in AddCounts, so the same bits.
        return hn::Add(hn::Zero(d),
                       hn::Mul(hn::Set(d, input_.weight),
                               hn::ConvertTo(d, hn::PromoteTo(di, counts))));
      }
    }
    return hn::Load(d, row_ + i);
  }

 private:
  const InputRow input_;
  const T* const row_;
};

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_MODEL_SIMD_INPUT_H_
