// SPDX-License-Identifier: Apache-2.0
//
// Highway helper of neuron kernels; included once per vector target, so the
// guard follows Highway's convention.

#if defined(SPIKED_CORE_MODEL_SIMD_SPIKES_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKED_CORE_MODEL_SIMD_SPIKES_H_
#undef SPIKED_CORE_MODEL_SIMD_SPIKES_H_
#else
#define SPIKED_CORE_MODEL_SIMD_SPIKES_H_
#endif

#include <bit>
#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Appends the neurons of the lanes in `crossed` to a list of spikes and returns
// its new end. Lanes from `lanes` on are padding, and left out.
template <class D, class M>
HWY_INLINE uint32_t* AppendSpikes(D d, M crossed, uint32_t first_neuron,
                                  int64_t lanes, uint32_t* end) {
  uint8_t bytes[8] = {};
  hn::StoreMaskBits(d, crossed, bytes);
  uint32_t bits =
      static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8;
  if (lanes < 16) bits &= (1u << lanes) - 1;
  for (; bits != 0; bits &= bits - 1) {
    *end++ = first_neuron + static_cast<uint32_t>(std::countr_zero(bits));
  }
  return end;
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#endif  // SPIKED_CORE_MODEL_SIMD_SPIKES_H_
