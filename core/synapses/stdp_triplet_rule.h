// SPDX-License-Identifier: Apache-2.0
//
// The effect of spikes on synapses and targets with triplet STDP; see
// stdp_triplet.h.

#ifndef SPIKED_CORE_SYNAPSES_STDP_TRIPLET_RULE_H_
#define SPIKED_CORE_SYNAPSES_STDP_TRIPLET_RULE_H_

#include <algorithm>
#include <cstdint>

#include "core/numbers/decay_table.h"
#include "core/spec/parameters.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/trace.h"

namespace spiked::plastic {

// Two traces of the same spikes.
template <typename T>
struct TwoTraces {
  T fast;
  T slow;
  uint32_t step;

  template <class Mix>
  void Visit(Mix mix) const {
    mix(fast);
    mix(slow);
    mix(fast == 0 && slow == 0 ? 0 : step);
  }
};

// The decays of two such traces.
template <typename T>
struct TwoDecays {
  DecayTable<T> fast;
  DecayTable<T> slow;

  T Fast(const TwoTraces<T>& traces, uint32_t now) const {
    return traces.fast == 0 ? 0 : traces.fast * fast.At(now - traces.step);
  }
  T Slow(const TwoTraces<T>& traces, uint32_t now) const {
    return traces.slow == 0 ? 0 : traces.slow * slow.At(now - traces.step);
  }
  void Add(TwoTraces<T>& traces, uint32_t now) const {
    traces = {Fast(traces, now) + 1, Slow(traces, now) + 1, now};
  }
};

template <typename T, bool kNearest>
class TripletRule {
 public:
  // In the order of ModelInfo::parameters.
  enum Parameter {
    kTauPlus,
    kTauX,
    kTauMinus,
    kTauY,
    kA2Plus,
    kA3Plus,
    kA2Minus,
    kA3Minus,
    kMin,
    kMax,
    kParameters  // their number
  };

  using Scalar = T;
  struct Synapse {
    T weight;
    TwoTraces<T> r;
  };
  struct Target {
    TwoTraces<T> o;
  };

  TripletRule(const Parameters& p, double dt_ms)
      : pre_{{dt_ms, p.Get(kTauPlus)}, {dt_ms, p.Get(kTauX)}},
        post_{{dt_ms, p.Get(kTauMinus)}, {dt_ms, p.Get(kTauY)}},
        a2_plus_(static_cast<T>(p.Get(kA2Plus))),
        a3_plus_(static_cast<T>(p.Get(kA3Plus))),
        a2_minus_(static_cast<T>(p.Get(kA2Minus))),
        a3_minus_(static_cast<T>(p.Get(kA3Minus))),
        min_(static_cast<T>(p.Get(kMin))),
        max_(static_cast<T>(p.Get(kMax))) {}

  static WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
  }
  static double TableBytes(const Parameters& p, double dt_ms) {
    return DecayTable<T>::Bytes(
        dt_ms, {p.Get(kTauPlus), p.Get(kTauX), p.Get(kTauMinus), p.Get(kTauY)});
  }

  void Arrive(Synapse& s, const Target& target, uint32_t now) const {
    const T o1 = post_.Fast(target.o, now);
    if (o1 != 0) {
      const T step = o1 * (a2_minus_ + a3_minus_ * pre_.Slow(s.r, now));
      s.weight = std::max(s.weight - step, min_);
    }
    Grow(s.r, pre_, now);
  }
  void Spike(Synapse& s, const Target& target, uint32_t now) const {
    const T r1 = pre_.Fast(s.r, now);
    if (r1 == 0) return;
    const T step = r1 * (a2_plus_ + a3_plus_ * post_.Slow(target.o, now));
    s.weight = std::min(s.weight + step, max_);
  }
  void Spike(Target& target, uint32_t now) const { Grow(target.o, post_, now); }

  void Forget(Synapse& s, uint32_t now) const { ForgetOld(s.r, now); }
  void Forget(Target& target, uint32_t now) const { ForgetOld(target.o, now); }

  template <class Mix>
  void Visit(const Synapse& s, Mix mix) const {
    s.r.Visit(mix);
  }
  template <class Mix>
  void Visit(const Target& target, Mix mix) const {
    target.o.Visit(mix);
  }

 private:
  static void Grow(TwoTraces<T>& traces, const TwoDecays<T>& decays,
                   uint32_t now) {
    if constexpr (kNearest) {
      traces = {1, 1, now};
    } else {
      decays.Add(traces, now);
    }
  }
  static void ForgetOld(TwoTraces<T>& traces, uint32_t now) {
    if (now - traces.step >= kForgetSteps) {
      traces = {0, 0, now - kForgetSteps};
    }
  }

  TwoDecays<T> pre_;
  TwoDecays<T> post_;
  T a2_plus_, a3_plus_, a2_minus_, a3_minus_, min_, max_;
};

}  // namespace spiked::plastic

#endif  // SPIKED_CORE_SYNAPSES_STDP_TRIPLET_RULE_H_
