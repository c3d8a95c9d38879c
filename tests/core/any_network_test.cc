// SPDX-License-Identifier: Apache-2.0
//
// Random networks over all models, rules and synapses of the catalogue, drawn
// so that they are valid and spike. They check what must hold for every
// network, also for models that are added later.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "core/build/catalogue.h"
#include "core/build/validate.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

using testing::MakeInput;
using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;
using testing::Simulation;

class AnyNetworks {
 public:
  explicit AnyNetworks(uint32_t seed) : random_(seed) {}

  // A network with noise and drawn connections.
  NetworkSpec Next() {
    NetworkSpec network = MakeNetwork(
        0.1, Chance(0.3) ? Precision::kFloat64 : Precision::kFloat32);
    network.seed = static_cast<int64_t>(random_());
    const size_t populations = 2 + random_() % 3;
    for (size_t p = 0; p < populations; ++p) {
      AddPopulation(&network, 2 * (3 + static_cast<int64_t>(random_() % 80)));
    }
    const size_t projections = 2 + random_() % 4;
    for (size_t k = 0; k < projections; ++k) AddProjection(&network);
    if (Chance(0.34)) AddSwitches(&network);
    AddPulses(&network);
    return network;
  }

  // A network without random numbers: currents, explicit pairs.
  NetworkSpec NextFixed() {
    NetworkSpec network = MakeNetwork(0.1);
    network.populations = {RandomPopulation("a", 40),
                           RandomPopulation("b", 40)};
    for (const PopulationSpec& population : network.populations) {
      const int receptor =
          CurrentReceptor(FindNeuronModel(population.model)->info());
      if (receptor < 0) continue;
      std::vector<double> amplitudes;
      for (int i = 0; i < 40; ++i) {
        amplitudes.push_back(Drive(population.model, receptor) *
                             (0.7 + 0.02 * i));
      }
      network.stimuli.push_back(testing::MakeCurrent(
          network, population.name, std::move(amplitudes), 2, 300));
    }
    const std::string model = OneOf(SynapseModels())->info().name;
    for (const char* target : {"a", "b"}) {
      std::vector<std::pair<int32_t, int32_t>> pairs;
      std::vector<double> weights, delays;
      for (int i = 0; i < 400; ++i) {
        pairs.emplace_back(random_() % 40, random_() % 40);
        weights.push_back(0.1 + 0.8 * Uniform01());
        delays.push_back(0.1 * static_cast<double>(1 + random_() % 12));
      }
      network.projections.push_back(MakeProjection(
          "a", target, testing::Pairs(pairs), weights, delays, {model, {}}));
    }
    return network;
  }

  bool Chance(double p) { return Uniform01() < p; }

 private:
  double Uniform01() {
    return std::uniform_real_distribution<double>(0, 1)(random_);
  }
  template <typename Container>
  const typename Container::value_type& OneOf(const Container& choices) {
    return choices[random_() % choices.size()];
  }

  // An input that makes most neurons of a model spike, by the unit of the
  // receptor.
  static double Drive(const std::string& model, int receptor) {
    static const auto* const by_unit = new std::map<std::string, double>{
        {"pA", 900}, {"nS", 8}, {"mV", 3}, {"mV/ms", 15}, {"Hz", 200}, {"", 2}};
    const auto it =
        by_unit->find(FindNeuronModel(model)->info().receptors[receptor].unit);
    return it == by_unit->end() ? 3 : it->second;
  }

  PopulationSpec RandomPopulation(const std::string& name, int64_t size) {
    const ModelInfo& info = OneOf(NeuronModels())->info();
    PopulationSpec population = MakePopulation(name, info.name, size);
    if (!info.schemes.empty()) population.scheme = OneOf(info.schemes).name;
    return population;
  }

