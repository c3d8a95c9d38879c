// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/normal_noise_current.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/inputs/normal_noise_current.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/simd_random.h"

#ifndef SPIKED_CORE_INPUTS_NORMAL_NOISE_CURRENT_TABLE_
#define SPIKED_CORE_INPUTS_NORMAL_NOISE_CURRENT_TABLE_
namespace spiked::normal_noise {

// The number z with the upper tail probability m 2^-(2 + k), for m in [1, 2),
// is about the sum of kQuantile[j][k] (m - 1.5)^j: Chebyshev series of degree
// 6, in powers; absolute error below 7e-7.
constexpr int kOctaves = 32;
constexpr int kDegree = 6;
alignas(64) constexpr float kQuantile[kDegree + 1][kOctaves] = {
    {0.318639278f, 0.887146473f, 1.31801081f, 1.67593968f, 1.98742783f,
     2.26622677f,  2.52050209f,  2.75554872f, 2.97502065f, 3.18155956f,
     3.37714577f,  3.56330776f,  3.74125242f, 3.91195297f, 4.07620668f,
     4.23467541f,  4.387918f,    4.53640795f, 4.68055296f, 4.82070589f,
     4.95717478f,  5.09023094f,  5.2201128f,  5.34703445f, 5.47118568f,
     5.5927372f,   5.71184349f,  5.82864475f, 5.94326687f, 6.05582666f,
     6.16642952f,  6.27517271f},
    {-0.659298122f, -0.464415938f, -0.373417616f, -0.319054633f, -0.282241791f,
     -0.255334616f, -0.234628201f, -0.218091473f, -0.204510078f, -0.193109423f,
     -0.183370113f, -0.174929574f, -0.167526335f, -0.16096656f,  -0.155103296f,
     -0.149822816f, -0.145035654f, -0.1406703f,   -0.136668876f, -0.132983997f,
     -0.12957643f,  -0.12641336f,  -0.123467162f, -0.120714352f, -0.118134849f,
     -0.115711346f, -0.113428861f, -0.111274332f, -0.10923633f,  -0.107304804f,
     -0.105470844f, -0.103726581f},
    {0.0692598075f, 0.0956768095f, 0.0918972492f, 0.0853063613f, 0.0791637823f,
     0.0738780051f, 0.0693808869f, 0.0655356795f, 0.0622173809f, 0.0593252219f,
     0.0567805134f, 0.0545220561f, 0.052501969f,  0.0506824292f, 0.0490332544f,
     0.0475300886f, 0.0461530685f, 0.0448858477f, 0.0437148474f, 0.0426286943f,
     0.0416177735f, 0.0406739227f, 0.0397901423f, 0.0389604084f, 0.0381794944f,
     0.0374428593f, 0.0367465131f, 0.0360869579f, 0.035461098f,  0.0348661877f,
     0.0342997834f, 0.033759702f},
    {-0.0572352521f, -0.0427689627f, -0.038640447f,  -0.0356447026f,
     -0.0331833512f, -0.0311151743f, -0.0293554291f, -0.0278409962f,
     -0.0265237f,    -0.0253666062f, -0.0243412033f, -0.0234252661f,
     -0.0226012841f, -0.021855304f,  -0.021176083f,  -0.0205544662f,
     -0.0199829303f, -0.0194552299f, -0.0189661421f, -0.0185112581f,
     -0.0180868357f, -0.0176896732f, -0.0173170157f, -0.0169664752f,
     -0.0166359786f, -0.0163237099f, -0.0160280708f, -0.0157476552f,
     -0.015481214f,  -0.0152276345f, -0.0149859264f, -0.0147551997f},
    {0.0189069863f,  0.0199871901f,  0.0184463635f,  0.017112432f,
     0.0159929879f,  0.015045342f,   0.0142341079f,  0.0135319717f,
     0.012918015f,   0.0123761538f,  0.0118939141f,  0.0114615187f,
     0.0110712163f,  0.0107167922f,  0.0103932125f,  0.0100963544f,
     0.00982281379f, 0.00956975017f, 0.00933477841f, 0.00911587849f,
     0.00891132839f, 0.00871965103f, 0.00853956863f, 0.00836997479f,
     0.00820990279f, 0.00805850513f, 0.00791503396f, 0.00777882989f,
     0.00764930574f, 0.00752593903f, 0.00740826176f, 0.00729585346f},
    {-0.0141076231f,  -0.012007609f,   -0.0110807801f,  -0.0103150206f,
     -0.00967080519f, -0.00912266318f, -0.00865097065f, -0.00824070349f,
     -0.00788035057f, -0.00756102987f, -0.00727582024f, -0.00701926649f,
     -0.00678702164f, -0.00657558255f, -0.00638209656f, -0.00620421767f,
     -0.00603999943f, -0.00588781293f, -0.0057462845f,  -0.00561424671f,
     -0.00549070118f, -0.00537478924f, -0.00526576722f, -0.00516298739f,
     -0.00506588444f, -0.00497396011f, -0.00488677574f, -0.00480394205f,
     -0.00472511305f, -0.00464997906f, -0.0045782635f,  -0.00450971723f},
    {0.00696759718f, 0.00669452827f, 0.0061985082f,  0.00578322727f,
     0.00543264858f, 0.00513331546f, 0.00487486506f, 0.00464937231f,
     0.00445075659f, 0.00427431427f, 0.00411636615f, 0.00397400232f,
     0.00384489703f, 0.00372716854f, 0.00361927995f, 0.0035199644f,
     0.00342816697f, 0.00334300357f, 0.0032637259f,  0.00318969786f,
     0.00312037347f, 0.0030552824f,  0.00299401698f, 0.00293622166f,
     0.00288158492f, 0.00282983272f, 0.00278072292f, 0.00273404061f,
     0.00268959417f, 0.00264721294f, 0.00260674278f, 0.00256804633f},
};

}  // namespace spiked::normal_noise
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

