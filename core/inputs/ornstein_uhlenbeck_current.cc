// SPDX-License-Identifier: Apache-2.0

#include "core/inputs/ornstein_uhlenbeck_current.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/inputs/ornstein_uhlenbeck_current.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
// After highway.h: the header is compiled once per target.
#include "core/numbers/simd_normal.h"

#ifndef SPIKED_CORE_INPUTS_ORNSTEIN_UHLENBECK_CURRENT_ROWS_
#define SPIKED_CORE_INPUTS_ORNSTEIN_UHLENBECK_CURRENT_ROWS_
#include <algorithm>
#include <cmath>
#include <vector>

namespace spiked::ornstein_uhlenbeck {

// In the order of ModelInfo::parameters.
enum Parameter { kMean, kStd, kTau };

// Parameters in the form that the kernel uses. T: the scalar type of the
// network.
template <typename T>
struct Rows {
  Rows(const Parameters& p, double dt_ms)
      : mean(p.column(kMean)),
        std(p.column(kStd)),
        decay(Decays(p.column(kTau), dt_ms)),
        innovation(Innovations(p.column(kTau), dt_ms)) {}

  static double Decay(double tau_ms, double dt_ms) {
    const double p = std::exp(-dt_ms / tau_ms);
    // Such a factor leaves nothing of the state, and denormal numbers would be
    // slow.
    return p < 1e-30 ? 0 : static_cast<T>(p);
  }
  static std::vector<double> Decays(std::vector<double> tau, double dt_ms) {
    for (double& x : tau) x = Decay(x, dt_ms);
    return tau;
  }
  static std::vector<double> Innovations(std::vector<double> tau,
                                         double dt_ms) {
    for (double& x : tau) {
      const double decay = Decay(x, dt_ms);
      x = std::sqrt((1 - decay) * (1 + decay));
    }
    return tau;
  }

  ParameterRow<T> mean;
  ParameterRow<T> std;
  ParameterRow<T> decay;
  ParameterRow<T> innovation;  // of the state by a step's noise
};

}  // namespace spiked::ornstein_uhlenbeck
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

// Calls body(tag, numbers, offset) for each vector of T that the floats fill.
template <class Body>
HWY_INLINE void ForEachPart(float /*type*/, Floats numbers, Body body) {
  body(FloatTag(), numbers, 0);
}
template <class Body>
HWY_INLINE void ForEachPart(double /*type*/, Floats numbers, Body body) {
  const hn::CappedTag<double, 8> d;
#if HWY_TARGET == HWY_SCALAR
  body(d, hn::PromoteTo(d, numbers), 0);
#else
  const hn::Half<FloatTag> half;
  body(d, hn::PromoteTo(d, hn::LowerHalf(half, numbers)), 0);
  body(d, hn::PromoteTo(d, hn::UpperHalf(half, numbers)),
       static_cast<int64_t>(hn::Lanes(d)));
#endif
}

// Draws the state of each neuron's process from the stationary distribution.
template <typename T>
HWY_INLINE void BeginOrnsteinUhlenbeck(const ArsKeys& keys,
                                       const InputUpdate& update) {
  auto* const state = static_cast<T*>(update.state);
  ForEachNormalVector(keys, update.step, 0, update.first, update.count,
                      [&](Floats normal, int64_t i) {
                        ForEachPart(T(), normal,
                                    [&](auto d, auto z, int64_t offset) {
                                      hn::Store(z, d, state + i + offset);
                                    });
                      });
}

// Moves the process of each neuron by one step, and adds its current to the
// row.
template <typename T>
HWY_INLINE void AddOrnsteinUhlenbeck(const ArsKeys& keys,
                                     const ornstein_uhlenbeck::Rows<T>& rows,
                                     const InputUpdate& update) {
  const int64_t first = update.first;
  auto* const row = static_cast<T*>(update.row);
  auto* const state = static_cast<T*>(update.state);
  ForEachNormalVector(
      keys, update.step, 0, first, update.count, [&](Floats normal, int64_t i) {
        ForEachPart(T(), normal, [&](auto d, auto z, int64_t offset) {
          const int64_t k = i + offset;
          const auto kept = hn::Mul(hn::Load(d, rows.decay.At(first + k)),
                                    hn::Load(d, state + k));
          const auto y = hn::Add(
              kept, hn::Mul(hn::Load(d, rows.innovation.At(first + k)), z));
          hn::Store(y, d, state + k);
          const auto deviation =
              hn::Mul(hn::Load(d, rows.std.At(first + k)), y);
          const auto current =
              hn::Add(hn::Load(d, rows.mean.At(first + k)), deviation);
          hn::Store(hn::Add(hn::Load(d, row + k), current), d, row + k);
        });
      });
}