  void AddPopulation(NetworkSpec* network, int64_t size) {
    const std::string name = "p" + std::to_string(network->populations.size());
    network->populations.push_back(RandomPopulation(name, size));
    const PopulationSpec& population = network->populations.back();
    const ModelInfo& info = FindNeuronModel(population.model)->info();
    const int receptor = CurrentReceptor(info);
    if (receptor < 0) return;
    const double drive = Drive(population.model, receptor);
    network->inputs.push_back(
        MakeInput(name, "normal_noise_current",
                  {{"mean", 0.8 * drive}, {"std", 0.8 * drive}}));
    if (Chance(0.5)) {
      network->stimuli.push_back(
          testing::MakeCurrent(*network, name, {drive}, 20, 50));
    }
    if (Chance(0.3)) {
      network->stimuli.push_back(
          testing::MakeRates(*network, name, {2000}, 0.5 * drive, 40, 200));
    }
  }

  ConnectionRule RandomRule(const NetworkSpec& network, int source,
                            int target) {
    const int64_t sources = network.populations[source].size;
    const int64_t targets = network.populations[target].size;
    switch (random_() % 6) {
      case 0:
        return PairwiseBernoulli{0.2};
      case 1:
        return FixedIndegree{static_cast<int32_t>(1 + sources / 4)};
      case 2:
        return FixedOutdegree{static_cast<int32_t>(1 + targets / 4)};
      case 3:
        return FixedTotalNumber{sources * targets / 4};
      case 4:
        if (sources == targets) return OneToOne{};
        return AllToAll{};
      default:
        return AllToAll{};
    }
  }

  void AddProjection(NetworkSpec* network) {
    const int count = static_cast<int>(network->populations.size());
    const int source = static_cast<int>(random_() % count);
    const int target = static_cast<int>(random_() % count);
    const std::string& target_model = network->populations[target].model;
    const auto& receptors = FindNeuronModel(target_model)->info().receptors;
    const auto receptor = static_cast<int>(random_() % receptors.size());
    const SynapseModel* model = OneOf(SynapseModels());
    const bool below_0 = receptors[receptor].weight_max == 0;
    ValueMap bounds;
    if (below_0 && model->is_plastic()) {
      const bool has_min =
          FindByName(model->info().parameters, "weight_min") != nullptr;
      bounds["weight_max"] = has_min ? 0.0 : -1.0;
      if (has_min) bounds["weight_min"] = -1.0;
    }
    const Parameters parameters =
        Parameters::Resolve(model->info(), "", bounds, 1, 0, "");
    double low = -1e9;
    double high = 1e9;
    model->CheckWeights(parameters, &low, &high);
    if (below_0) std::tie(low, high) = std::pair(-high, -low);
    high = std::min(high, 0.3 * Drive(target_model, receptor));
    low = std::max(low, 0.05 * high);
    if (below_0) std::tie(low, high) = std::pair(-high, -low);
    ProjectionSpec projection = MakeProjection(
        network->populations[source].name, network->populations[target].name,
        RandomRule(*network, source, target), Uniform{low, high},
        Normal{1, 1, 0.1, 6}, {model->info().name, bounds});
    if (Chance(0.2)) projection.weight = 0.5 * (low + high);
    if (Chance(0.2)) projection.delay_ms = 0.8;
    projection.name = "k" + std::to_string(network->projections.size());
    projection.receptor = receptors[receptor].name;
    projection.allow_autapses = Chance(0.5);
    const size_t rule = projection.rule.index();
    const bool draws_partners =
        rule == ConnectionRule(FixedIndegree{}).index() ||
        rule == ConnectionRule(FixedOutdegree{}).index() ||
        rule == ConnectionRule(FixedTotalNumber{}).index();
    projection.allow_multapses = draws_partners && Chance(0.5);
    if (Chance(0.3)) projection.dendritic_delay_fraction = Uniform01();
    if (!model->is_plastic() && Chance(0.4)) {
      projection.weight_precision = WeightPrecision::kBits16;
    }
    network->projections.push_back(projection);
    if (!ValidateNetwork(*network, "network").empty()) {
      // For example, a model that needs full weights refuses 16 bits.
      network->projections.back().weight_precision = WeightPrecision::kAuto;
    }
  }

