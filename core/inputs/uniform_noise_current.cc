// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/uniform_noise_current.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/inputs/uniform_noise_current.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/simd_random.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// `width` is high - low.
template <typename T>
void AddUniformNoise(RandomStream stream, const ParameterRow<float>& low,
                     const ParameterRow<float>& width, int64_t step,
                     int64_t count, T* row) {
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<int32_t, decltype(d)> signed_words;
  const auto scale = hn::Set(d, 0x1p-24f);
  ForEachRandomVector(stream, step, count, [&](Words words, int64_t i) {
    const auto bits = hn::BitCast(signed_words, hn::ShiftRight<8>(words));
    const auto u = hn::Mul(hn::ConvertTo(d, bits), scale);
    AddFloats(hn::Add(hn::Load(d, low.At(i)),
                      hn::Mul(hn::Load(d, width.At(i)), u)),
              row + i);
  });
}

void AddUniformNoiseF32(RandomStream stream, const ParameterRow<float>& low,
                        const ParameterRow<float>& width, int64_t step,
                        int64_t count, void* row) {
  AddUniformNoise(stream, low, width, step, count, static_cast<float*>(row));
}
void AddUniformNoiseF64(RandomStream stream, const ParameterRow<float>& low,
                        const ParameterRow<float>& width, int64_t step,
                        int64_t count, void* row) {
  AddUniformNoise(stream, low, width, step, count, static_cast<double*>(row));
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>

namespace spiked {
namespace {

HWY_EXPORT(AddUniformNoiseF32);
HWY_EXPORT(AddUniformNoiseF64);

enum Parameter { kLow, kHigh };

class Kernel : public InputKernel {
 public:
  Kernel(const Parameters& p, RandomStream stream, Precision precision)
      : stream_(stream), precision_(precision), low_(p.column(kLow)),
        width_(Width(p)) {}

  void Add(int64_t step, int64_t count, void* row) const override {
    if (precision_ == Precision::kFloat32) {
      HWY_DYNAMIC_DISPATCH(AddUniformNoiseF32)
      (stream_, low_, width_, step, count, row);
    } else {
      HWY_DYNAMIC_DISPATCH(AddUniformNoiseF64)
      (stream_, low_, width_, step, count, row);
    }
  }

 private:
  static std::vector<double> Width(const Parameters& p) {
    const size_t size =
        std::max(p.column(kLow).size(), p.column(kHigh).size());
    std::vector<double> width(size);
    for (size_t i = 0; i < size; ++i) width[i] = p.Get(kHigh, i) - p.Get(kLow, i);
    return width;
  }

  RandomStream stream_;
  Precision precision_;
  ParameterRow<float> low_;
  ParameterRow<float> width_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "uniform_noise_current";
  info.summary = "A uniformly distributed current, drawn per neuron and step.";
  info.equations = "I ~ U[low, high), independent for each neuron and step.";
  info.parameters = {
      {"low", "unit of the receptor", "Low end, inclusive.", 0},
      {"high", "unit of the receptor", "High end, exclusive.", 0},
  };
  info.order = {{"low", "high"}};
  return info;
}

}  // namespace

const ModelInfo& UniformNoiseCurrent::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

std::unique_ptr<InputKernel> UniformNoiseCurrent::Compile(
    const Parameters& parameters, RandomStream stream, double /*dt_ms*/,
    Precision precision) const {
  return std::make_unique<Kernel>(parameters, stream, precision);
}

}  // namespace spiked
#endif  // HWY_ONCE