void BeginOrnsteinUhlenbeckF32(const ArsKeys& keys, const InputUpdate& update) {
  BeginOrnsteinUhlenbeck<float>(keys, update);
}
void BeginOrnsteinUhlenbeckF64(const ArsKeys& keys, const InputUpdate& update) {
  BeginOrnsteinUhlenbeck<double>(keys, update);
}

void AddOrnsteinUhlenbeckF32(const ArsKeys& keys,
                             const ornstein_uhlenbeck::Rows<float>& rows,
                             const InputUpdate& update) {
  AddOrnsteinUhlenbeck(keys, rows, update);
}
void AddOrnsteinUhlenbeckF64(const ArsKeys& keys,
                             const ornstein_uhlenbeck::Rows<double>& rows,
                             const InputUpdate& update) {
  AddOrnsteinUhlenbeck(keys, rows, update);
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(BeginOrnsteinUhlenbeckF32);
HWY_EXPORT(BeginOrnsteinUhlenbeckF64);
HWY_EXPORT(AddOrnsteinUhlenbeckF32);
HWY_EXPORT(AddOrnsteinUhlenbeckF64);

// T: the scalar type of the network.
template <typename T>
class Kernel : public InputKernel {
 public:
  Kernel(const Parameters& p, const InputBuild& build)
      : keys_(build.stream), rows_(p, build.dt_ms) {}

  void Begin(const InputUpdate& update) const override {
    if constexpr (sizeof(T) == sizeof(float)) {
      HWY_DYNAMIC_DISPATCH(BeginOrnsteinUhlenbeckF32)(keys_, update);
    } else {
      HWY_DYNAMIC_DISPATCH(BeginOrnsteinUhlenbeckF64)(keys_, update);
    }
  }

  void Add(const InputUpdate& update) const override {
    if constexpr (sizeof(T) == sizeof(float)) {
      HWY_DYNAMIC_DISPATCH(AddOrnsteinUhlenbeckF32)(keys_, rows_, update);
    } else {
      HWY_DYNAMIC_DISPATCH(AddOrnsteinUhlenbeckF64)(keys_, rows_, update);
    }
  }

 private:
  ArsKeys keys_;
  ornstein_uhlenbeck::Rows<T> rows_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "ornstein_uhlenbeck_current";
  info.summary =
      "Normally distributed noise with exponentially decaying correlation: an "
      "Ornstein-Uhlenbeck process for each neuron.";
  info.equations =
      "dI = -(I - mean) / tau dt + std sqrt(2 / tau) dW, stationary from the "
      "beginning, integrated exactly and constant during a step. Uhlenbeck & "
      "Ornstein "
      "1930, doi:10.1103/PhysRev.36.823.";
  ParameterInfo std = {"std", "unit of the receptor",
                       "Standard deviation of the current.", 0};
  std.min = 0;
  ParameterInfo tau = {"tau_ms", "ms", "Correlation time.", 10};
  tau.min = 0;
  tau.min_exclusive = true;
  info.parameters = {{"mean", "unit of the receptor", "Mean.", 0}, std, tau};
  return info;
}

}  // namespace

const ModelInfo& OrnsteinUhlenbeckCurrent::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

ValueRange OrnsteinUhlenbeckCurrent::AmountsOf(
    absl::Span<const ValueRange> parameters) const {
  if (parameters[ornstein_uhlenbeck::kStd].max > 0) {
    return {-kInfinity, kInfinity};
  }
  return parameters[ornstein_uhlenbeck::kMean];
}

std::unique_ptr<InputKernel> OrnsteinUhlenbeckCurrent::Compile(
    const Parameters& parameters, const InputBuild& build) const {
  if (build.precision == Precision::kFloat32) {
    return std::make_unique<Kernel<float>>(parameters, build);
  }
  return std::make_unique<Kernel<double>>(parameters, build);
}

}  // namespace spiked
#endif  // HWY_ONCE