using FloatTag = hn::CappedTag<float, 16>;
using Floats = hn::Vec<FloatTag>;
using IntegerTag = hn::Rebind<int32_t, FloatTag>;
using Integers = hn::Vec<IntegerTag>;

// Two vectors at a time, step by step: the many operations of one depend on
// each other, so there would be little to do meanwhile.
struct Pair {
  Floats a;
  Floats b;
};

// Horner's rule with Mul and Add instead of MulAdd: the same bits on every
// vector target. Coefficients(j) are those of x^j.
template <class Coefficients>
HWY_INLINE Pair Polynomial(Pair x, Coefficients coefficients) {
  Pair sum = coefficients(normal_noise::kDegree);
  for (int j = normal_noise::kDegree - 1; j >= 0; --j) {
    const Pair c = coefficients(j);
    sum = {hn::Add(c.a, hn::Mul(sum.a, x.a)),
           hn::Add(c.b, hn::Mul(sum.b, x.b))};
  }
  return sum;
}

// The tail probability by the last 31 bits of words, in units of 2^-32: an odd
// number, and below 2^31, although the conversion rounds.
HWY_INLINE Floats Tail(Words words) {
  const FloatTag d;
  const IntegerTag di;
  const auto integer = hn::OrAnd(hn::Set(di, 1), hn::BitCast(di, words),
                                 hn::Set(di, 0x7fffffff));
  return hn::Min(hn::ConvertTo(d, integer), hn::Set(d, 0x1.fffffep30f));
}

HWY_INLINE Integers Octave(Floats tail) {
  const IntegerTag d;
  return hn::Sub(hn::Set(d, 127 + 30),
                 hn::ShiftRight<23>(hn::BitCast(d, tail)));
}

// m - 1.5 of the mantissa m.
HWY_INLINE Floats Mantissa(Floats x) {
  const FloatTag d;
  const IntegerTag di;
  const auto bits = hn::OrAnd(hn::Set(di, 0x3f800000), hn::BitCast(di, x),
                              hn::Set(di, 0x007fffff));
  return hn::Sub(hn::BitCast(d, bits), hn::Set(d, 1.5f));
}

