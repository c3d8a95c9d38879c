// SPDX-License-Identifier: Apache-2.0

#include "core/compile.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "core/catalogue.h"
#include "core/connectivity.h"
#include "core/delays.h"
#include "core/random.h"
#include "core/synapse_groups.h"
#include "core/validate.h"
#include "core/value.h"

namespace spiked {
namespace {

constexpr int64_t kSlotMultiple = ParameterRow<float>::kLanes;

class NetworkBuilder {
 public:
  explicit NetworkBuilder(const NetworkSpec& spec)
      : spec_(spec), network_(std::make_unique<Network>()) {}

  std::unique_ptr<const Network> Build() {
    network_->dt_ms = spec_.dt_ms;
    network_->precision = spec_.precision;
    network_->seed = spec_.seed;
    for (const PopulationSpec& p : spec_.populations) AddPopulation(p);
    SetInitialVariables();
    network_->projections.resize(spec_.projections.size());
    for (const SynapseGroupSpec& group : GroupSynapses(spec_)) AddGroup(group);
    for (const InputSpec& input : spec_.inputs) AddInput(input);
    for (const StimulusSpec& stimulus : spec_.stimuli) {
      for (Stimulus& s : CompileStimulus(*network_, stimulus, 0, nullptr)) {
        network_->stimuli.push_back(std::move(s));
      }
    }
    return std::move(network_);
  }

 private:
  // A synapse before it has its place.
  struct Synapse {
    uint32_t source;  // slots
    uint32_t target;
    int32_t delay;
    double weight;
  };

  void AddPopulation(const PopulationSpec& spec) {
    Population p;
    p.name = spec.name;
    p.layer = spec.layer;
    p.model = FindNeuronModel(spec.model);
    p.count = spec.size;
    p.column_count = spec.column_count;
    p.first_neuron = network_->neuron_count;
    p.first_slot = network_->slot_count;
    p.stride = (p.count + kSlotMultiple - 1) / kSlotMultiple * kSlotMultiple;
    p.variables_offset = variable_scalars_;
    const ModelInfo& info = p.model->info();
    parameters_.push_back(Parameters::Resolve(info, spec.cell_class,
                                              spec.parameters, p.count,
                                              spec_.seed, spec.name));
    const int scheme =
        spec.scheme.empty() ? 0 : IndexByName(info.schemes, spec.scheme);
    p.kernel = p.model->Compile(parameters_.back(), scheme, spec_.dt_ms,
                                spec_.precision);
    variable_scalars_ += info.variables.size() * p.stride;
    network_->neuron_count += p.count;
    network_->slot_count += p.stride;
    network_->receptor_count =
        std::max<int64_t>(network_->receptor_count, info.receptors.size());
    network_->populations.push_back(std::move(p));
  }

  void SetInitialVariables() {
    network_->initial_variables =
        AlignedArray(variable_scalars_ * network_->scalar_bytes());
    for (size_t p = 0; p < network_->populations.size(); ++p) {
      SetInitialVariables(network_->populations[p], spec_.populations[p],
                          parameters_[p]);
    }
  }

  void SetInitialVariables(const Population& population,
                           const PopulationSpec& spec,
                           const Parameters& parameters) {
    const auto& infos = population.model->info().variables;
    std::vector<double> row(infos.size());
    for (int64_t i = 0; i < population.count; ++i) {
      for (size_t v = 0; v < infos.size(); ++v) {
        const auto it = spec.initial_values.find(infos[v].name);
        row[v] = it == spec.initial_values.end()
                     ? std::numeric_limits<double>::quiet_NaN()
                     : NumberOf(it->second,
                                MakeRandomStream(spec_.seed,
                                                 RandomPurpose::kInitialValue,
                                                 spec.name, infos[v].name),
                                i);
      }
      population.model->Initialize(parameters, i, absl::MakeSpan(row));
      for (size_t v = 0; v < infos.size(); ++v) {
        Store(network_->initial_variables,
              population.variables_offset + v * population.stride + i, row[v]);
      }
    }
  }

  void Store(AlignedArray& array, size_t i, double x) {
    if (spec_.precision == Precision::kFloat64) {
      array.as<double>()[i] = x;
    } else {
      array.as<float>()[i] = static_cast<float>(x);
    }
  }