  // Switches plasticity off for a while, for one projection or all.
  void AddSwitches(NetworkSpec* network) {
    std::vector<std::string> plastic;
    for (const ProjectionSpec& p : network->projections) {
      if (FindSynapseModel(p.synapse.model)->is_plastic()) {
        plastic.push_back(NameOf(p));
      }
    }
    if (plastic.empty()) return;
    std::vector<std::string> switched;  // empty: all
    if (Chance(0.7)) switched.push_back(OneOf(plastic));
    const auto off = static_cast<int64_t>(random_() % 150);
    const auto on = off + 1 + static_cast<int64_t>(random_() % 150);
    network->stimuli.push_back(testing::MakeSwitch(false, off, switched));
    network->stimuli.push_back(testing::MakeSwitch(true, on, switched));
  }

  // Dopamine pulses for all projections that take it, and some for each.
  void AddPulses(NetworkSpec* network) {
    std::vector<std::string> taking;
    for (const ProjectionSpec& p : network->projections) {
      if (FindSynapseModel(p.synapse.model)->takes_dopamine()) {
        taking.push_back(NameOf(p));
      }
    }
    if (taking.empty()) return;
    network->stimuli.push_back(
        testing::MakePulse(0.1, static_cast<int64_t>(random_() % 150)));
    for (const std::string& name : taking) {
      network->stimuli.push_back(testing::MakePulse(
          Uniform01() - 0.3, static_cast<int64_t>(random_() % 280), {name}));
    }
  }

  std::mt19937 random_;
};

constexpr int kNetworks = testing::kSanitized ? 20 : 100;
constexpr int64_t kSteps = 300;

TEST(AnyNetwork, BitsDependNeitherOnThreadsNorOnPauses) {
  AnyNetworks networks(3);
  std::set<std::string> models;  // spiked, or synapses were used
  for (int n = 0; n < kNetworks; ++n) {
    const NetworkSpec spec = networks.Next();
    SCOPED_TRACE(n);
    ASSERT_EQ(ValidateNetwork(spec, "network").Text(), "");
    Simulation one(spec);
    one.Run(kSteps);
    // Five threads on fewer processors are slow, so only some networks use
    // them.
    for (int threads : n % 5 == 0 ? std::vector<int>{2, 5} : std::vector{2}) {
      Simulation more(spec, threads);
      more.Run(kSteps);
      ASSERT_EQ(more.spikes(), one.spikes()) << threads;
      ASSERT_EQ(more.Hash(), one.Hash()) << threads;
    }
    // Read, copied and continued from the copy.
    Simulation paused(spec, 2);
    int64_t step = 0;
    for (int64_t part : {1, 7, 64, 100}) {
      paused.Run(part);
      step += part;
      paused.Hash();
      for (int k = 0; k < static_cast<int>(spec.projections.size()); ++k) {
        paused.Synapses(k);
      }
      State copy = paused.state();
      paused.state() = copy;
    }
    paused.Run(kSteps - step);
    ASSERT_EQ(paused.spikes(), one.spikes());
    ASSERT_EQ(paused.Hash(), one.Hash());

    std::set<int32_t> spiking;
    for (const testing::Spike& spike : one.spikes()) {
      spiking.insert(spike.neuron);
    }
    for (const Population& population : one.network().populations) {
      const auto first =
          spiking.lower_bound(static_cast<int32_t>(population.first_neuron));
      if (first != spiking.end() &&
          *first < population.first_neuron + population.count) {
        models.insert(population.model->info().name);
      }
    }
    for (const ProjectionSpec& projection : spec.projections) {
      models.insert(projection.synapse.model);
    }
  }
  if (testing::kSanitized) return;  // too few networks to use all models
  for (const NeuronModel* model : NeuronModels()) {
    EXPECT_TRUE(models.contains(model->info().name)) << model->info().name;
  }
  for (const SynapseModel* model : SynapseModels()) {
    EXPECT_TRUE(models.contains(model->info().name)) << model->info().name;
  }
}

// Random changes of everything that a network has, some of which are refused.
class AnyChanges {
 public:
  AnyChanges(const Network& network, uint32_t seed)
      : network_(network), random_(seed) {}

  ChangeSpecs Next() {
    ChangeSpecs changes;
    for (uint32_t k = 0; k < 1 + random_() % 3; ++k) {
      changes.push_back(AnyChange());
    }
    return changes;
  }

