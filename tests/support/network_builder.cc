// SPDX-License-Identifier: Apache-2.0

#include "tests/support/network_builder.h"

#include <numeric>

namespace spiked::testing {

NetworkSpec MakeNetwork(double dt_ms, Precision precision) {
  NetworkSpec network;
  network.dt_ms = dt_ms;
  network.precision = precision;
  return network;
}

PopulationSpec MakePopulation(const std::string& name, const std::string& model,
                              int64_t size, ValueMap parameters,
                              ValueMap initial_values) {
  PopulationSpec population;
  population.name = name;
  population.model = model;
  population.size = size;
  population.parameters = std::move(parameters);
  population.initial_values = std::move(initial_values);
  return population;
}

void AddSpikeSource(NetworkSpec* network, const std::string& name,
                    const std::vector<std::vector<int64_t>>& steps) {
  network->populations.push_back(
      MakePopulation(name, "spike_source", static_cast<int64_t>(steps.size())));
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].empty()) continue;
    network->stimuli.push_back(
        MakeSpikes(*network, name, static_cast<int32_t>(i), steps[i]));
  }
}

ProjectionSpec MakeProjection(const std::string& source,
                              const std::string& target, ConnectionRule rule,
                              Value weight, Value delay_ms,
                              SynapseSpec synapse) {
  ProjectionSpec projection;
  projection.source = source;
  projection.target = target;
  projection.rule = std::move(rule);
  projection.weight = std::move(weight);
  projection.delay_ms = std::move(delay_ms);
  projection.synapse = std::move(synapse);
  return projection;
}

ExplicitPairs Pairs(const std::vector<std::pair<int32_t, int32_t>>& pairs) {
  ExplicitPairs result;
  for (const auto& [source, target] : pairs) {
    result.source_indices.push_back(source);
    result.target_indices.push_back(target);
  }
  return result;
}

InputSpec MakeInput(const std::string& population, const std::string& model,
                    ValueMap parameters) {
  InputSpec input;
  input.population = population;
  input.model = model;
  input.parameters = std::move(parameters);
  return input;
}

StimulusSpec MakeCurrent(const NetworkSpec& network,
                         const std::string& population,
                         std::vector<double> amplitudes, int64_t start,
                         int64_t step_count) {
  StimulusSpec stimulus;
  stimulus.population = population;
  stimulus.start = start;
  if (amplitudes.size() > 1) {
    stimulus.neuron_indices.resize(amplitudes.size());
    std::iota(stimulus.neuron_indices.begin(), stimulus.neuron_indices.end(),
              0);
  }
  stimulus.kind = CurrentStimulusSpec{
      std::move(amplitudes), static_cast<double>(step_count) * network.dt_ms};
  return stimulus;
}

void AddCurrents(NetworkSpec* network, const std::string& population,
                 const std::vector<double>& currents) {
  for (size_t k = 0; k < currents.size(); ++k) {
    if (currents[k] == 0) continue;
    network->stimuli.push_back(MakeCurrent(*network, population, {currents[k]},
                                           static_cast<int64_t>(k), 1));
  }
}

StimulusSpec MakeSpikes(const NetworkSpec& network,
                        const std::string& population, int32_t neuron,
                        const std::vector<int64_t>& steps) {
  StimulusSpec stimulus;
  stimulus.population = population;
  stimulus.neuron_indices = {neuron};
  stimulus.start = int64_t{0};
  SpikeStimulusSpec spikes;
  spikes.weight = 2;
  for (int64_t step : steps) {
    spikes.offsets_ms.push_back(static_cast<double>(step) * network.dt_ms);
  }
  stimulus.kind = spikes;
  return stimulus;
}

StimulusSpec MakeArrivals(const NetworkSpec& network,
                          const std::string& population,
                          const std::string& receptor, double weight,
                          const std::vector<int64_t>& steps) {
  StimulusSpec stimulus = MakeSpikes(network, population, 0, steps);
  stimulus.neuron_indices.clear();
  auto& spikes = std::get<SpikeStimulusSpec>(stimulus.kind);
  spikes.weight = weight;
  spikes.receptor = receptor;
  return stimulus;
}

