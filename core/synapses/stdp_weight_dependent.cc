// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_weight_dependent.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/numbers/decay_table.h"
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
  kMuPlus,
  kMuMinus,
  kMin,
  kMax
};

enum class Pairing { kAll, kSymmetric, kRestricted, kPreCentred };

template <typename T, Pairing kPairing>
class PairRule {
 public:
  using Scalar = T;
  struct Synapse {
    T weight;
    Trace<T> pre;  // since the last arrival
  };
  struct Target {
    Trace<T> post;  // since the last spike
  };

  PairRule(const Parameters& p, double dt_ms)
      : pre_decay_(dt_ms, p.Get(kTauPlus)),
        post_decay_(dt_ms, p.Get(kTauMinus)),
        mu_plus_(static_cast<T>(p.Get(kMuPlus))),
        mu_minus_(static_cast<T>(p.Get(kMuMinus))),
        min_(static_cast<T>(p.Get(kMin))),
        max_(static_cast<T>(p.Get(kMax))) {
    const double width = p.Get(kMax) - p.Get(kMin);
    step_plus_ = static_cast<T>(width * p.Get(kAPlus));
    step_minus_ = static_cast<T>(width * p.Get(kAMinus));
    per_width_ = static_cast<T>(width > 0 ? 1 / width : 0);
  }

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
  }
  static double TableBytes(const Parameters& p, double dt_ms) {
    return DecayTable<T>::Bytes(dt_ms, {p.Get(kTauPlus), p.Get(kTauMinus)});
  }

  void Arrive(Synapse& s, const Target& target, uint32_t now) const {
    if (CountsPost(s, target, now)) {
      const T k = target.post.At(post_decay_, now);
      if (k != 0) s.weight = Depress(s.weight, k);
    }
    if constexpr (kPairing == Pairing::kAll ||
                  kPairing == Pairing::kPreCentred) {
      s.pre.Add(pre_decay_, now);
    } else {
      s.pre.Set(now);
    }
  }

  void Spike(Synapse& s, const Target& target, uint32_t now) const {
    if (CountsPre(s, target, now)) {
      const T k = s.pre.At(pre_decay_, now);
      if (k != 0) s.weight = Potentiate(s.weight, k);
    }
    if constexpr (kPairing == Pairing::kPreCentred) s.pre.value = 0;
  }

  void Spike(Target& target, uint32_t now) const {
    if constexpr (kPairing == Pairing::kAll) {
      target.post.Add(post_decay_, now);
    } else {
      target.post.Set(now);
    }
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
  // Whether the last postsynaptic spike pairs with an arrival: it must not be
  // older than the last arrival. In one step the spike comes later.
  static bool CountsPost(const Synapse& s, const Target& target, uint32_t now) {
    return kPairing != Pairing::kRestricted || s.pre.value == 0 ||
           now - target.post.step <= now - s.pre.step;
  }
  // Whether the last arrival pairs with a postsynaptic spike.
  static bool CountsPre(const Synapse& s, const Target& target, uint32_t now) {
    return kPairing != Pairing::kRestricted || target.post.value == 0 ||
           now - s.pre.step < now - target.post.step;
  }

  static T Power(T x, T exponent) {
    if (exponent == 0) return 1;
    if (exponent == 1) return x;
    return std::pow(std::max(x, T{0}), exponent);
  }
  T Potentiate(T w, T k) const {
    const T step = step_plus_ * Power((max_ - w) * per_width_, mu_plus_);
    return std::min(w + step * k, max_);
  }
  T Depress(T w, T k) const {
    const T step = step_minus_ * Power((w - min_) * per_width_, mu_minus_);
    return std::max(w - step * k, min_);
  }

  DecayTable<T> pre_decay_;
  DecayTable<T> post_decay_;
  T mu_plus_, mu_minus_, min_, max_;
  T step_plus_, step_minus_;  // times the width of the bounds
  T per_width_;
};

ModelInfo MakeInfo(const std::string& name, const std::string& pairing,
                   const std::string& traces) {
  ModelInfo info;
  info.name = name;
  info.summary =
      "Spike-timing dependent plasticity with weight dependence: " + pairing +
      ".";
  info.equations =
      "With W = weight_max - weight_min and x = (w - weight_min) / W, "
      "presynaptic arrival: w = clip(w - W a_minus x^mu_minus K_post); "
      "postsynaptic spike: w = clip(w + W a_plus (1 - x)^mu_plus K_pre). " +
      traces +
      " They decay with tau_plus_ms and tau_minus_ms. In one step arrivals "
      "come before postsynaptic spikes. mu = 0 is additive, 1 multiplicative, "
      "mu_plus = 0 with mu_minus = 1 the rule of van Rossum et al. 2000. "
      "Guetig et al. 2003, doi:10.1523/JNEUROSCI.23-09-03697.2003; pairings: "
      "Morrison et al. 2008, doi:10.1007/s00422-008-0233-1.";
  info.parameters = {
      plastic::TimeConstant("tau_plus_ms", "Time constant of K_pre.", 20),
      plastic::TimeConstant("tau_minus_ms", "Time constant of K_post.", 20),
      plastic::Amount("a_plus", "",
                      "Step of potentiation, of weight_max - weight_min.", 0.01,
                      1),
      plastic::Amount("a_minus", "",
                      "Step of depression, of weight_max - weight_min.", 0.01,
                      1),
      plastic::Amount("mu_plus", "", "Exponent of potentiation.", 1),
      plastic::Amount("mu_minus", "", "Exponent of depression.", 1),
  };
  plastic::AddWeightBounds(&info);
  return info;
}

template <Pairing kPairing>
const SynapseModel* New(ModelInfo info) {
  return new plastic::PlasticModel<PairRule<float, kPairing>,
                                   PairRule<double, kPairing>>(std::move(info));
}

}  // namespace

const SynapseModel* NewStdpAllToAll() {
  return New<Pairing::kAll>(
      MakeInfo("stdp_all_to_all", "all pairs",
               "K_pre and K_post grow by 1 at each arrival and spike."));
}

const SynapseModel* NewStdpNearestPreCentred() {
  return New<Pairing::kPreCentred>(
      MakeInfo("stdp_nearest_pre_centred",
               "each presynaptic spike with the last and the next "
               "postsynaptic one",
               "K_pre grows by 1 at each arrival and is reset to 0 by a "
               "postsynaptic spike, which sets K_post to 1."));
}

const SynapseModel* NewStdpNearestRestricted() {
  return New<Pairing::kRestricted>(MakeInfo(
      "stdp_nearest_restricted", "immediate neighbours only",
      "Arrivals set K_pre to 1, and postsynaptic spikes K_post. They count "
      "only if they are not older than the last spike of the own side."));
}

const SynapseModel* NewStdpNearestSymmetric() {
  return New<Pairing::kSymmetric>(
      MakeInfo("stdp_nearest_symmetric",
               "each spike with the last one of the other side",
               "Arrivals set K_pre to 1, and postsynaptic spikes K_post."));
}

}  // namespace spiked
