// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_dopamine_interval.h"

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
  kKeep,
  kTauN,
  kTonic,
  kMin,
  kMax
};

template <typename T>
class DopamineIntervalRule {
 public:
  using Scalar = T;
  static constexpr bool kArrivesLast = true;
  struct Synapse {
    T weight;
    T eligibility;
    Trace<T> pre;
  };
  struct Target {
    Trace<T> post;
  };

  DopamineIntervalRule(const Parameters& p, double dt_ms)
      : pre_decay_(dt_ms, p.Get(kTauPlus)),
        post_decay_(dt_ms, p.Get(kTauMinus)),
        dopamine_decay_(dt_ms, p.Get(kTauN)),
        interval_steps_(plastic::StepsInInterval(p.Get(kInterval), dt_ms)),
        tonic_(p.Get(kTonic)),
        a_plus_(static_cast<T>(p.Get(kAPlus))),
        a_minus_(static_cast<T>(p.Get(kAMinus))),
        keep_(static_cast<T>(p.Get(kKeep))),
        min_(static_cast<T>(p.Get(kMin))),
        max_(static_cast<T>(p.Get(kMax))) {}

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
  }
  static double TableBytes(const Parameters& p, double dt_ms) {
    return DecayTable<T>::Bytes(dt_ms, {p.Get(kTauPlus), p.Get(kTauMinus)}) +
           DecayTable<double>::Bytes(dt_ms, {p.Get(kTauN)});
  }

  int64_t interval_steps() const { return interval_steps_; }
  const DecayTable<double>& dopamine_decay() const { return dopamine_decay_; }

  void Arrive(Synapse& s, const Target& target, uint32_t now) const {
    s.eligibility -= a_minus_ * target.post.At(post_decay_, now);
    s.pre.Set(now);
  }
  void Spike(Synapse& s, const Target&, uint32_t now) const {
    s.eligibility += a_plus_ * s.pre.At(pre_decay_, now);
  }
  void Spike(Target& target, uint32_t now) const { target.post.Set(now); }

  void Apply(Synapse& s, const Target&, double dopamine, uint32_t) const {
    const auto factor = static_cast<T>(tonic_ + dopamine);
    s.weight =
        std::min(std::max(s.weight + factor * s.eligibility, min_), max_);
    s.eligibility *= keep_;
    // Before it becomes a denormal number.
    if (std::abs(s.eligibility) < T{1e-30}) s.eligibility = 0;
  }

  void Forget(Synapse& s, uint32_t now) const { s.pre.Forget(now); }
  void Forget(Target& target, uint32_t now) const { target.post.Forget(now); }

  template <class Mix>
  void Visit(const Synapse& s, Mix mix) const {
    mix(s.eligibility);
    s.pre.Visit(mix);
  }
  template <class Mix>
  void Visit(const Target& target, Mix mix) const {
    target.post.Visit(mix);
  }

 private:
  DecayTable<T> pre_decay_;
  DecayTable<T> post_decay_;
  DecayTable<double> dopamine_decay_;
  int64_t interval_steps_;
  double tonic_;
  T a_plus_, a_minus_, keep_, min_, max_;
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "stdp_dopamine_interval";
  info.summary =
      "Spike-timing dependent plasticity of nearest pairs whose eligibility "
      "trace becomes a change of the weight by dopamine, at intervals.";
  info.equations =
      "Presynaptic arrival: c -= a_minus exp(-t_post / tau_minus_ms); "
      "postsynaptic spike: c += a_plus exp(-t_pre / tau_plus_ms); dopamine "
      "pulse: n += amount; every interval_ms: w = clip(w + (tonic + n) c), "
      "c *= keep. t_post and t_pre are the times since the last spike of the "
      "other side; n decays with tau_n_ms and is that of the projection. In "
      "one step arrivals come after postsynaptic spikes. Izhikevich 2007, "
      "doi:10.1093/cercor/bhl152.";
  using plastic::Amount;
  using plastic::kWeightUnit;
  const double tau_ms = 19.495725;  // -1 / ln 0.95
  info.parameters = {
      plastic::TimeConstant("tau_plus_ms", "Time constant of potentiation.",
                            tau_ms),
      plastic::TimeConstant("tau_minus_ms", "Time constant of depression.",
                            tau_ms),
      Amount("a_plus", kWeightUnit, "Step of eligibility by potentiation.",
             0.1 / 0.95, 1e20),
      Amount("a_minus", kWeightUnit, "Step of eligibility by depression.", 0.15,
             1e20),
      plastic::Interval(10),
      Amount("keep", "", "What is left of the eligibility after an interval.",
             0.99, 1),
      plastic::TimeConstant("tau_n_ms", "Time constant of the dopamine n.",
                            199.499582),  // -1 / ln 0.995
      {.name = "tonic",
       .unit = "",
       .description = "Dopamine that is always there, beside n.",
       .default_value = 0.002,
       .min = -1e20,
       .max = 1e20},
  };
  plastic::AddWeightBounds(&info, /*weight_max=*/4);
  return info;
}

}  // namespace

const SynapseModel* NewStdpDopamineInterval() {
  return new plastic::PlasticModel<DopamineIntervalRule<float>,
                                   DopamineIntervalRule<double>>(MakeInfo());
}

}  // namespace spiked
