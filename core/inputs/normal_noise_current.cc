// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/normal_noise_current.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/inputs/normal_noise_current.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/simd_random.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

using FloatTag = hn::CappedTag<float, 16>;
using Floats = hn::Vec<FloatTag>;

// c[0] x^(n-1) + ... + c[n-1]; Mul and Add instead of MulAdd: the same bits on
// every vector target.
template <size_t n>
HWY_INLINE Floats Polynomial(const float (&c)[n], Floats x) {
  const FloatTag d;
  Floats sum = hn::Set(d, c[0]);
  for (size_t k = 1; k < n; ++k) {
    sum = hn::Add(hn::Set(d, c[k]), hn::Mul(sum, x));
  }
  return sum;
}

// The natural logarithm of normal numbers x > 0, with 1 - m expanded as in
// Cephes logf: relative error below 2e-7.
HWY_INLINE Floats Log(Floats x) {
  const FloatTag d;
  const hn::Rebind<int32_t, FloatTag> di;
  const Floats one = hn::Set(d, 1.0f);
  const auto bits = hn::BitCast(di, x);
  auto exponent = hn::Sub(hn::ShiftRight<23>(bits), hn::Set(di, 126));
  Floats m = hn::BitCast(  // in [0.5, 1)
      d,
      hn::Or(hn::And(bits, hn::Set(di, 0x007fffff)), hn::Set(di, 0x3f000000)));
  const auto small = hn::Lt(m, hn::Set(d, 0.70710678f));
  exponent = hn::Sub(
      exponent, hn::IfThenElseZero(hn::RebindMask(di, small), hn::Set(di, 1)));
  m = hn::Sub(hn::Add(m, hn::IfThenElseZero(small, m)), one);
  const Floats e = hn::ConvertTo(d, exponent);
  static constexpr float kLog[] = {
      7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,
      -1.2420140846e-1f, 1.4249322787e-1f,  -1.6668057665e-1f,
      2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  const Floats m2 = hn::Mul(m, m);
  Floats y = hn::Mul(hn::Mul(Polynomial(kLog, m), m), m2);
  y = hn::Add(y, hn::Mul(e, hn::Set(d, -2.12194440e-4f)));
  y = hn::Sub(y, hn::Mul(m2, hn::Set(d, 0.5f)));
  return hn::Add(hn::Add(m, y), hn::Mul(e, hn::Set(d, 0.693359375f)));
}

// Standard normal numbers: 31 bits give a probability p in (0, 1/2), the last
// the sign. -log(4 p (1 - p)) stays accurate in the tail, where p is small.
HWY_INLINE Floats StandardNormal(Words words) {
  const FloatTag d;
  const hn::Rebind<int32_t, FloatTag> di;
  const Floats one = hn::Set(d, 1.0f);
  const auto integer = hn::BitCast(di, hn::ShiftRight<1>(words));
  const Floats p = hn::Mul(hn::Add(hn::ConvertTo(d, integer), hn::Set(d, 0.5f)),
                           hn::Set(d, 0x1p-32f));
  const Floats four_p = hn::Mul(hn::Set(d, 4.0f), p);
  const Floats w =
      hn::Max(hn::Neg(Log(hn::Mul(four_p, hn::Sub(one, p)))), hn::Zero(d));
  static constexpr float kCentre[] = {
      2.81022636e-08f,  3.43273939e-07f, -3.5233877e-06f,
      -4.39150654e-06f, 0.00021858087f,  -0.00125372503f,
      -0.00417768164f,  0.246640727f,    1.50140941f};
  static constexpr float kTail[] = {
      -0.000200214257f, 0.000100950558f, 0.00134934322f,
      -0.00367342844f,  0.00573950773f,  -0.0076224613f,
      0.00943887047f,   1.00167406f,     2.83297682f};
  const Floats centre = Polynomial(kCentre, hn::Sub(w, hn::Set(d, 2.5f)));
  const Floats tail = Polynomial(kTail, hn::Sub(hn::Sqrt(w), hn::Set(d, 3.0f)));
  const Floats ratio =
      hn::IfThenElse(hn::Lt(w, hn::Set(d, 5.0f)), centre, tail);
  const Floats x = hn::Sub(one, hn::Add(p, p));
  const Floats z = hn::Mul(hn::Set(d, 1.41421356f), hn::Mul(ratio, x));
  const auto sign = hn::ShiftLeft<31>(words);
  return hn::BitCast(d, hn::Xor(hn::BitCast(WordTag(), z), sign));
}

template <typename T>
void AddNormalNoise(RandomStream stream, const ParameterRow<float>& mean,
                    const ParameterRow<float>& std, int64_t step, int64_t first,
                    int64_t count, T* row) {
  const FloatTag d;
  ForEachRandomVector(stream, step, first, count, [&](Words words, int64_t i) {
    AddFloats(
        hn::Add(hn::Load(d, mean.At(first + i)),
                hn::Mul(hn::Load(d, std.At(first + i)), StandardNormal(words))),
        row + i);
  });
}

void AddNormalNoiseF32(RandomStream stream, const ParameterRow<float>& mean,
                       const ParameterRow<float>& std, int64_t step,
                       int64_t first, int64_t count, void* row) {
  AddNormalNoise(stream, mean, std, step, first, count,
                 static_cast<float*>(row));
}
void AddNormalNoiseF64(RandomStream stream, const ParameterRow<float>& mean,
                       const ParameterRow<float>& std, int64_t step,
                       int64_t first, int64_t count, void* row) {
  AddNormalNoise(stream, mean, std, step, first, count,
                 static_cast<double*>(row));
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
  Kernel(const Parameters& p, RandomStream stream, Precision precision)
      : stream_(stream),
        precision_(precision),
        mean_(p.column(kMean)),
        std_(p.column(kStd)) {}

  void Add(int64_t step, int64_t first, int64_t count,
           void* row) const override {
    if (precision_ == Precision::kFloat32) {
      HWY_DYNAMIC_DISPATCH(AddNormalNoiseF32)
      (stream_, mean_, std_, step, first, count, row);
    } else {
      HWY_DYNAMIC_DISPATCH(AddNormalNoiseF64)
      (stream_, mean_, std_, step, first, count, row);
    }
  }

 private:
  RandomStream stream_;
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

std::unique_ptr<InputKernel> NormalNoiseCurrent::Compile(
    const Parameters& parameters, RandomStream stream, double /*dt_ms*/,
    Precision precision) const {
  return std::make_unique<Kernel>(parameters, stream, precision);
}

}  // namespace spiked
#endif  // HWY_ONCE
