// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_accumulated.h"

#include <algorithm>
#include <cmath>

#include "core/decay_table.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/plastic_parameters.h"
#include "core/synapses/trace.h"

namespace spiked {
namespace {

using plastic::Trace;

// In the order of ModelInfo::parameters.
enum Parameter {
  kTauPlus,
  kTauMinus,
  kAPlus,
  kAMinus,
  kInterval,
  kDrift,
  kKeep,
  kMin,
  kMax
};

template <typename T>
class AccumulatedRule {
 public:
  using Scalar = T;
  static constexpr bool kArrivesLast = true;
  struct Synapse {
    T weight;
    T sum;
    Trace<T> pre;
  };
  struct Target {
    Trace<T> post;
  };

  AccumulatedRule(const Parameters& p, double dt_ms)
      : pre_decay_(dt_ms, p.Get(kTauPlus)),
        post_decay_(dt_ms, p.Get(kTauMinus)),
        interval_steps_(plastic::StepsInInterval(p.Get(kInterval), dt_ms)),
        a_plus_(static_cast<T>(p.Get(kAPlus))),
        a_minus_(static_cast<T>(p.Get(kAMinus))),
        drift_(static_cast<T>(p.Get(kDrift))),
        keep_(static_cast<T>(p.Get(kKeep))),
        min_(static_cast<T>(p.Get(kMin))),
        max_(static_cast<T>(p.Get(kMax))) {}

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
  }
  static double TableBytes(const Parameters& p, double dt_ms) {
    return DecayTable<T>::Bytes(dt_ms, {p.Get(kTauPlus), p.Get(kTauMinus)});
  }

  int64_t interval_steps() const { return interval_steps_; }

  void Arrive(Synapse& s, const Target& target, uint32_t now) const {
    s.sum -= a_minus_ * target.post.At(post_decay_, now);
    s.pre.Set(now);
  }
  void Spike(Synapse& s, const Target&, uint32_t now) const {
    s.sum += a_plus_ * s.pre.At(pre_decay_, now);
  }
  void Spike(Target& target, uint32_t now) const { target.post.Set(now); }
  void Hold(Synapse& s, const Synapse& before) const { s.sum = before.sum; }

  void Apply(Synapse& s, const Target&, uint32_t) const {
    s.weight = std::min(std::max(s.weight + (drift_ + s.sum), min_), max_);
    s.sum *= keep_;
    // Before it becomes a denormal number.
    if (std::abs(s.sum) < T{1e-30}) s.sum = 0;
  }

  void Forget(Synapse& s, uint32_t now) const { s.pre.Forget(now); }
  void Forget(Target& target, uint32_t now) const { target.post.Forget(now); }

  template <class Mix>
  void Visit(const Synapse& s, Mix mix) const {
    mix(s.sum);
    s.pre.Visit(mix);
  }
  template <class Mix>
  void Visit(const Target& target, Mix mix) const {
    target.post.Visit(mix);
  }

 private:
  DecayTable<T> pre_decay_;
  DecayTable<T> post_decay_;
  int64_t interval_steps_;
  T a_plus_, a_minus_, drift_, keep_, min_, max_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "stdp_accumulated";
  info.summary =
      "Spike-timing dependent plasticity of nearest pairs that is applied at "
      "intervals, signed weights.";
  info.equations =
      "Presynaptic arrival: sum -= a_minus exp(-t_post / tau_minus_ms); "
      "postsynaptic spike: sum += a_plus exp(-t_pre / tau_plus_ms); every "
      "interval_ms: w = clip(w + drift + sum), sum *= keep. t_post and t_pre "
      "are the times since the last spike of the other side. In one step "
      "arrivals come after postsynaptic spikes. Izhikevich 2006, "
      "doi:10.1162/089976606775093882.";
  using plastic::Amount;
  using plastic::kWeightUnit;
  const double tau_ms = 19.495725;  // -1 / ln 0.95
  info.parameters = {
      plastic::TimeConstant("tau_plus_ms", "Time constant of potentiation.",
                            tau_ms),
      plastic::TimeConstant("tau_minus_ms", "Time constant of depression.",
                            tau_ms),
      Amount("a_plus", kWeightUnit, "Step of potentiation.", 0.1 / 0.95, 1e30),
      Amount("a_minus", kWeightUnit, "Step of depression.", 0.12, 1e30),
      plastic::Interval(1000),
      {"drift", kWeightUnit, "What is added in every interval.", 0.01},
      Amount("keep", "", "What is left of the sum after an interval.", 0.9, 1),
  };
  plastic::AddWeightBounds(&info, /*weight_max=*/10);
  return info;
}

}  // namespace

const SynapseModel* NewStdpAccumulated() {
  return new plastic::PlasticModel<AccumulatedRule<float>,
                                   AccumulatedRule<double>>(MakeInfo());
}

}  // namespace spiked
