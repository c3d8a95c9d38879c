// SPDX-License-Identifier: Apache-2.0
//
// Small networks in a line or two, for tests.

#ifndef SPIKED_TESTS_SUPPORT_NETWORK_BUILDER_H_
#define SPIKED_TESTS_SUPPORT_NETWORK_BUILDER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/spec/network_spec.h"

namespace spiked::testing {

// A network without populations.
NetworkSpec MakeNetwork(double dt_ms,
                        Precision precision = Precision::kFloat64);

PopulationSpec MakePopulation(const std::string& name, const std::string& model,
                              int64_t size, ValueMap parameters = {},
                              ValueMap initial_values = {});

// Adds neurons that spike in the given steps to the network: a population and
// its stimuli. steps[i] are the steps of neuron i.
void AddSpikeSource(NetworkSpec* network, const std::string& name,
                    const std::vector<std::vector<int64_t>>& steps);

ProjectionSpec MakeProjection(const std::string& source,
                              const std::string& target, ConnectionRule rule,
                              Value weight, Value delay_ms,
                              SynapseSpec synapse = {});

// A list of (source, target) pairs.
ExplicitPairs Pairs(const std::vector<std::pair<int32_t, int32_t>>& pairs);

InputSpec MakeInput(const std::string& population, const std::string& model,
                    ValueMap parameters);

// A current into all neurons of a population in `step_count` steps from `start`
// on. Amplitudes: one for all, or one per neuron.
StimulusSpec MakeCurrent(const NetworkSpec& network,
                         const std::string& population,
                         std::vector<double> amplitudes, int64_t start,
                         int64_t step_count);

// One current for each step: currents[k] acts in step k.
void AddCurrents(NetworkSpec* network, const std::string& population,
                 const std::vector<double>& currents);

// A spike for one neuron in each of the steps, with weight 2, so that a spike
// source fires whatever synapses with weights in (-1, 1) add.
StimulusSpec MakeSpikes(const NetworkSpec& network,
                        const std::string& population, int32_t neuron,
                        const std::vector<int64_t>& steps);

// Input of `weight` to a receptor of all neurons in the given steps.
StimulusSpec MakeArrivals(const NetworkSpec& network,
                          const std::string& population,
                          const std::string& receptor, double weight,
                          const std::vector<int64_t>& steps);

// Poisson spikes into all neurons of a population in `step_count` steps from
// `start` on. Rates: one for all, or one per neuron.
StimulusSpec MakeRates(const NetworkSpec& network,
                       const std::string& population,
                       std::vector<double> rates_hz, double weight,
                       int64_t start, int64_t step_count);

// Switches the plasticity of projections (empty: all) at a step.
StimulusSpec MakeSwitch(bool enabled, int64_t start,
                        std::vector<std::string> projections = {});

// Gives dopamine to projections (empty: all that take it) at a step.
StimulusSpec MakePulse(double amount, int64_t start,
                       std::vector<std::string> projections = {});

// A small columnar plastic network similar to clients/networks/columnar.yaml
// that contains every kind of object of the core.
NetworkSpec MakeColumnarNetwork(Precision precision, int64_t seed);

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_NETWORK_BUILDER_H_
