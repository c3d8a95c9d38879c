// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/vogels_sprekeler.h"

#include <algorithm>
#include <cmath>

#include "core/numbers/decay_table.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/plastic_parameters.h"
#include "core/synapses/trace.h"

namespace spiked {
namespace {

using plastic::Trace;

// In the order of ModelInfo::parameters.
enum Parameter { kTau, kEta, kAlpha, kMax };

template <typename T>
class InhibitoryRule {
 public:
  using Scalar = T;
  struct Synapse {
    T weight;
    Trace<T> pre;
  };
  struct Target {
    Trace<T> post;
  };

  InhibitoryRule(const Parameters& p, double dt_ms)
      : decay_(dt_ms, p.Get(kTau)),
        eta_(static_cast<T>(p.Get(kEta))),
        depression_(static_cast<T>(p.Get(kEta) * p.Get(kAlpha))),
        sign_(static_cast<T>(p.Get(kMax) < 0 ? -1 : 1)),
        max_(static_cast<T>(std::abs(p.Get(kMax)))) {}

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {std::min(p.Get(kMax), 0.0), std::max(p.Get(kMax), 0.0)};
  }
  static double TableBytes(const Parameters& p, double dt_ms) {
    return DecayTable<T>::Bytes(dt_ms, {p.Get(kTau)});
  }

  void Arrive(Synapse& s, const Target& target, uint32_t now) const {
    const T strength = Strengthen(s.weight * sign_, target.post, now);
    s.weight = sign_ * std::max(strength - depression_, T{0});
    s.pre.Add(decay_, now);
  }
  void Spike(Synapse& s, const Target&, uint32_t now) const {
    s.weight = sign_ * Strengthen(s.weight * sign_, s.pre, now);
  }
  void Spike(Target& target, uint32_t now) const {
    target.post.Add(decay_, now);
  }

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
  T Strengthen(T strength, const Trace<T>& partner, uint32_t now) const {
    return std::min(strength + eta_ * partner.At(decay_, now), max_);
  }

  DecayTable<T> decay_;
  T eta_;
  T depression_;  // by each arrival
  T sign_;
  T max_;  // largest strength
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "vogels_sprekeler";
  info.summary = "Inhibitory plasticity that balances excitation.";
  info.equations =
      "With s = |w|, presynaptic arrival: s = clip(s + eta K_post), then s = "
      "clip(s - eta alpha); postsynaptic spike: s = clip(s + eta K_pre); K_pre "
      "and K_post jump by 1 and decay with tau_ms. In one step arrivals come "
      "before postsynaptic spikes. Vogels et al. 2011, "
      "doi:10.1126/science.1211095.";
  info.parameters = {
      plastic::TimeConstant("tau_ms", "Time constant of K_pre and K_post.", 20),
      plastic::Amount("eta", plastic::kWeightUnit, "Step of a pair of spikes.",
                      0.001),
      plastic::Amount("alpha", "",
                      "Depression by an arrival, in steps; 2 tau_ms times the "
                      "rate that is aimed at.",
                      0.12),
      {"weight_max", plastic::kWeightUnit,
       "The strongest weight. Negative if weights are: they lie between 0 and "
       "it.",
       1},
  };
  return info;
}

}  // namespace

const SynapseModel* NewVogelsSprekeler() {
  return new plastic::PlasticModel<InhibitoryRule<float>,
                                   InhibitoryRule<double>>(MakeInfo());
}

}  // namespace spiked
