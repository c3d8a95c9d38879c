// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_SYNAPSES_NEAREST_PAIR_SUM_H_
#define SPIKED_CORE_SYNAPSES_NEAREST_PAIR_SUM_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/numbers/decay_table.h"
#include "core/spec/parameters.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/trace.h"

namespace spiked::plastic {

// The common part of rules for plastic_kernel.h that add up the effects of
// nearest pairs of spikes in the synapse,
//
//   arrival:             sum -= a_minus exp(-t_post / tau_minus)
//   postsynaptic spike:  sum += a_plus  exp(-t_pre / tau_plus)
//
// and change the weight at intervals, after which a part of the sum is kept. A
// rule derives from it, and its Apply says how. In one step arrivals come after
// postsynaptic spikes.
template <typename T>
class NearestPairSum {
 public:
  // The rule's parameters begin with these, in this order.
  enum Parameter {
    kTauPlus,
    kTauMinus,
    kAPlus,
    kAMinus,
    kInterval,
    kKeep,
    kParameters  // their number
  };

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

  NearestPairSum(const Parameters& p, double dt_ms, WeightBounds bounds)
      : pre_decay_(dt_ms, p.Get(kTauPlus)),
        post_decay_(dt_ms, p.Get(kTauMinus)),
        interval_steps_(StepsInInterval(p.Get(kInterval), dt_ms)),
        a_plus_(static_cast<T>(p.Get(kAPlus))),
        a_minus_(static_cast<T>(p.Get(kAMinus))),
        keep_(static_cast<T>(p.Get(kKeep))),
        min_(static_cast<T>(bounds.min)),
        max_(static_cast<T>(bounds.max)) {}

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

 protected:
  // Changes the weight at the end of an interval.
  void ChangeWeight(Synapse& s, T step) const {
    s.weight = std::min(std::max(s.weight + step, min_), max_);
    s.sum *= keep_;
    // Smaller numbers would become denormal and slow.
    if (std::abs(s.sum) < T{1e-30}) s.sum = 0;
  }

 private:
  DecayTable<T> pre_decay_;
  DecayTable<T> post_decay_;
  int64_t interval_steps_;
  T a_plus_, a_minus_, keep_, min_, max_;
};

}  // namespace spiked::plastic

#endif  // SPIKED_CORE_SYNAPSES_NEAREST_PAIR_SUM_H_
