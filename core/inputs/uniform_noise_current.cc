// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/uniform_noise_current.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/inputs/uniform_noise_current.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/numbers/simd_random.h"

#ifndef SPIKED_CORE_INPUTS_UNIFORM_NOISE_CURRENT_ROWS_
#define SPIKED_CORE_INPUTS_UNIFORM_NOISE_CURRENT_ROWS_
#include <algorithm>
#include <cmath>
#include <vector>

namespace spiked::uniform_noise {

// In the order of ModelInfo::parameters.
enum Parameter { kLow, kHigh };

struct Rows {
  explicit Rows(const Parameters& p)
      : low(p.column(kLow)), width(Width(p)), last(Last(p)) {}

  // The results of body(low, high): one for all neurons, or one for each.
  template <class Body>
  static std::vector<double> Each(const Parameters& p, Body body) {
    std::vector<double> column(
        std::max(p.column(kLow).size(), p.column(kHigh).size()));
    for (size_t i = 0; i < column.size(); ++i) {
      column[i] = body(p.Get(kLow, i), p.Get(kHigh, i));
    }
    return column;
  }
  static std::vector<double> Width(const Parameters& p) {
    return Each(p, [](double low, double high) { return high - low; });
  }
  static std::vector<double> Last(const Parameters& p) {
    return Each(p, [](double low, double high) {
      return std::nextafter(static_cast<float>(high), static_cast<float>(low));
    });
  }

  ParameterRow<float> low;
  ParameterRow<float> width;  // high - low
  ParameterRow<float> last;   // the largest number below high
};

}  // namespace spiked::uniform_noise
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

template <typename T>
void AddUniformNoise(const ArsKeys& keys, const uniform_noise::Rows& rows,
                     const InputUpdate& update) {
  const int64_t first = update.first;
  T* row = static_cast<T*>(update.row);
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<int32_t, decltype(d)> signed_words;
  const auto scale = hn::Set(d, 0x1p-24f);
  ForEachRandomVector(
      keys, update.step, 0, first, update.count, [&](Words words, int64_t i) {
        const auto bits = hn::BitCast(signed_words, hn::ShiftRight<8>(words));
        const auto u = hn::Mul(hn::ConvertTo(d, bits), scale);
        const auto x =
            hn::Add(hn::Load(d, rows.low.At(first + i)),
                    hn::Mul(hn::Load(d, rows.width.At(first + i)), u));
        // Rounding can reach `high`, which is excluded.
        AddFloats(hn::Min(x, hn::Load(d, rows.last.At(first + i))), row + i);
      });
}

void AddUniformNoiseF32(const ArsKeys& keys, const uniform_noise::Rows& rows,
                        const InputUpdate& update) {
  AddUniformNoise<float>(keys, rows, update);
}
void AddUniformNoiseF64(const ArsKeys& keys, const uniform_noise::Rows& rows,
                        const InputUpdate& update) {
  AddUniformNoise<double>(keys, rows, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(AddUniformNoiseF32);
HWY_EXPORT(AddUniformNoiseF64);

class Kernel : public InputKernel {
 public:
  Kernel(const Parameters& p, const InputBuild& build)
      : keys_(build.stream), precision_(build.precision), rows_(p) {}

  void Add(const InputUpdate& update) const override {
    if (precision_ == Precision::kFloat32) {
      HWY_DYNAMIC_DISPATCH(AddUniformNoiseF32)
      (keys_, rows_, update);
    } else {
      HWY_DYNAMIC_DISPATCH(AddUniformNoiseF64)
      (keys_, rows_, update);
    }
  }

 private:
  ArsKeys keys_;
  Precision precision_;
  uniform_noise::Rows rows_;
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
  info.order = {{"low", "high", true}};
  return info;
}

}  // namespace

const ModelInfo& UniformNoiseCurrent::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange UniformNoiseCurrent::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  return {parameters[uniform_noise::kLow].min,
          parameters[uniform_noise::kHigh].max};
}

std::unique_ptr<InputKernel> UniformNoiseCurrent::Compile(
    const Parameters& parameters, const InputBuild& build) const {
  return std::make_unique<Kernel>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
