// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_triplet.h"

#include <string>
#include <utility>
#include <vector>

#include "core/synapses/plastic_kernel.h"
#include "core/synapses/plastic_parameters.h"
#include "core/synapses/stdp_triplet_rule.h"

namespace spiked {
namespace {

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
  // The first set gives the defaults.
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
  // Published parameter sets.
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
  return new plastic::PlasticModel<plastic::TripletRule<float, kNearest>,
                                   plastic::TripletRule<double, kNearest>>(
      std::move(info));
}

}  // namespace

ModelInfo StdpTripletInfo() {
  return MakeInfo("stdp_triplet", "all spikes", "grow by 1",
                  {{"visual_cortex", "Visual cortex, full.", 5e-10, 6.2e-3,
                    7e-3, 2.3e-4, 101, 125},
                   {"visual_cortex_minimal", "Visual cortex, minimal.", 0,
                    6.5e-3, 7.1e-3, 0, 101, 114},
                   {"hippocampus", "Hippocampal culture, full.", 6.1e-3, 6.7e-3,
                    1.6e-3, 1.4e-3, 946, 27},
                   {"hippocampus_minimal", "Hippocampal culture, minimal.",
                    5.3e-3, 8e-3, 3.5e-3, 0, 946, 40}});
}

const SynapseModel* NewStdpTriplet() { return New<false>(StdpTripletInfo()); }

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
