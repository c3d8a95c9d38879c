// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/sine_current.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kOffset, kAmplitude, kFrequency, kPhase };

// Cycles in units of 2^-64: whole cycles wrap around.
uint64_t FractionOf(double cycles) {
  const double fraction = cycles - std::floor(cycles);  // exact
  // In two halves, because 2^64 doesn't fit.
  const double high = std::floor(fraction * 0x1p32);
  const double low = (fraction * 0x1p32 - high) * 0x1p32;  // exact
  return (static_cast<uint64_t>(high) << 32) +
         static_cast<uint64_t>(std::llround(low));
}

// Taylor's polynomials for |x| <= pi / 4; the omitted terms are below 2^-53.
double SmallSine(double x) {
  const double y = x * x;
  double sum = -1.0 / 1307674368000.0;
  sum = sum * y + 1.0 / 6227020800.0;
  sum = sum * y - 1.0 / 39916800.0;
  sum = sum * y + 1.0 / 362880.0;
  sum = sum * y - 1.0 / 5040.0;
  sum = sum * y + 1.0 / 120.0;
  sum = sum * y - 1.0 / 6.0;
  return x + x * (y * sum);
}
double SmallCosine(double x) {
  const double y = x * x;
  double sum = 1.0 / 20922789888000.0;
  sum = sum * y - 1.0 / 87178291200.0;
  sum = sum * y + 1.0 / 479001600.0;
  sum = sum * y - 1.0 / 3628800.0;
  sum = sum * y + 1.0 / 40320.0;
  sum = sum * y - 1.0 / 720.0;
  sum = sum * y + 1.0 / 24.0;
  sum = sum * y - 1.0 / 2.0;
  return 1 + y * sum;
}

// The sine of an angle in units of 2^-64 cycles.
double Sine(uint64_t angle) {
  constexpr double kRadians = 6.283185307179586 * 0x1p-64;
  const uint64_t quarter = (angle + (uint64_t{1} << 61)) >> 62;  // the nearest
  const auto rest = static_cast<int64_t>(angle - (quarter << 62));
  const double x = static_cast<double>(rest) * kRadians;
  const double value = quarter % 2 == 0 ? SmallSine(x) : SmallCosine(x);
  return quarter < 2 ? value : -value;
}

// T: the scalar type of the network. Plain code: it is compiled once, for all
// vector targets.
template <typename T>
class Kernel : public InputKernel {
 public:
  Kernel(const Parameters& p, const InputBuild& build)
      : offset_(p.column(kOffset)),
        amplitude_(p.column(kAmplitude)),
        waves_(std::max(p.column(kFrequency).size(), p.column(kPhase).size())) {
    for (size_t i = 0; i < waves_.size(); ++i) {
      const auto n = static_cast<int64_t>(i);
      waves_[i] = {FractionOf(p.Get(kFrequency, n) * build.dt_ms / 1000),
                   FractionOf(p.Get(kPhase, n) / 360)};
    }
  }

  void Add(const InputUpdate& update) const override {
    auto* const row = static_cast<T*>(update.row);
    if (waves_.size() == 1) {
      AddOneWave(update, row);
    } else {
      AddWaves(update, row);
    }
  }

 private:
  static constexpr int64_t kLanes = ParameterRow<double>::kLanes;

  // Adds the same wave to all neurons, in vectors as long as rows are padded
  // to.
  void AddOneWave(const InputUpdate& update, T* row) const {
    const double sine = waves_[0].At(update.step);
    for (int64_t i = 0; i < update.count; i += kLanes) {
      const double* offset = offset_.At(update.first + i);
      const double* amplitude = amplitude_.At(update.first + i);
      for (int64_t j = 0; j < kLanes; ++j) {
        row[i + j] += static_cast<T>(offset[j] + amplitude[j] * sine);
      }
    }
  }

  // Adds each neuron's own wave.
  void AddWaves(const InputUpdate& update, T* row) const {
    const size_t offset_stride = offset_.uniform() ? 0 : 1;
    const size_t amplitude_stride = amplitude_.uniform() ? 0 : 1;
    for (int64_t i = 0; i < update.count; ++i) {
      const int64_t neuron = update.first + i;
      const double offset = *(offset_.At(0) + neuron * offset_stride);
      const double amplitude = *(amplitude_.At(0) + neuron * amplitude_stride);
      const double sine = waves_[neuron].At(update.step);
      row[i] += static_cast<T>(offset + amplitude * sine);
    }
  }

  struct Wave {
    uint64_t per_step = 0;  // both in units of 2^-64 cycles
    uint64_t phase = 0;

    double At(int64_t step) const {
      return Sine(static_cast<uint64_t>(step) * per_step + phase);
    }
  };

  ParameterRow<double> offset_;
  ParameterRow<double> amplitude_;
  std::vector<Wave> waves_;  // one for all neurons, or one for each
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "sine_current";
  info.summary = "A sinusoidal current.";
  info.equations =
      "I = offset + amplitude sin(2 pi frequency t + phase), t at the "
      "beginning "
      "of the step.";
  ParameterInfo frequency = {"frequency_hz", "Hz",
                             "Frequency; above half the step rate it looks "
                             "like a lower one.",
                             0};
  frequency.min = 0;
  frequency.max = 1e6;
  ParameterInfo phase = {"phase_deg", "degree", "Phase at step 0.", 0};
  phase.min = -360;
  phase.max = 360;
  info.parameters = {{"offset", "unit of the receptor", "Mean current.", 0},
                     {"amplitude", "unit of the receptor",
                      "Largest deviation from the mean.", 0},
                     frequency,
                     phase};
  return info;
}

}  // namespace

const ModelInfo& SineCurrent::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange SineCurrent::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  const ValueRange& offset = parameters[kOffset];
  const ValueRange& amplitude = parameters[kAmplitude];
  const double swing =
      std::max(std::abs(amplitude.min), std::abs(amplitude.max));
  return {offset.min - swing, offset.max + swing};
}

std::unique_ptr<InputKernel> SineCurrent::Compile(
    const Parameters& parameters, const InputBuild& build) const {
  if (build.precision == Precision::kFloat32) {
    return std::make_unique<Kernel<float>>(parameters, build);
  }
  return std::make_unique<Kernel<double>>(parameters, build);
}

}  // namespace spiked
