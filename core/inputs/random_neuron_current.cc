// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/random_neuron_current.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "core/numbers/ars.h"
#include "core/spec/delays.h"

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kAmplitude, kInterval, kProbability };

// The high 64 bits of number * range: uniform below `range` if `number` is
// uniform.
int64_t Scale(uint64_t number, int64_t range) {
  const auto n = static_cast<uint64_t>(range);  // at most 2^30
  const uint64_t low = (number & 0xffffffff) * n >> 32;
  return static_cast<int64_t>(((number >> 32) * n + low) >> 32);
}

// T: the scalar type of the network.
template <typename T>
class Kernel : public InputKernel {
 public:
  Kernel(const Parameters& p, const InputBuild& build)
      : keys_(build.stream),
        count_(build.count),
        interval_(std::max<int64_t>(1, StepsOf(p.Get(kInterval), build.dt_ms))),
        threshold_(
            static_cast<uint64_t>(std::llround(p.Get(kProbability) * 0x1p32))),
        amplitude_(p.column(kAmplitude)) {}

  void Add(const InputUpdate& update) const override {
    const std::array<uint32_t, 4> words =
        ArsBlock(keys_, static_cast<uint64_t>(update.step / interval_), 0);
    if (words[2] >= threshold_) return;
    const int64_t neuron = Scale(uint64_t{words[0]} << 32 | words[1], count_);
    const int64_t at = neuron - update.first;
    if (at < 0 || at >= update.count) return;
    static_cast<T*>(update.row)[at] +=
        *(amplitude_.At(0) + (amplitude_.uniform() ? 0 : neuron));
  }

 private:
  ArsKeys keys_;
  int64_t count_;
  int64_t interval_;    // steps
  uint64_t threshold_;  // for a random word: probability * 2^32
  ParameterRow<T> amplitude_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "random_neuron_current";
  info.summary =
      "A current into one neuron at a time, drawn from the population anew in "
      "every interval.";
  info.equations =
      "I = amplitude for one neuron, uniformly distributed, in each interval; "
      "otherwise 0. Izhikevich 2006, doi:10.1162/089976606775093882.";
  ParameterInfo interval = {"interval_ms", "ms",
                            "How long a neuron has its current; rounded to "
                            "whole steps, at least one.",
                            1};
  interval.min = 0;
  interval.max = 1e9;
  interval.is_shared = true;
  ParameterInfo probability = {
      "probability", "", "That a neuron is drawn at all in an interval.", 1};
  probability.min = 0;
  probability.max = 1;
  probability.is_shared = true;
  info.parameters = {{"amplitude", "unit of the receptor",
                      "Current of the neuron that is drawn.", 0},
                     interval,
                     probability};
  return info;
}

}  // namespace

const ModelInfo& RandomNeuronCurrent::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange RandomNeuronCurrent::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  return parameters[kAmplitude];
}

std::unique_ptr<InputKernel> RandomNeuronCurrent::Compile(
    const Parameters& parameters, const InputBuild& build) const {
  if (build.precision == Precision::kFloat32) {
    return std::make_unique<Kernel<float>>(parameters, build);
  }
  return std::make_unique<Kernel<double>>(parameters, build);
}

}  // namespace spiked
