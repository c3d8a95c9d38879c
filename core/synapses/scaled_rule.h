// SPDX-License-Identifier: Apache-2.0
//
// A rule of plastic_kernel.h combined with synaptic scaling
// (synaptic_scaling.h).

#ifndef SPIKED_CORE_SYNAPSES_SCALED_RULE_H_
#define SPIKED_CORE_SYNAPSES_SCALED_RULE_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/numbers/decay_table.h"
#include "core/spec/parameters.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/trace.h"

namespace spiked::plastic {

// Base: the other rule, which must have no intervals of its own. The parameters
// of scaling come after its Base::kParameters parameters.
template <class Base>
class ScaledRule {
 public:
  using Scalar = typename Base::Scalar;
  using Synapse = typename Base::Synapse;
  struct Target {
    typename Base::Target base;
    Trace<Scalar> spikes;
  };

  ScaledRule(const Parameters& p, double dt_ms)
      : base_(p, dt_ms),
        decay_(dt_ms, p.Get(kTauRate)),
        interval_steps_(StepsInInterval(p.Get(kInterval), dt_ms)),
        per_spike_(
            static_cast<Scalar>(1000 / (p.Get(kTauRate) * p.Get(kRateTarget)))),
        gain_(static_cast<Scalar>(static_cast<double>(interval_steps_) * dt_ms /
                                  p.Get(kTauScaling))),
        min_(static_cast<Scalar>(Base::Bounds(p).min)),
        max_(static_cast<Scalar>(Base::Bounds(p).max)) {}

  static WeightBounds Bounds(const Parameters& p) { return Base::Bounds(p); }
  static double TableBytes(const Parameters& p, double dt_ms) {
    return Base::TableBytes(p, dt_ms) +
           DecayTable<Scalar>::Bytes(dt_ms, {p.Get(kTauRate)});
  }

  void Arrive(Synapse& s, const Target& target, uint32_t now) const {
    base_.Arrive(s, target.base, now);
  }
  void Spike(Synapse& s, const Target& target, uint32_t now) const {
    base_.Spike(s, target.base, now);
  }
  void Spike(Target& target, uint32_t now) const {
    base_.Spike(target.base, now);
    target.spikes.Add(decay_, now);
  }

  int64_t interval_steps() const { return interval_steps_; }

  void Apply(Synapse& s, const Target& target, uint32_t now) const {
    // At higher rates every weight becomes 0 anyway.
    const Scalar rate =
        std::min(per_spike_ * target.spikes.At(decay_, now), Scalar{1e6});
    const Scalar factor =
        std::max(1 + gain_ * (1 - rate * rate * rate), Scalar{0});
    Scalar w = s.weight * factor;
    if (std::abs(w) < Scalar{1e-30}) w = 0;  // before it becomes denormal
    s.weight = std::min(std::max(w, min_), max_);
  }

  void Forget(Synapse& s, uint32_t now) const { base_.Forget(s, now); }
  void Forget(Target& target, uint32_t now) const {
    base_.Forget(target.base, now);
    target.spikes.Forget(now);
  }

  template <class Mix>
  void Visit(const Synapse& s, Mix mix) const {
    base_.Visit(s, mix);
  }
  template <class Mix>
  void Visit(const Target& target, Mix mix) const {
    base_.Visit(target.base, mix);
    target.spikes.Visit(mix);
  }

 private:
  // In the order of ModelInfo::parameters.
  enum Parameter {
    kRateTarget = Base::kParameters,
    kTauRate,
    kTauScaling,
    kInterval
  };

  Base base_;
  DecayTable<Scalar> decay_;
  int64_t interval_steps_;
  Scalar per_spike_;  // rate right after one spike, in units of the target
  Scalar gain_;
  Scalar min_, max_;
};

// A rule in which spikes change nothing.
template <typename T>
class FixedRule {
 public:
  static constexpr int kParameters = 2;
  using Scalar = T;
  struct Synapse {
    T weight;
  };
  struct Target {};

  FixedRule(const Parameters&, double) {}
  static WeightBounds Bounds(const Parameters& p) {
    return {p.Get(0), p.Get(1)};
  }
  static double TableBytes(const Parameters&, double) { return 0; }

  void Arrive(Synapse&, const Target&, uint32_t) const {}
  void Spike(Synapse&, const Target&, uint32_t) const {}
  void Spike(Target&, uint32_t) const {}
  void Forget(Synapse&, uint32_t) const {}
  void Forget(Target&, uint32_t) const {}
  template <class Mix>
  void Visit(const Synapse&, Mix) const {}
  template <class Mix>
  void Visit(const Target&, Mix) const {}
};

}  // namespace spiked::plastic

#endif  // SPIKED_CORE_SYNAPSES_SCALED_RULE_H_
