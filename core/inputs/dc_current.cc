// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/dc_current.h"

#include <cstdint>
#include <vector>

#include "core/spec/delays.h"

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kAmplitude, kStart, kStop };

constexpr double kMaxMs = 1e15;

std::vector<int64_t> Steps(const std::vector<double>& column, double dt_ms) {
  std::vector<int64_t> steps;
  steps.reserve(column.size());
  for (double ms : column) steps.push_back(StepsOf(ms, dt_ms));
  return steps;
}

// T: the scalar type of the network.
template <typename T>
class Kernel : public InputKernel {
 public:
  Kernel(const Parameters& p, const InputBuild& build)
      : amplitude_(p.column(kAmplitude)),
        begin_(Steps(p.column(kStart), build.dt_ms)),
        end_(Steps(p.column(kStop), build.dt_ms)) {}

  void Add(const InputUpdate& update) const override {
    auto* const row = static_cast<T*>(update.row);
    if (begin_.size() > 1 || end_.size() > 1) {
      AddEach(update, row);
    } else if (begin_[0] <= update.step && update.step < end_[0]) {
      AddAll(update, row);
    }
  }

 private:
  static constexpr int64_t kLanes = ParameterRow<T>::kLanes;

  // Adds the current to all neurons, in vectors as long as rows are padded to.
  void AddAll(const InputUpdate& update, T* row) const {
    for (int64_t i = 0; i < update.count; i += kLanes) {
      const T* amplitude = amplitude_.At(update.first + i);
      for (int64_t j = 0; j < kLanes; ++j) row[i + j] += amplitude[j];
    }
  }

  // Adds the current to the neurons for which it is on.
  void AddEach(const InputUpdate& update, T* row) const {
    const size_t begin_stride = begin_.size() > 1 ? 1 : 0;
    const size_t end_stride = end_.size() > 1 ? 1 : 0;
    const size_t amplitude_stride = amplitude_.uniform() ? 0 : 1;
    for (int64_t i = 0; i < update.count; ++i) {
      const int64_t neuron = update.first + i;
      if (begin_[neuron * begin_stride] <= update.step &&
          update.step < end_[neuron * end_stride]) {
        row[i] += *(amplitude_.At(0) + neuron * amplitude_stride);
      }
    }
  }

  ParameterRow<T> amplitude_;
  std::vector<int64_t> begin_;  // one for all neurons, or one for each
  std::vector<int64_t> end_;    // one for all neurons, or one for each
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "dc_current";
  info.summary = "A constant current, always on or from a start to a stop.";
  info.equations =
      "I = amplitude for start <= t < stop, otherwise 0; start and stop are "
      "rounded to the nearest step.";
  ParameterInfo start = {"start_ms", "ms", "Model time at which it begins.", 0};
  start.min = 0;
  start.max = kMaxMs;
  ParameterInfo stop = {"stop_ms", "ms",
                        "Model time at which it ends, exclusive; the default "
                        "is never.",
                        kMaxMs};
  stop.min = 0;
  stop.max = kMaxMs;
  info.parameters = {
      {"amplitude", "unit of the receptor", "The current.", 0}, start, stop};
  info.order = {{"start_ms", "stop_ms"}};
  return info;
}

}  // namespace

const ModelInfo& DcCurrent::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange DcCurrent::AmountsOf(absl::Span<const ValueRange> parameters) const {
  return parameters[kAmplitude];
}

std::unique_ptr<InputKernel> DcCurrent::Compile(const Parameters& parameters,
                                                const InputBuild& build) const {
  if (build.precision == Precision::kFloat32) {
    return std::make_unique<Kernel<float>>(parameters, build);
  }
  return std::make_unique<Kernel<double>>(parameters, build);
}

}  // namespace spiked
