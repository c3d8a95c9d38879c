// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_accumulated.h"

#include "core/synapses/nearest_pair_sum.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/plastic_parameters.h"

namespace spiked {
namespace {

template <typename T>
class AccumulatedRule : public plastic::NearestPairSum<T> {
 public:
  using Base = plastic::NearestPairSum<T>;
  using typename Base::Synapse;
  using typename Base::Target;

  AccumulatedRule(const Parameters& p, double dt_ms)
      : Base(p, dt_ms, Bounds(p)), drift_(static_cast<T>(p.Get(kDrift))) {}

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
  }

  void Hold(Synapse& s, const Synapse& before) const { s.sum = before.sum; }

  void Apply(Synapse& s, const Target&, uint32_t) const {
    this->ChangeWeight(s, drift_ + s.sum);
  }

 private:
  // In the order of ModelInfo::parameters, after those of the base.
  enum Parameter { kDrift = Base::kParameters, kMin, kMax };

  T drift_;
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
      Amount("keep", "", "What is left of the sum after an interval.", 0.9, 1),
      {"drift", kWeightUnit, "What is added in every interval.", 0.01},
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
