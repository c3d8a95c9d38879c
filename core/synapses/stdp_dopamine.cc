// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_dopamine.h"

#include <algorithm>
#include <cmath>

#include "core/numbers/decay_table.h"
#include "core/synapses/decay_integral.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/plastic_parameters.h"
#include "core/synapses/trace.h"

namespace spiked {
namespace {

using plastic::Dopamine;
using plastic::Trace;

// In the order of ModelInfo::parameters.
enum Parameter {
  kTauPlus,
  kTauMinus,
  kAPlus,
  kAMinus,
  kTauC,
  kTauN,
  kBaseline,
  kMin,
  kMax
};

template <typename T>
class DopamineRule {
 public:
  using Scalar = T;
  struct Synapse {
    T weight;       // all members are as of `step`
    T eligibility;  // c
    T pre;          // K_pre
    uint32_t step;
  };
  struct Target {
    Trace<T> post;
  };

  DopamineRule(const Parameters& p, double dt_ms)
      : pre_decay_(dt_ms, p.Get(kTauPlus)),
        post_decay_(dt_ms, p.Get(kTauMinus)),
        eligibility_decay_(dt_ms, p.Get(kTauC)),
        dopamine_decay_(dt_ms, p.Get(kTauN)),
        of_eligibility_(dt_ms, p.Get(kTauC)),
        of_both_(dt_ms, 1 / (1 / p.Get(kTauC) + 1 / p.Get(kTauN))),
        a_plus_(static_cast<T>(p.Get(kAPlus))),
        a_minus_(static_cast<T>(p.Get(kAMinus))),
        baseline_(p.Get(kBaseline)),
        min_(static_cast<T>(p.Get(kMin))),
        max_(static_cast<T>(p.Get(kMax))) {}

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
  }
  static double TableBytes(const Parameters& p, double dt_ms) {
    return DecayTable<T>::Bytes(
               dt_ms, {p.Get(kTauPlus), p.Get(kTauMinus), p.Get(kTauC)}) +
           DecayTable<double>::Bytes(dt_ms, {p.Get(kTauN)}) +
           2 * plastic::DecayIntegral::Bytes();
  }

  const DecayTable<double>& dopamine_decay() const { return dopamine_decay_; }

  void Advance(Synapse& s, const Dopamine& dopamine, uint32_t now) const {
    const uint32_t steps = now - s.step;
    if (steps == 0) return;
    if (s.eligibility != 0) {
      const double n = dopamine.At(dopamine_decay_, s.step);
      double integral = 0;
      if (n != 0) integral = n * of_both_.At(steps);
      if (baseline_ != 0) integral -= baseline_ * of_eligibility_.At(steps);
      if (integral != 0) {
        s.weight = static_cast<T>(std::min(
            std::max(s.weight + s.eligibility * integral, min_), max_));
      }
      s.eligibility = NonZero(s.eligibility * eligibility_decay_.At(steps));
    }
    s.pre = NonZero(s.pre * pre_decay_.At(steps));
    s.step = now;
  }

  void Arrive(Synapse& s, const Target& target, uint32_t now) const {
    s.eligibility -= a_minus_ * target.post.At(post_decay_, now);
    s.pre += 1;
  }
  void Spike(Synapse& s, const Target&, uint32_t) const {
    s.eligibility += a_plus_ * s.pre;
  }
  void Spike(Target& target, uint32_t now) const {
    target.post.Add(post_decay_, now);
  }

  void Forget(Synapse& s, const Dopamine& dopamine, uint32_t now) const {
    if (now - s.step < plastic::kForgetSteps) return;
    Advance(s, dopamine, now - plastic::kForgetSteps);
  }
  void Forget(Target& target, uint32_t now) const { target.post.Forget(now); }

  // Includes the weight, because it is as of `step` and not the current one.
  template <class Mix>
  void Visit(const Synapse& s, Mix mix) const {
    mix(s.weight);
    mix(s.eligibility);
    mix(s.pre);
    mix(s.eligibility == 0 && s.pre == 0 ? 0 : s.step);
  }
  template <class Mix>
  void Visit(const Target& target, Mix mix) const {
    target.post.Visit(mix);
  }

 private:
  // Smaller numbers would become denormal and slow.
  static T NonZero(T x) { return std::abs(x) < T{1e-30} ? T{0} : x; }

  DecayTable<T> pre_decay_;
  DecayTable<T> post_decay_;
  DecayTable<T> eligibility_decay_;
  DecayTable<double> dopamine_decay_;
  plastic::DecayIntegral of_eligibility_;
  plastic::DecayIntegral of_both_;
  T a_plus_, a_minus_;
  double baseline_;
  double min_, max_;  // exact as T
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "stdp_dopamine";
  info.summary =
      "Spike-timing dependent plasticity whose eligibility trace becomes a "
      "change of the weight by dopamine, in continuous time.";
  info.equations =
      "Presynaptic arrival: c -= a_minus K_post, K_pre += 1; postsynaptic "
      "spike: c += a_plus K_pre, K_post += 1; dopamine pulse: n += amount. In "
      "between c, n, K_pre and K_post decay with tau_c_ms, tau_n_ms, "
      "tau_plus_ms and tau_minus_ms, and w' = c (n - baseline), integrated "
      "exactly; w is clipped at arrivals, spikes and pulses. The concentration "
      "n is that of the projection. In one step arrivals come before "
      "postsynaptic spikes. Izhikevich 2007, doi:10.1093/cercor/bhl152; "
      "Potjans et al. 2010, doi:10.3389/fncom.2010.00141.";
  using plastic::Amount;
  using plastic::kWeightUnit;
  info.parameters = {
      plastic::TimeConstant("tau_plus_ms", "Time constant of K_pre.", 20),
      plastic::TimeConstant("tau_minus_ms", "Time constant of K_post.", 20),
      Amount("a_plus", kWeightUnit, "Step of eligibility by potentiation.", 1,
             1e20),
      Amount("a_minus", kWeightUnit, "Step of eligibility by depression.", 1.5,
             1e20),
      plastic::TimeConstant("tau_c_ms", "Time constant of the eligibility c.",
                            1000),
      plastic::TimeConstant("tau_n_ms", "Time constant of the dopamine n.",
                            200),
      {.name = "baseline",
       .unit = "1/ms",
       .description = "Dopamine at which weights stand still.",
       .default_value = 0,
       .min = -1e20,
       .max = 1e20},
  };
  plastic::AddWeightBounds(&info, /*weight_max=*/200);
  return info;
}

}  // namespace

const SynapseModel* NewStdpDopamine() {
  return new plastic::PlasticModel<DopamineRule<float>, DopamineRule<double>>(
      MakeInfo());
}

}  // namespace spiked
