// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/synaptic_scaling.h"

#include <string>
#include <utility>

#include "core/synapses/plastic_kernel.h"
#include "core/synapses/plastic_parameters.h"
#include "core/synapses/scaled_rule.h"
#include "core/synapses/stdp_triplet.h"
#include "core/synapses/stdp_triplet_rule.h"

namespace spiked {
namespace {

constexpr char kEquations[] =
    "Every interval_ms: w = clip(w (1 + interval_ms / tau_scaling_ms (1 - (r / "
    "rate_target_hz)^3))), where r = K / tau_rate_ms is the rate of the "
    "target; K jumps by 1 at its spikes and decays with tau_rate_ms. Zenke et "
    "al. 2013, doi:10.1371/journal.pcbi.1003330.";

// Appends the parameters that ScaledRule reads.
void AddScaling(ModelInfo* info) {
  info->parameters.push_back({.name = "rate_target_hz",
                              .unit = "Hz",
                              .description = "Rate that is aimed at.",
                              .default_value = 10,
                              .min = 0,
                              .min_exclusive = true});
  info->parameters.push_back(plastic::TimeConstant(
      "tau_rate_ms", "Time over which rates are measured.", 10000));
  info->parameters.push_back(plastic::TimeConstant(
      "tau_scaling_ms", "Time constant of growth at rate 0.", 100000));
  info->parameters.push_back(plastic::Interval(100));
}

template <class RuleF32, class RuleF64>
const SynapseModel* New(ModelInfo info) {
  return new plastic::PlasticModel<plastic::ScaledRule<RuleF32>,
                                   plastic::ScaledRule<RuleF64>>(
      std::move(info));
}

}  // namespace

const SynapseModel* NewStdpTripletScaling() {
  ModelInfo info = StdpTripletInfo();
  info.name = "stdp_triplet_scaling";
  info.summary =
      "Triplet rule of spike-timing dependent plasticity, all spikes, and "
      "homeostatic scaling.";
  info.equations += std::string(" ") + kEquations;
  AddScaling(&info);
  return New<plastic::TripletRule<float, false>,
             plastic::TripletRule<double, false>>(std::move(info));
}

const SynapseModel* NewSynapticScaling() {
  ModelInfo info;
  info.name = "synaptic_scaling";
  info.summary = "Homeostatic scaling of all weights of a neuron.";
  info.equations = kEquations;
  plastic::AddWeightBounds(&info);
  AddScaling(&info);
  return New<plastic::FixedRule<float>, plastic::FixedRule<double>>(
      std::move(info));
}

}  // namespace spiked