 private:
  double Between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  // Numbers near x: one for all neurons, or one for each.
  Value Near(double x) {
    const double reach = 0.1 * std::abs(x) + 0.01;
    if (random_() % 2 == 0) return Between(x - reach, x + reach);
    return Uniform{x - reach, x + reach};
  }
  std::vector<int32_t> SomeOf(int64_t count) {
    std::vector<int32_t> neurons;
    if (random_() % 2 == 0) return neurons;  // all
    for (int64_t i = count; i-- > 0;) {
      if (random_() % 3 == 0) neurons.push_back(static_cast<int32_t>(i));
    }
    return neurons;
  }
  ValueMap NearDefault(const std::vector<ParameterInfo>& parameters) {
    if (parameters.empty()) return {};
    const ParameterInfo& info = parameters[random_() % parameters.size()];
    return {{info.name, Near(info.default_value)}};
  }

  ChangeSpec AnyChange() {
    const Population& population =
        network_.populations[random_() % network_.populations.size()];
    const std::string& name = population.name;
    switch (random_() % 6) {
      case 0:
        return SetParametersSpec{
            name, SomeOf(population.count),
            NearDefault(population.model->info().parameters)};
      case 1: {
        const auto& variables = population.model->info().variables;
        if (variables.empty()) return std::monostate();
        return SetStateSpec{name,
                            SomeOf(population.count),
                            {{variables.front().name, Near(-60)}}};
      }
      case 2: {
        if (network_.inputs.empty()) return std::monostate();
        const Input& input =
            network_.inputs[random_() % network_.inputs.size()];
        return SetInputSpec{input.name, {{"std", Near(3)}}};
      }
      case 3:
        return SilenceSpec{name, SomeOf(population.count), random_() % 2 == 0};
      case 4:
        return PlasticitySwitchSpec{random_() % 2 == 0, {}};
      default:
        return NewWeights();
    }
  }

  ChangeSpec NewWeights() {
    const Projection& projection =
        network_.projections[random_() % network_.projections.size()];
    SetWeightsSpec set{projection.name, {}};
    switch (random_() % 3) {
      case 0:
        set.weights = WeightFactor{Between(0.5, 1.5)};
        break;
      case 1:
        set.weights = Value(Uniform{0.2, 0.9});
        break;
      default:
        set.weights = Value(Between(0.2, 0.9));
        break;
    }
    return set;
  }

  const Network& network_;
  std::mt19937 random_;
};

TEST(AnyNetwork, BitsAfterChangesDependNeitherOnThreadsNorOnPauses) {
  AnyNetworks networks(5);
  int made = 0;
  int refused = 0;
  for (int n = 0; n < kNetworks; ++n) {
    const NetworkSpec spec = networks.Next();
    SCOPED_TRACE(n);
    Simulation one(spec);
    // All changes are scheduled at once, long before their steps; refused ones
    // are left out.
    AnyChanges random(one.network(), 100 + n);
    std::vector<std::pair<int64_t, ChangeSpecs>> changes;
    for (int64_t step : {0, 3, 40, 41, 41, 120, 200}) {
      ChangeSpecs next = random.Next();
      if (one.Change(next, step).empty()) {
        changes.emplace_back(step, next);
        ++made;
      } else {
        ++refused;
      }
    }
    one.Run(kSteps);
    // Each change is made at its step, and a copy is taken in between.
    for (int threads :
         n % 5 == 0 ? std::vector<int>{1, 2, 5} : std::vector{2}) {
      Simulation more(spec, threads);
      for (const auto& [step, change] : changes) {
        more.Run(step - more.state().step);
        ASSERT_EQ(more.Change(change).Text(), "");
        const State copy = more.state();
        more.Run(2);
        more.state() = copy;
        more.RewindSpikes();
      }
      more.Run(kSteps - more.state().step);
      ASSERT_EQ(more.spikes(), one.spikes()) << threads;
      ASSERT_EQ(more.Hash(), one.Hash()) << threads;
    }
  }
  EXPECT_GT(made, 4 * kNetworks);
  EXPECT_GT(refused, 0);
}

