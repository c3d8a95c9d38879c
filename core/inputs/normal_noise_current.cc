// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/normal_noise_current.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/inputs/normal_noise_current.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/numbers/simd_normal.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

template <typename T>
void AddNormalNoise(const ArsKeys& keys, const ParameterRow<float>& mean,
                    const ParameterRow<float>& std, const InputUpdate& update) {
  const FloatTag d;
  const int64_t first = update.first;
  T* row = static_cast<T*>(update.row);
  ForEachNormalVector(
      keys, update.step, 0, first, update.count, [&](Floats z, int64_t i) {
        AddFloats(hn::Add(hn::Load(d, mean.At(first + i)),
                          hn::Mul(hn::Load(d, std.At(first + i)), z)),
                  row + i);
      });
}

void AddNormalNoiseF32(const ArsKeys& keys, const ParameterRow<float>& mean,
                       const ParameterRow<float>& std,
                       const InputUpdate& update) {
  AddNormalNoise<float>(keys, mean, std, update);
}
void AddNormalNoiseF64(const ArsKeys& keys, const ParameterRow<float>& mean,
                       const ParameterRow<float>& std,
                       const InputUpdate& update) {
  AddNormalNoise<double>(keys, mean, std, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(AddNormalNoiseF32);
HWY_EXPORT(AddNormalNoiseF64);

enum Parameter { kMean, kStd };

class Kernel : public InputKernel {
 public:
  Kernel(const Parameters& p, const InputBuild& build)
      : keys_(build.stream),
        precision_(build.precision),
        mean_(p.column(kMean)),
        std_(p.column(kStd)) {}

  void Add(const InputUpdate& update) const override {
    if (precision_ == Precision::kFloat32) {
      HWY_DYNAMIC_DISPATCH(AddNormalNoiseF32)
      (keys_, mean_, std_, update);
    } else {
      HWY_DYNAMIC_DISPATCH(AddNormalNoiseF64)
      (keys_, mean_, std_, update);
    }
  }

 private:
  ArsKeys keys_;
  Precision precision_;
  ParameterRow<float> mean_;
  ParameterRow<float> std_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "normal_noise_current";
  info.summary = "A normally distributed current, drawn per neuron and step.";
  info.equations = "I ~ N(mean, std), independent for each neuron and step.";
  ParameterInfo std = {"std", "unit of the receptor",
                       "Standard deviation; doesn't scale with dt.", 0};
  std.min = 0;
  info.parameters = {{"mean", "unit of the receptor", "Mean.", 0}, std};
  return info;
}

}  // namespace

const ModelInfo& NormalNoiseCurrent::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange NormalNoiseCurrent::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  if (parameters[kStd].max > 0) return {-kInfinity, kInfinity};
  return parameters[kMean];
}

std::unique_ptr<InputKernel> NormalNoiseCurrent::Compile(
    const Parameters& parameters, const InputBuild& build) const {
  return std::make_unique<Kernel>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
