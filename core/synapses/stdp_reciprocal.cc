// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_reciprocal.h"

#include <algorithm>

#include "core/synapses/plastic_kernel.h"
#include "core/synapses/plastic_parameters.h"
#include "core/synapses/trace.h"

namespace spiked {
namespace {

using plastic::Trace;

// In the order of ModelInfo::parameters.
enum Parameter { kTauPlus, kTauMinus, kAPlus, kAMinus, kMin, kMax };

template <typename T>
class ReciprocalRule {
 public:
  using Scalar = T;
  // Traces are 0 or 1 and don't decay: they tell whether there was a spike.
  struct Synapse {
    T weight;
    Trace<T> pre;
  };
  struct Target {
    Trace<T> post;
  };

  ReciprocalRule(const Parameters& p, double dt_ms)
      : a_plus_(static_cast<T>(p.Get(kAPlus))),
        a_minus_(static_cast<T>(p.Get(kAMinus))),
        plus_per_step_(static_cast<T>(dt_ms / p.Get(kTauPlus))),
        minus_per_step_(static_cast<T>(dt_ms / p.Get(kTauMinus))),
        min_(static_cast<T>(p.Get(kMin))),
        max_(static_cast<T>(p.Get(kMax))) {}

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
  }
  static double TableBytes(const Parameters&, double) { return 0; }

  void Arrive(Synapse& s, const Target& target, uint32_t now) const {
    if (target.post.value != 0) {
      const auto steps = static_cast<T>(now - target.post.step);
      s.weight =
          std::max(s.weight - a_minus_ / (1 + steps * minus_per_step_), min_);
    }
    s.pre.Set(now);
  }
  void Spike(Synapse& s, const Target&, uint32_t now) const {
    if (s.pre.value == 0) return;
    const auto steps = static_cast<T>(now - s.pre.step);
    s.weight =
        std::min(s.weight + a_plus_ / (1 + steps * plus_per_step_), max_);
  }
  void Spike(Target& target, uint32_t now) const { target.post.Set(now); }

  void Forget(Synapse& s, uint32_t now) const { s.pre.Forget(now); }
  void Forget(Target& target, uint32_t now) const { target.post.Forget(now); }

  template <class Mix>
  void Visit(const Synapse& s, Mix mix) const {
    s.pre.Visit(mix);
  }
  template <class Mix>
  void Visit(const Target& target, Mix mix) const {
    target.post.Visit(mix);
  }

 private:
  T a_plus_, a_minus_;
  T plus_per_step_, minus_per_step_;  // dt / tau of the windows
  T min_, max_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "stdp_reciprocal";
  info.summary =
      "Spike-timing dependent plasticity of nearest pairs with a hyperbola as "
      "its window, signed weights.";
  info.equations =
      "Presynaptic arrival: w = clip(w - a_minus / (1 + t_post / "
      "tau_minus_ms)); postsynaptic spike: w = clip(w + a_plus / (1 + t_pre / "
      "tau_plus_ms)); t_post and t_pre are the times since the last spike of "
      "the other side. In one step arrivals come before postsynaptic spikes.";
  info.parameters = {
      plastic::TimeConstant("tau_plus_ms", "Time to half of potentiation.", 20),
      plastic::TimeConstant("tau_minus_ms", "Time to half of depression.", 20),
      plastic::Amount("a_plus", plastic::kWeightUnit, "Step of potentiation.",
                      0.1),
      plastic::Amount("a_minus", plastic::kWeightUnit, "Step of depression.",
                      0.1),
  };
  plastic::AddWeightBounds(&info);
  return info;
}

}  // namespace

const SynapseModel* NewStdpReciprocal() {
  return new plastic::PlasticModel<ReciprocalRule<float>,
                                   ReciprocalRule<double>>(MakeInfo());
}

}  // namespace spiked
