// SPDX-License-Identifier: Apache-2.0

#include "core/build/compile.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "core/build/build_synapses.h"
#include "core/build/catalogue.h"
#include "core/build/plan.h"
#include "core/build/synapse_groups.h"
#include "core/build/validate.h"
#include "core/network/blocks.h"
#include "core/network/dendritic_delays.h"
#include "core/network/model_parameters.h"
#include "core/numbers/random.h"
#include "core/numbers/thread_team.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

// The indices of a table, ordered by the names of its entries.
template <typename Entry>
std::vector<int32_t> OrderByName(const std::vector<Entry>& table) {
  std::vector<int32_t> order(table.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return table[a].name < table[b].name;
  });
  return order;
}

// The index of the entry with a name, or -1. `order` is OrderByName(table).
template <typename Entry>
int FindOrdered(const std::vector<Entry>& table,
                const std::vector<int32_t>& order, const std::string& name) {
  const auto it = std::lower_bound(
      order.begin(), order.end(), name,
      [&](int32_t i, const std::string& n) { return table[i].name < n; });
  return it != order.end() && table[*it].name == name ? *it : -1;
}

class NetworkBuilder {
 public:
  NetworkBuilder(const NetworkPlan& plan, ThreadTeam& team,
                 BuildProgress& progress)
      : plan_(plan),
        spec_(*plan.spec),
        team_(team),
        progress_(progress),
        network_(std::make_unique<Network>()) {}

  absl::StatusOr<std::unique_ptr<const Network>> Build() {
    network_->dt_ms = spec_.dt_ms;
    network_->precision = spec_.precision;
    network_->seed = spec_.seed;
    progress_.Begin(BuildProgress::Phase::kPopulations);
    std::vector<int64_t> sizes;
    for (const PopulationSpec& p : spec_.populations) {
      if (progress_.cancelled()) return Stopped();
      AddPopulation(p);
      sizes.push_back(p.size);
    }
    network_->populations_by_name = OrderByName(network_->populations);
    network_->blocks = MakeBlocks(sizes, team_.size());
    SetInitialVariables();
    progress_.Begin(BuildProgress::Phase::kSynapses);
    network_->projections.resize(spec_.projections.size());
    progress_.Expect(ExpectedWork());
    for (const PlannedGroup& group : plan_.groups) {
      if (progress_.cancelled()) return Stopped();
      absl::Status status = AddGroup(group.spec);
      if (!status.ok()) return status;
    }
    progress_.Begin(BuildProgress::Phase::kFinishing);
    network_->projections_by_name = OrderByName(network_->projections);
    for (const InputSpec& input : spec_.inputs) AddInput(input);
    network_->inputs_by_name = OrderByName(network_->inputs);
    for (const EncoderSpec& encoder : spec_.encoders) AddEncoder(encoder);
    network_->encoders_by_name = OrderByName(network_->encoders);
    for (const StimulusSpec& stimulus : spec_.stimuli) {
      for (Stimulus& s : CompileStimulus(*network_, stimulus, 0, nullptr)) {
        network_->stimuli.push_back(std::move(s));
      }
    }
    return std::move(network_);
  }

 private:
  static absl::Status Stopped() {
    return absl::CancelledError("building stopped");
  }

  // Expected work of BuildSynapses in its own units. It draws twice all
  // synapses that it can't store at once.
  double ExpectedWork() const {
    double work = 0;
    for (const PlannedGroup& group : plan_.groups) {
      const WeightChoice& weights = group.spec.weights;
      const bool is_drawn =
          !weights.dense || weights.format != WeightFormat::kConstant;
      for (size_t i : group.spec.projections) {
        const ProjectionSpec& p = spec_.projections[i];
        const bool by_target = std::holds_alternative<FixedIndegree>(p.rule);
        const std::string& owner = by_target ? p.target : p.source;
        const auto owners = static_cast<double>(
            spec_.populations[network_->FindPopulation(owner)].size);
        work += (is_drawn ? 1 : 0) * (weights.dense ? 1 : 2) *
                (plan_.synapse_counts[i] + owners);
      }
    }
    return work;
  }

  void AddPopulation(const PopulationSpec& spec) {
    Population p;
    p.name = spec.name;
    p.layer = spec.layer;
    p.model = FindNeuronModel(spec.model);
    p.count = spec.size;
    p.column_count = spec.column_count;
    p.first_neuron = network_->neuron_count;
    p.stride = (p.count + kLanes - 1) / kLanes * kLanes;
    p.variables_offset = variable_scalars_;
    const ModelInfo& info = p.model->info();
    p.scheme = spec.scheme.empty() ? 0 : IndexByName(info.schemes, spec.scheme);
    p.cell_class = spec.cell_class;
    p.parameters = spec.parameters;
    parameters_.push_back(ParametersOf(*network_, p));
    p.kernel = MakeKernel(*network_, p, parameters_.back());
    variable_scalars_ += info.variables.size() * p.stride;
    network_->neuron_count += p.count;
    p.receptors.resize(info.receptors.size());
    network_->input_rows.sums = std::max(
        network_->input_rows.sums, static_cast<int>(info.receptors.size()));
    network_->populations.push_back(std::move(p));
  }