  void AddGroup(const SynapseGroupSpec& group) {
    std::vector<Synapse> synapses;
    for (size_t index : group.projections) {
      const size_t before = synapses.size();
      DrawSynapses(spec_.projections[index], &synapses);
      const ProjectionSpec& spec = spec_.projections[index];
      network_->projections[index] = {
          NameOf(spec), network_->FindPopulation(spec.source),
          network_->FindPopulation(spec.target),
          static_cast<int>(network_->groups.size()),
          static_cast<int64_t>(synapses.size() - before)};
    }
    network_->synapse_count += static_cast<int64_t>(synapses.size());
    SynapseTable table;
    std::vector<double> weights;
    Sort(synapses, &table, &weights);
    if (!table.delays.empty()) {
      network_->max_delay_steps =
          std::max<int64_t>(network_->max_delay_steps, table.delays.front());
    }
    const SynapseModel* model = FindSynapseModel(group.synapse.model);
    const Parameters parameters = Parameters::Resolve(
        model->info(), "", group.synapse.parameters, 1, spec_.seed, "");
    network_->groups.push_back(
        {group.receptor,
         model->Compile(parameters, std::move(table), std::move(weights),
                        spec_.dt_ms, spec_.precision)});
  }

  void DrawSynapses(const ProjectionSpec& spec,
                    std::vector<Synapse>* synapses) {
    const int source_index = network_->FindPopulation(spec.source);
    const int target_index = network_->FindPopulation(spec.target);
    const int64_t first_source = network_->populations[source_index].first_slot;
    const int64_t first_target = network_->populations[target_index].first_slot;
    const RandomStream weights =
        MakeRandomStream(spec_.seed, RandomPurpose::kWeight, NameOf(spec));
    const RandomStream delays =
        MakeRandomStream(spec_.seed, RandomPurpose::kDelay, NameOf(spec));
    const Connectivity connectivity(spec, spec_.populations[source_index],
                                    spec_.populations[target_index],
                                    spec_.seed);
    Partners partners;
    for (int64_t owner = 0; owner < connectivity.owner_count(); ++owner) {
      connectivity.Find(owner, &partners);
      for (size_t e = 0; e < partners.neuron.size(); ++e) {
        const int64_t partner = partners.neuron[e];
        const bool by_target = connectivity.by_target();
        const uint64_t element = partners.ElementOf(owner, e);
        synapses->push_back(
            {static_cast<uint32_t>(first_source +
                                   (by_target ? partner : owner)),
             static_cast<uint32_t>(first_target +
                                   (by_target ? owner : partner)),
             DelayStepsOf(NumberOf(spec.delay_ms, delays, element),
                          spec_.dt_ms),
             NumberOf(spec.weight, weights, element)});
      }
    }
  }

  // Counting sort by source and delay; what is equal keeps its order.
  void Sort(const std::vector<Synapse>& synapses, SynapseTable* table,
            std::vector<double>* weights) {
    table->slot_count = network_->slot_count;
    std::set<int32_t, std::greater<>> delays;
    for (const Synapse& s : synapses) delays.insert(s.delay);
    table->delays.assign(delays.begin(), delays.end());
    std::vector<uint32_t> rank(delays.empty() ? 0 : *delays.begin() + 1);
    for (size_t i = 0; i < table->delays.size(); ++i) {
      rank[table->delays[i]] = static_cast<uint32_t>(i);
    }
    const auto segment = [&](const Synapse& s) {
      return s.source * table->delays.size() + rank[s.delay];
    };
    table->begin.assign(table->slot_count * table->delays.size() + 1, 0);
    for (const Synapse& s : synapses) ++table->begin[segment(s) + 1];
    for (size_t i = 1; i < table->begin.size(); ++i) {
      table->begin[i] += table->begin[i - 1];
    }
    std::vector<uint32_t> next = table->begin;
    table->target.resize(synapses.size());
    weights->resize(synapses.size());
    for (const Synapse& s : synapses) {
      const uint32_t at = next[segment(s)]++;
      table->target[at] = s.target;
      (*weights)[at] = s.weight;
    }
  }

  void AddInput(const InputSpec& spec) {
    const int population = network_->FindPopulation(spec.population);
    const InputModel* model = FindInputModel(spec.model);
    const std::string name = NameOf(spec);
    network_->inputs.push_back(
        {population,
         model->Compile(
             Parameters::Resolve(model->info(), "", spec.parameters,
                                 network_->populations[population].count,
                                 spec_.seed, name),
             MakeRandomStream(spec_.seed, RandomPurpose::kInput, name),
             spec_.dt_ms, spec_.precision)});
  }

  const NetworkSpec& spec_;
  std::unique_ptr<Network> network_;
  std::vector<Parameters> parameters_;  // [populations]
  size_t variable_scalars_ = 0;
};

}  // namespace

int Network::FindPopulation(const std::string& name) const {
  return IndexByName(populations, name);
}

absl::StatusOr<std::unique_ptr<const Network>> Compile(
    const NetworkSpec& spec) {
  const Violations violations = ValidateNetwork(spec, "network");
  if (!violations.empty()) {
    return absl::InvalidArgumentError(violations.Text());
  }
  return NetworkBuilder(spec).Build();
}

}  // namespace spiked
