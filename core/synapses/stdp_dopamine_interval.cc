// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_dopamine_interval.h"

#include "core/numbers/decay_table.h"
#include "core/synapses/nearest_pair_sum.h"
#include "core/synapses/plastic_kernel.h"
#include "core/synapses/plastic_parameters.h"

namespace spiked {
namespace {

// The sum of nearest pairs is the eligibility. It changes also while plasticity
// is off, as the dopamine does.
template <typename T>
class DopamineIntervalRule : public plastic::NearestPairSum<T> {
 public:
  using Base = plastic::NearestPairSum<T>;
  using typename Base::Synapse;
  using typename Base::Target;

  DopamineIntervalRule(const Parameters& p, double dt_ms)
      : Base(p, dt_ms, Bounds(p)),
        dopamine_decay_(dt_ms, p.Get(kTauN)),
        tonic_(p.Get(kTonic)) {}

  static plastic::WeightBounds Bounds(const Parameters& p) {
    return {p.Get(kMin), p.Get(kMax)};
  }
  static double TableBytes(const Parameters& p, double dt_ms) {
    return Base::TableBytes(p, dt_ms) +
           DecayTable<double>::Bytes(dt_ms, {p.Get(kTauN)});
  }

  const DecayTable<double>& dopamine_decay() const { return dopamine_decay_; }

  void Apply(Synapse& s, const Target&, double dopamine, uint32_t) const {
    this->ChangeWeight(s, static_cast<T>(tonic_ + dopamine) * s.sum);
  }

 private:
  // In the order of ModelInfo::parameters, after those of the base.
  enum Parameter { kTauN = Base::kParameters, kTonic, kMin, kMax };

  DecayTable<double> dopamine_decay_;
  double tonic_;
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
