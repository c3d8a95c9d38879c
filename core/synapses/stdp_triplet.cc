// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_triplet.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/decay_table.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/plastic_parameters.h"
#include "core/synapses/trace.h"

namespace spiked {
namespace {

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
  kMax
};

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

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
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
    if (now - traces.step >= plastic::kForgetSteps) {
      traces = {0, 0, now - plastic::kForgetSteps};
    }
  }

  TwoDecays<T> pre_;
  TwoDecays<T> post_;
  T a2_plus_, a3_plus_, a2_minus_, a3_minus_, min_, max_;
};

// A row of the table in the header; the first is the default.
struct ParameterSet {
  const char* name;
  const char* description;
  double a2_plus, a3_plus, a2_minus, a3_minus;
  double tau_x_ms, tau_y_ms;
};

ModelInfo MakeInfo(const std::string& name, const std::string& kind,
                   const std::string& jump,
                   const std::vector<ParameterSet>& sets) {
  ModelInfo info;
  info.name = name;
  info.summary = "Triplet rule of spike-timing dependent plasticity, " + kind +
                 ", signed weights.";
  info.equations =
      "Presynaptic arrival: w = clip(w - o1 (a2_minus + a3_minus r2)), then r1 "
      "and r2 " +
      jump +
      "; postsynaptic spike: w = clip(w + r1 (a2_plus + a3_plus o2)), then o1 "
      "and o2 " +
      jump +
      ". r1, r2, o1 and o2 decay with tau_plus_ms, tau_x_ms, tau_minus_ms and "
      "tau_y_ms. In one step arrivals come before postsynaptic spikes. Pfister "
      "& Gerstner 2006, doi:10.1523/JNEUROSCI.1425-06.2006.";
  const ParameterSet& first = sets.front();
  using plastic::Amount;
  using plastic::kWeightUnit;
  using plastic::TimeConstant;
  info.parameters = {
      TimeConstant("tau_plus_ms", "Time constant of r1.", 16.8),
      TimeConstant("tau_x_ms", "Time constant of r2.", first.tau_x_ms),
      TimeConstant("tau_minus_ms", "Time constant of o1.", 33.7),
      TimeConstant("tau_y_ms", "Time constant of o2.", first.tau_y_ms),
      Amount("a2_plus", kWeightUnit, "Potentiation by pairs.", first.a2_plus),
      Amount("a3_plus", kWeightUnit, "Potentiation by triplets.",
             first.a3_plus),
      Amount("a2_minus", kWeightUnit, "Depression by pairs.", first.a2_minus),
      Amount("a3_minus", kWeightUnit, "Depression by triplets.",
             first.a3_minus),
  };
  plastic::AddWeightBounds(&info);
  for (const ParameterSet& set : sets) {
    info.cell_classes.push_back(
        {set.name,
         std::string(set.description) + " Pfister & Gerstner 2006.",
         {{"a2_plus", set.a2_plus},
          {"a3_plus", set.a3_plus},
          {"a2_minus", set.a2_minus},
          {"a3_minus", set.a3_minus},
          {"tau_x_ms", set.tau_x_ms},
          {"tau_y_ms", set.tau_y_ms}}});
  }
  return info;
}

template <bool kNearest>
const SynapseModel* New(ModelInfo info) {
  return new plastic::PlasticModel<TripletRule<float, kNearest>,
                                   TripletRule<double, kNearest>>(
      std::move(info));
}

}  // namespace

const SynapseModel* NewStdpTriplet() {
  return New<false>(
      MakeInfo("stdp_triplet", "all spikes", "grow by 1",
               {{"visual_cortex", "Visual cortex, full.", 5e-10, 6.2e-3, 7e-3,
                 2.3e-4, 101, 125},
                {"visual_cortex_minimal", "Visual cortex, minimal.", 0, 6.5e-3,
                 7.1e-3, 0, 101, 114},
                {"hippocampus", "Hippocampal culture, full.", 6.1e-3, 6.7e-3,
                 1.6e-3, 1.4e-3, 946, 27},
                {"hippocampus_minimal", "Hippocampal culture, minimal.", 5.3e-3,
                 8e-3, 3.5e-3, 0, 946, 40}}));
}

const SynapseModel* NewStdpTripletNearest() {
  return New<true>(
      MakeInfo("stdp_triplet_nearest", "nearest spikes", "are set to 1",
               {{"visual_cortex", "Visual cortex, full.", 8.8e-11, 5.3e-2,
                 6.6e-3, 3.1e-3, 714, 40},
                {"visual_cortex_minimal", "Visual cortex, minimal.", 0, 5e-2,
                 8e-3, 0, 714, 40},
                {"hippocampus", "Hippocampal culture, full.", 4.6e-3, 9.1e-3,
                 3e-3, 7.5e-9, 575, 47},
                {"hippocampus_minimal", "Hippocampal culture, minimal.", 4.6e-3,
                 9.1e-3, 3e-3, 0, 575, 48}}));
}

}  // namespace spiked