// Standard normal numbers. The first bit of words is the sign.
HWY_INLINE Pair StandardNormal(Words words_a, Words words_b) {
  using normal_noise::kQuantile;
  const FloatTag d;
  const Floats tail_a = Tail(words_a);
  const Floats tail_b = Tail(words_b);
  const Integers octave_a = Octave(tail_a);
  const Integers octave_b = Octave(tail_b);
  const Pair x = {Mantissa(tail_a), Mantissa(tail_b)};
  Pair z;
#if HWY_TARGET != HWY_SCALAR && HWY_MAX_BYTES >= 32
  // The polynomials of 8 or 16 octaves are in registers. That there is a number
  // in another one is rare: a probability of 2^-8 or 2^-16 of each.
  const IntegerTag di;
  const auto in_registers =
      hn::Set(di, static_cast<int32_t>(hn::Lanes(di) < 16 ? 8 : 16));
  if (HWY_LIKELY(
          hn::AllTrue(di, hn::Lt(hn::Max(octave_a, octave_b), in_registers)))) {
    const auto index_a = hn::IndicesFromVec(d, octave_a);
    const auto index_b = hn::IndicesFromVec(d, octave_b);
    z = Polynomial(x, [&](int j) -> Pair {
      const Floats table = hn::Load(d, kQuantile[j]);
      return {hn::TableLookupLanes(table, index_a),
              hn::TableLookupLanes(table, index_b)};
    });
  } else  // NOLINT(readability-misleading-indentation)
#endif
  {
    z = Polynomial(x, [&](int j) -> Pair {
      return {hn::GatherIndex(d, kQuantile[j], octave_a),
              hn::GatherIndex(d, kQuantile[j], octave_b)};
    });
  }
  return {hn::CopySign(z.a, hn::BitCast(d, words_a)),
          hn::CopySign(z.b, hn::BitCast(d, words_b))};
}

template <typename T>
void AddNormalNoise(const ArsKeys& keys, const ParameterRow<float>& mean,
                    const ParameterRow<float>& std, int64_t step, int64_t first,
                    int64_t count, T* row) {
  const FloatTag d;
  const auto add = [&](Floats z, int64_t i) {
    AddFloats(hn::Add(hn::Load(d, mean.At(first + i)),
                      hn::Mul(hn::Load(d, std.At(first + i)), z)),
              row + i);
  };
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  WordSequence sequence(keys, step, 0, first / 4);
  Words words_a = sequence.Next();
  Words words_b = sequence.Next();
  for (int64_t i = 0; i < count; i += 2 * lanes) {
    // Ahead of time, to have something to do in the meantime.
    const Words next_a = sequence.Next();
    const Words next_b = sequence.Next();
    const Pair z = StandardNormal(words_a, words_b);
    add(z.a, i);
    if (i + lanes < count) add(z.b, i + lanes);
    words_a = next_a;
    words_b = next_b;
  }
}

void AddNormalNoiseF32(const ArsKeys& keys, const ParameterRow<float>& mean,
                       const ParameterRow<float>& std, int64_t step,
                       int64_t first, int64_t count, void* row) {
  AddNormalNoise(keys, mean, std, step, first, count, static_cast<float*>(row));
}
void AddNormalNoiseF64(const ArsKeys& keys, const ParameterRow<float>& mean,
                       const ParameterRow<float>& std, int64_t step,
                       int64_t first, int64_t count, void* row) {
  AddNormalNoise(keys, mean, std, step, first, count,
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
      : keys_(stream),
        precision_(precision),
        mean_(p.column(kMean)),
        std_(p.column(kStd)) {}

  void Add(int64_t step, int64_t first, int64_t count,
           void* row) const override {
    if (precision_ == Precision::kFloat32) {
      HWY_DYNAMIC_DISPATCH(AddNormalNoiseF32)
      (keys_, mean_, std_, step, first, count, row);
    } else {
      HWY_DYNAMIC_DISPATCH(AddNormalNoiseF64)
      (keys_, mean_, std_, step, first, count, row);
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

std::unique_ptr<InputKernel> NormalNoiseCurrent::Compile(
    const Parameters& parameters, RandomStream stream, double /*dt_ms*/,
    Precision precision) const {
  return std::make_unique<Kernel>(parameters, stream, precision);
}

}  // namespace spiked
#endif  // HWY_ONCE
