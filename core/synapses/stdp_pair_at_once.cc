// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_pair_at_once.h"

#include <algorithm>
#include <cstdint>

#include "core/numbers/decay_table.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/trace.h"

namespace spiked {
namespace {

using plastic::Trace;

// In the order of ModelInfo::parameters.
enum Parameter { kTauPlus, kTauMinus, kAPlus, kAMinus, kMin, kMax };

template <typename T>
class AdditiveRule {
 public:
  using Scalar = T;
  struct Synapse {
    T weight;
    Trace<T> pre;
  };
  struct Target {
    Trace<T> post;
  };

  AdditiveRule(const Parameters& p, double dt_ms)
      : pre_decay_(dt_ms, p.Get(kTauPlus)),
        post_decay_(dt_ms, p.Get(kTauMinus)),
        a_plus_(static_cast<T>(p.Get(kAPlus))),
        a_minus_(static_cast<T>(p.Get(kAMinus))),
        min_(static_cast<T>(p.Get(kMin))),
        max_(static_cast<T>(p.Get(kMax))) {}

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
  }
  static double TableBytes(const Parameters& p, double dt_ms) {
    return DecayTable<T>::Bytes(dt_ms, {p.Get(kTauPlus), p.Get(kTauMinus)});
  }

  void Arrive(Synapse& s, const Target& target, uint32_t now) const {
    s.weight = Clip(s.weight - a_minus_ * target.post.At(post_decay_, now));
    s.pre.Add(pre_decay_, now);
  }
  void Spike(Synapse& s, const Target&, uint32_t now) const {
    s.weight = Clip(s.weight + a_plus_ * s.pre.At(pre_decay_, now));
  }
  void Spike(Target& target, uint32_t now) const {
    target.post.Add(post_decay_, now);
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
  T Clip(T w) const { return std::min(std::max(w, min_), max_); }

  DecayTable<T> pre_decay_, post_decay_;
  T a_plus_, a_minus_, min_, max_;
};

}  // namespace

const SynapseModel* NewStdpPairAtOnce(const ModelInfo& info) {
  return new plastic::PlasticModel<AdditiveRule<float>, AdditiveRule<double>>(
      info);
}

}  // namespace spiked