StimulusSpec MakeRates(const NetworkSpec& network,
                       const std::string& population,
                       std::vector<double> rates_hz, double weight,
                       int64_t start, int64_t step_count) {
  StimulusSpec stimulus =
      MakeCurrent(network, population, rates_hz, start, step_count);
  RateStimulusSpec rates;
  rates.rates_hz = std::move(rates_hz);
  rates.duration_ms = static_cast<double>(step_count) * network.dt_ms;
  rates.weight = weight;
  stimulus.kind = rates;
  return stimulus;
}

StimulusSpec MakeSwitch(bool enabled, int64_t start,
                        std::vector<std::string> projections) {
  StimulusSpec stimulus;
  stimulus.start = start;
  stimulus.kind = PlasticitySwitchSpec{enabled, std::move(projections)};
  return stimulus;
}

StimulusSpec MakePulse(double amount, int64_t start,
                       std::vector<std::string> projections) {
  StimulusSpec stimulus;
  stimulus.start = start;
  stimulus.kind = DopaminePulseSpec{std::move(projections), amount};
  return stimulus;
}

NetworkSpec MakeColumnarNetwork(Precision precision, int64_t seed) {
  NetworkSpec network = MakeNetwork(1, precision);
  network.seed = seed;
  // Populations of three columns.
  const auto add = [&](const char* name, const char* model, int64_t size,
                       ValueMap initial_values) {
    PopulationSpec population =
        MakePopulation(name, model, size, {}, std::move(initial_values));
    population.column_count = 3;
    network.populations.push_back(std::move(population));
  };
  add("internal", "izhikevich", 90, {{"v_mv", Uniform{-70, -60}}});
  add("afferent", "izhikevich", 21, {});
  add("bursting", "hindmarsh_rose", 12, {});
  network.populations[0].cell_class = "seed_regular_spiking";
  network.populations[1].parameters = {{"a", Uniform{0.02, 0.1}},
                                       {"d", Normal{6, 2, 2, 10}}};
  network.populations[2].parameters = {{"ms_per_time_unit", 10.0}};

  // Projections, three of them plastic.
  const Mixture weight = {{{0.8, Uniform{0.5, 4}}, {0.2, Uniform{-4, -0.5}}}};
  const DiscreteUniform delay_ms = {1, 19, 1};
  const SynapseSpec stdp = {"stdp_pair",
                            {{"a_plus", 0.1},
                             {"a_minus", 0.1},
                             {"weight_min", -4.0},
                             {"weight_max", 4.0}}};
  const auto connect = [&](const char* source, const char* target,
                           double probability, ColumnRestriction columns,
                           const SynapseSpec& synapse) {
    ProjectionSpec projection =
        MakeProjection(source, target, PairwiseBernoulli{probability}, weight,
                       delay_ms, synapse);
    projection.columns = columns;
    network.projections.push_back(std::move(projection));
  };
  connect("internal", "internal", 0.5, ColumnRestriction::kSame, stdp);
  connect("afferent", "internal", 0.5, ColumnRestriction::kSame, stdp);
  connect("internal", "afferent", 0.2, ColumnRestriction::kOther, stdp);
  connect("bursting", "internal", 0.3, ColumnRestriction::kAny, {});
  // Inputs and stimuli.
  network.inputs.push_back(
      MakeInput("internal", "uniform_noise_current", {{"high", 5.0}}));
  network.inputs.push_back(MakeInput("afferent", "normal_noise_current",
                                     {{"mean", 4.0}, {"std", 3.0}}));
  network.inputs.push_back(MakeInput("bursting", "ornstein_uhlenbeck_current",
                                     {{"std", 0.1}, {"tau_ms", 30.0}}));
  network.stimuli.push_back(MakeCurrent(network, "bursting", {2}, 0, 1000000));
  StimulusSpec pulse = MakeCurrent(network, "internal", {3}, 50, 100);
  pulse.columns = {1};
  network.stimuli.push_back(pulse);
  return network;
}

}  // namespace spiked::testing