// Splits population "b" into its first 10 neurons and the rest.
NetworkSpec Split(const NetworkSpec& whole) {
  constexpr int32_t kCut = 10;
  NetworkSpec split = whole;
  PopulationSpec& first = split.populations[1];
  PopulationSpec rest = first;
  first.size = kCut;
  rest.name = "c";
  rest.size -= kCut;
  split.populations.push_back(rest);

  // Stimuli of "b" are divided.
  split.stimuli.clear();
  for (const StimulusSpec& stimulus : whole.stimuli) {
    split.stimuli.push_back(stimulus);
    if (stimulus.population != "b") continue;
    auto& head = std::get<CurrentStimulusSpec>(split.stimuli.back().kind);
    StimulusSpec more = stimulus;
    more.population = "c";
    auto& tail = std::get<CurrentStimulusSpec>(more.kind);
    // One amplitude for each neuron, in order.
    split.stimuli.back().neuron_indices.resize(kCut);
    more.neuron_indices.resize(rest.size);
    head.amplitudes.resize(kCut);
    tail.amplitudes.erase(tail.amplitudes.begin(),
                          tail.amplitudes.begin() + kCut);
    for (int32_t i = 0; i < kCut; ++i) {
      split.stimuli.back().neuron_indices[i] = i;
    }
    for (int32_t i = 0; i < static_cast<int32_t>(rest.size); ++i) {
      more.neuron_indices[i] = i;
    }
    split.stimuli.push_back(more);
  }

  // So are the synapses of the projection onto "b", by target.
  ProjectionSpec to_first = whole.projections[1];
  ProjectionSpec to_rest = to_first;
  to_rest.target = "c";
  const auto& pairs = std::get<ExplicitPairs>(whole.projections[1].rule);
  const auto& weights = std::get<std::vector<double>>(to_first.weight);
  const auto& delays = std::get<std::vector<double>>(to_first.delay_ms);
  std::vector<std::pair<int32_t, int32_t>> kept[2];
  std::vector<double> kept_weights[2], kept_delays[2];
  for (size_t i = 0; i < pairs.target_indices.size(); ++i) {
    const int part = pairs.target_indices[i] < kCut ? 0 : 1;
    kept[part].emplace_back(pairs.source_indices[i],
                            pairs.target_indices[i] - kCut * part);
    kept_weights[part].push_back(weights[i]);
    kept_delays[part].push_back(delays[i]);
  }
  to_first.rule = testing::Pairs(kept[0]);
  to_first.weight = kept_weights[0];
  to_first.delay_ms = kept_delays[0];
  to_rest.rule = testing::Pairs(kept[1]);
  to_rest.weight = kept_weights[1];
  to_rest.delay_ms = kept_delays[1];
  split.projections[1] = to_first;
  split.projections.push_back(to_rest);
  return split;
}

TEST(AnyNetwork, SplitPopulationEqualsTheWhole) {
  AnyNetworks networks(4);
  size_t spikes = 0;
  for (int n = 0; n < kNetworks; ++n) {
    const NetworkSpec spec = networks.NextFixed();
    // Poisson sources draw random numbers by name.
    const bool draws = std::any_of(
        spec.populations.begin(), spec.populations.end(),
        [](const PopulationSpec& p) { return p.model == "poisson_source"; });
    if (draws) continue;
    SCOPED_TRACE(n);
    ASSERT_EQ(ValidateNetwork(spec, "network").Text(), "");
    Simulation whole(spec);
    Simulation split(Split(spec));
    whole.Run(kSteps);
    split.Run(kSteps);
    ASSERT_EQ(split.spikes(), whole.spikes());
    for (const VariableInfo& variable :
         FindNeuronModel(spec.populations[1].model)->info().variables) {
      for (int64_t i = 0; i < 40; ++i) {
        ASSERT_EQ(whole.Variable("b", variable.name, i),
                  i < 10 ? split.Variable("b", variable.name, i)
                         : split.Variable("c", variable.name, i - 10))
            << variable.name << " " << i;
      }
    }
    spikes += whole.spikes().size();
  }
  EXPECT_GT(spikes, 20u * kNetworks);
}

}  // namespace
}  // namespace spiked