  void SetInitialVariables() {
    size_t scalars = variable_scalars_;
    for (const InputSpec& input : spec_.inputs) {
      scalars +=
          FindInputModel(input.model)->state_rows() *
          network_->populations[network_->FindPopulation(input.population)]
              .stride;
    }
    network_->initial_variables =
        AlignedArray(scalars * network_->scalar_bytes());
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

  // Builds the synapses of a group and adds them to the network. `group` is a
  // copy: if its sums could overflow, it is built again with full weights.
  absl::Status AddGroup(SynapseGroupSpec group) {
    absl::StatusOr<BuiltSynapses> built =
        BuildSynapses(spec_, group, plan_.weights, *network_, team_, progress_);
    if (built.ok() && !FitsSums(group, built->largest_sum)) {
      group.weights.format = WeightFormat::kFull;
      built = BuildSynapses(spec_, group, plan_.weights, *network_, team_,
                            progress_);
    }
    if (!built.ok()) return built.status();
    // Enter the projections of the group.
    const auto index = static_cast<int>(network_->groups.size());
    built->layout.input_row = ConnectInputs(group);
    built->layout.dendritic_delay_fraction = group.dendritic_delay_fraction;
    for (size_t k = 0; k < group.projections.size(); ++k) {
      const ProjectionSpec& spec = spec_.projections[group.projections[k]];
      network_->projections[group.projections[k]] = {
          NameOf(spec),
          network_->FindPopulation(spec.source),
          network_->FindPopulation(spec.target),
          index,
          built->synapse_counts[k],
          WeightBits(group.weights.format)};
      network_->synapse_count += built->synapse_counts[k];
    }
    // A postsynaptic spike may reach its synapses after the whole delay, at the
    // end of a step, and spikes on their way arrive before that step.
    const bool is_dendritic = group.dendritic_delay_fraction > 0;
    network_->max_delay_steps =
        std::max<int64_t>(network_->max_delay_steps,
                          built->layout.delays.back() + (is_dendritic ? 1 : 0));
    // Compile the synapse model, with the range of weights that it allows.
    const SynapseModel* model = ModelOf(group);
    const Parameters parameters =
        Parameters::Resolve(model->info(), group.synapse.parameter_set,
                            group.synapse.parameters, 1, spec_.seed, "");
    const double largest = LargestNumber(spec_.precision);
    double weight_min = -largest;
    double weight_max = largest;
    model->CheckWeights(parameters, &weight_min, &weight_max);
    weight_min = std::max(weight_min, -largest);
    weight_max = std::min(weight_max, largest);
    const int64_t state_bytes = StateBytes(*model, built->layout);
    network_->groups.push_back(
        {group.receptor, model->is_plastic(), model->takes_dopamine(),
         model->Compile(parameters, std::move(built->layout), *network_),
         weight_min, weight_max, built->largest_indegree, state_bytes});
    return absl::OkStatus();
  }

  // Bytes of the state of a group, computed as in core/build/estimate.h.
  int64_t StateBytes(const SynapseModel& model,
                     const SynapseLayout& layout) const {
    size_t synapses = 0;  // with padding
    for (const SynapseTable& table : layout.blocks) {
      synapses += table.targets.bytes() / sizeof(uint16_t);
    }
    return static_cast<int64_t>(
        static_cast<double>(synapses) *
            model.StateBytesPerSynapse(spec_.precision) +
        static_cast<double>(network_->neuron_count) *
            static_cast<double>(DendriticPlanes(layout).steps.size()) *
            model.StateBytesPerNeuron(spec_.precision));
  }

  // Whether the sums of counts and integers can't overflow even if all synapses
  // deliver in one step: they are added without checks.
  bool FitsSums(const SynapseGroupSpec& group, int64_t largest_sum) {
    switch (group.weights.format) {
      case WeightFormat::kConstant:
        return largest_sum <= std::numeric_limits<uint16_t>::max();
      case WeightFormat::kBits16: {
        std::set<std::string> targets;
        for (size_t i : group.projections) {
          targets.insert(spec_.projections[i].target);
        }
        bool fits = true;
        for (const std::string& target : targets) {
          int64_t& sum = largest_sums_[{target, group.receptor}];
          sum += largest_sum;
          fits = fits && sum <= std::numeric_limits<int32_t>::max() - 65536;
        }
        return fits;
      }
      case WeightFormat::kFull:
        break;
    }
    return true;
  }

  int WeightBits(WeightFormat format) const {
    switch (format) {
      case WeightFormat::kConstant:
        return 0;
      case WeightFormat::kBits16:
        return 16;
      case WeightFormat::kFull:
        break;
    }
    return spec_.precision == Precision::kFloat64 ? 64 : 32;
  }

  // Tells the targets of a group in which row of their input buffers its
  // deliveries arrive; returns the row.
  int ConnectInputs(const SynapseGroupSpec& group) {
    if (group.weights.format == WeightFormat::kFull) return group.receptor;
    const bool counts = group.weights.format == WeightFormat::kConstant;
    int row;
    if (counts) {
      row = group.count_row;
      network_->input_rows.counts =
          std::max(network_->input_rows.counts, row + 1);
    } else {
      const auto [it, added] = integer_rows_.try_emplace(
          group.receptor, network_->input_rows.integers);
      if (added) ++network_->input_rows.integers;
      row = it->second;
    }
    std::set<int> targets;
    for (size_t i : group.projections) {
      const int target = network_->FindPopulation(spec_.projections[i].target);
      ReceptorInput& receptor =
          network_->populations[target].receptors[group.receptor];
      if (!counts) {
        receptor.integer_row = row;
        receptor.unit = plan_.weights[i].unit;
      } else if (targets.insert(target).second) {
        receptor.counts.push_back({row, group.weights.constant});
      }
    }
    return row;
  }

  void AddInput(const InputSpec& spec) {
    const int index = network_->FindPopulation(spec.population);
    Population& population = network_->populations[index];
    const InputModel* model = FindInputModel(spec.model);
    const int receptor =
        InputReceptorIndex(*population.model, *model, spec.receptor);
    const std::string name = NameOf(spec);
    population.inputs.push_back(static_cast<int>(network_->inputs.size()));
    population.receptors[receptor].has_inputs = true;
    const int state_rows = model->state_rows();
    network_->inputs.push_back({name, index, receptor, model, spec.parameters,
                                nullptr, state_rows, variable_scalars_});
    Input& input = network_->inputs.back();
    input.kernel = MakeKernel(*network_, input, ParametersOf(*network_, input));
    variable_scalars_ += state_rows * population.stride;
    if (state_rows == 0) return;
    input.kernel->Begin({.step = -1,
                         .first = 0,
                         .count = population.count,
                         .row = nullptr,
                         .state = network_->initial_variables.as<std::byte>() +
                                  input.state_offset * network_->scalar_bytes(),
                         .stride = static_cast<size_t>(population.stride)});
  }

  void AddEncoder(const EncoderSpec& spec) {
    const int index = network_->FindPopulation(spec.population);
    const Population& population = network_->populations[index];
    const EncoderModel* model = FindEncoderModel(spec.tuning);
    // No population or input can have a name with a colon, so no other random
    // stream is the same.
    const std::string owner = "encoder:" + spec.name;
    network_->encoders.push_back(
        {spec.name, index,
         EncoderReceptorIndex(*population.model, *model, spec.receptor),
         spec.dimension_count, model,
         Parameters::Resolve(model->info(), "", spec.parameters,
                             population.count, spec_.seed, owner)});
  }

  static constexpr int64_t kLanes = ParameterRow<float>::kLanes;

  const NetworkPlan& plan_;
  const NetworkSpec& spec_;
  ThreadTeam& team_;
  BuildProgress& progress_;
  std::unique_ptr<Network> network_;
  std::vector<Parameters> parameters_;  // [populations]
  size_t variable_scalars_ = 0;
  std::map<int, int> integer_rows_;  // by receptor index
  // In units, by population and receptor index.
  std::map<std::pair<std::string, int>, int64_t> largest_sums_;
};

}  // namespace

int Network::FindPopulation(const std::string& name) const {
  return FindOrdered(populations, populations_by_name, name);
}
int Network::FindProjection(const std::string& name) const {
  return FindOrdered(projections, projections_by_name, name);
}
int Network::FindInput(const std::string& name) const {
  return FindOrdered(inputs, inputs_by_name, name);
}
int Network::FindEncoder(const std::string& name) const {
  return FindOrdered(encoders, encoders_by_name, name);
}

absl::StatusOr<std::unique_ptr<const Network>> Compile(
    const NetworkPlan& plan, int thread_count, BuildProgress* progress) {
  if (!plan.violations.empty()) {
    return absl::InvalidArgumentError(plan.violations.Text());
  }
  BuildProgress unseen;
  ThreadTeam team(thread_count);
  return NetworkBuilder(plan, team, progress == nullptr ? unseen : *progress)
      .Build();
}

absl::StatusOr<std::unique_ptr<const Network>> Compile(
    const NetworkSpec& spec, int thread_count, BuildProgress* progress) {
  if (progress != nullptr) progress->Begin(BuildProgress::Phase::kValidating);
  return Compile(Plan(spec), thread_count, progress);
}

}  // namespace spiked
