// SPDX-License-Identifier: Apache-2.0

#include "core/estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>

#include "core/blocks.h"
#include "core/catalogue.h"
#include "core/delays.h"
#include "core/distance_profile.h"
#include "core/distance_rule.h"
#include "core/expected_by_distance.h"
#include "core/synapse_groups.h"
#include "core/value.h"
#include "core/weight_format.h"

namespace spiked {
namespace {

// A stimulus in the network and in the queue of the state.
constexpr double kBytesPerStimulusEntry = 120;

// The largest number that will probably be drawn.
template <class OneOfTheOthers>
double ProbableMax(const OneOfTheOthers& value) {
  return RangeOf(value).max;
}
double ProbableMax(const Normal& n) {
  return std::clamp(n.mean + 6 * n.std, n.min, n.max);
}
double ProbableMax(const Lognormal& n) {
  return std::clamp(std::exp(n.log_mean + 6 * n.log_std), n.min, n.max);
}
double ProbableMax(const Mixture& mixture) {
  double max = -std::numeric_limits<double>::infinity();
  for (const auto& component : mixture.components) {
    if (component.probability == 0) continue;
    max = std::max(max, std::visit([](const auto& v) { return ProbableMax(v); },
                                   component.value));
  }
  return max;
}

int64_t LargestDelaySteps(const ProjectionSpec& p, const PopulationSpec& source,
                          const PopulationSpec& target, double dt_ms) {
  const double max =
      std::holds_alternative<ByDistance>(p.delay_ms)
          ? RangeOf(p.delay_ms, p, source, target).max
          : std::visit([](const auto& v) { return ProbableMax(v); },
                       p.delay_ms);
  return DelayStepsOf(max, dt_ms);
}

// Targets, amplitudes, and an entry in the queue for each spike.
double StimulusBytes(const StimulusSpec& stimulus,
                     const PopulationSpec& population) {
  double targets = static_cast<double>(population.size);
  if (!stimulus.neuron_indices.empty()) {
    targets = static_cast<double>(stimulus.neuron_indices.size());
  } else if (!stimulus.columns.empty()) {
    targets *= static_cast<double>(stimulus.columns.size()) /
               static_cast<double>(population.column_count);
  }
  double amplitudes = 1;
  double entries = 1;
  if (const auto* e = std::get_if<EncoderValuesSpec>(&stimulus.kind)) {
    amplitudes = targets;
    entries = static_cast<double>(e->values.size());
  } else if (const auto* c = std::get_if<CurrentStimulusSpec>(&stimulus.kind)) {
    amplitudes = static_cast<double>(c->amplitudes.size());
  } else if (const auto* r = std::get_if<RateStimulusSpec>(&stimulus.kind)) {
    amplitudes = static_cast<double>(r->rates_hz.size());
  } else if (const auto* s = std::get_if<SpikeStimulusSpec>(&stimulus.kind)) {
    entries = std::max(1.0, static_cast<double>(s->offsets_ms.size()));
  }
  return 4 * targets + 8 * amplitudes + kBytesPerStimulusEntry * entries;
}

// Lists of parameters are kept as they were given (Network), beside the rows
// that kernels make of them.
double ListBytes(const ValueMap& values) {
  double bytes = 0;
  for (const auto& [name, value] : values) {
    if (const auto* list = std::get_if<std::vector<double>>(&value)) {
      bytes += 8 * static_cast<double>(list->size());
    }
  }
  return bytes;
}

// What fills a segment up to fours, for a Poisson number of synapses n of mean
// m: the mean of -n mod 4. By the fourth roots of unity,
//   P(n mod 4 = r) = (1 + 2 exp(-m) cos(m - r pi / 2) + (-1)^r exp(-2m)) / 4.
double ExpectedPadding(double mean) {
  double padding = 0;
  for (int r = 1; r <= 3; ++r) {
    const double probability =
        (1 + 2 * std::exp(-mean) * std::cos(mean - r * std::acos(0.0)) +
         (r % 2 == 0 ? 1 : -1) * std::exp(-2 * mean)) /
        4;
    padding += (4 - r) * probability;
  }
  return padding;
}

}  // namespace

double ExpectedSynapseCount(const ProjectionSpec& projection,
                            const PopulationSpec& source,
                            const PopulationSpec& target) {
  if (const auto* pairs = std::get_if<ExplicitPairs>(&projection.rule)) {
    return static_cast<double>(pairs->source_indices.size());
  }
  if (const auto* in = std::get_if<FixedIndegree>(&projection.rule)) {
    return static_cast<double>(in->degree) * static_cast<double>(target.size);
  }
  if (const auto* out = std::get_if<FixedOutdegree>(&projection.rule)) {
    return static_cast<double>(out->degree) * static_cast<double>(source.size);
  }
  if (const auto* total = std::get_if<FixedTotalNumber>(&projection.rule)) {
    return static_cast<double>(total->count);
  }
  if (std::holds_alternative<DistanceDependent>(projection.rule)) {
    return ExpectedByDistance(projection, source, target);
  }
  const bool same_population = projection.source == projection.target;
  const auto sources = static_cast<double>(source.size);
  const auto columns = static_cast<double>(source.column_count);
  const bool one_to_one = std::holds_alternative<OneToOne>(projection.rule);
  double pairs = sources * (one_to_one ? 1 : static_cast<double>(target.size));
  double autapses = same_population ? sources : 0;
  if (projection.columns == ColumnRestriction::kSame && !one_to_one) {
    pairs /= columns;
  } else if (projection.columns == ColumnRestriction::kOther) {
    pairs *= one_to_one ? 0 : 1 - 1 / columns;
    autapses = 0;
  }
  if (!projection.allow_autapses) pairs -= std::min(autapses, pairs);
  if (const auto* b = std::get_if<PairwiseBernoulli>(&projection.rule)) {
    pairs *= b->probability;
  }
  return pairs;
}

Estimate EstimateNetwork(const NetworkSpec& spec) {
  Estimate estimate;
  const double scalar = spec.precision == Precision::kFloat64 ? 8 : 4;
  double slots = 0;
  double receptors = 1;
  std::map<std::string_view, const PopulationSpec*> populations;
  std::map<std::string_view, int64_t> first_neurons;
  for (const PopulationSpec& p : spec.populations) {
    populations.emplace(p.name, &p);
    first_neurons.emplace(p.name, estimate.neuron_count);
    const ModelInfo& info = FindNeuronModel(p.model)->info();
    estimate.neuron_count += p.size;
    const int64_t vectors = (p.size + 15) / 16;
    const auto stride = static_cast<double>(vectors * 16);
    const int64_t words = (p.size + 63) / 64;
    slots += static_cast<double>(words * 64);
    receptors = std::max(receptors, static_cast<double>(info.receptors.size()));
    // Variables now and at step 0, and each parameter that differs by neuron.
    estimate.bytes +=
        stride * scalar *
        static_cast<double>(2 * info.variables.size() + p.parameters.size());
    estimate.bytes += ListBytes(p.parameters);
  }
  estimate.bytes += slots * (receptors * scalar + 6);
  for (const InputSpec& input : spec.inputs) {
    // What it remembers, now and at step 0.
    const int64_t row = (populations.at(input.population)->size + 15) / 16 * 16;
    estimate.bytes += 2 * scalar * FindInputModel(input.model)->state_rows() *
                      static_cast<double>(row);
    estimate.bytes += ListBytes(input.parameters);
    // A parameter that differs by neuron is a row of its own.
    for (const auto& [name, value] : input.parameters) {
      if (IsConstant(value)) continue;
      estimate.bytes +=
          8 * static_cast<double>(populations.at(input.population)->size);
    }
  }
  std::map<std::string_view, std::string_view> encoded;  // populations
  for (const EncoderSpec& encoder : spec.encoders) {
    encoded.emplace(encoder.name, encoder.population);
    for (const auto& [name, value] : encoder.parameters) {
      if (IsConstant(value)) continue;
      estimate.bytes +=
          8 * static_cast<double>(populations.at(encoder.population)->size);
    }
  }
  for (const StimulusSpec& stimulus : spec.stimuli) {
    if (const auto* p = std::get_if<PlasticitySwitchSpec>(&stimulus.kind)) {
      estimate.bytes += 4 * static_cast<double>(p->projections.size()) +
                        kBytesPerStimulusEntry;
      continue;
    }
    if (const auto* p = std::get_if<DopaminePulseSpec>(&stimulus.kind)) {
      estimate.bytes += 4 * static_cast<double>(p->projections.size()) +
                        kBytesPerStimulusEntry;
      continue;
    }
    const auto* values = std::get_if<EncoderValuesSpec>(&stimulus.kind);
    estimate.bytes += StimulusBytes(
        stimulus, *populations.at(values == nullptr
                                      ? std::string_view(stimulus.population)
                                      : encoded.at(values->encoder)));
  }
  const std::vector<WeightChoice> choices = ChooseWeightFormats(spec);
  for (const SynapseGroupSpec& group : GroupSynapses(spec, choices)) {
    const SynapseModel* model = FindSynapseModel(group.synapse.model);
    double delays = 1;
    double synapses = 0;
    double building = 0;
    std::set<std::string_view> sources;
    for (size_t index : group.projections) {
      const ProjectionSpec& p = spec.projections[index];
      const PopulationSpec& source = *populations.at(p.source);
      const PopulationSpec& target = *populations.at(p.target);
      synapses += ExpectedSynapseCount(p, source, target);
      delays = std::max(delays, static_cast<double>(LargestDelaySteps(
                                    p, source, target, spec.dt_ms)));
      if (std::holds_alternative<DistanceDependent>(p.rule)) {
        building += DistanceRule::BytesOf(target);
      }
      sources.insert(p.source);
    }
    if (group.weights.dense ||
        IsConstant(spec.projections[group.projections[0]].delay_ms)) {
      delays = 1;
    }
    // Rows are all neurons from the first source to the last.
    int64_t begin = std::numeric_limits<int64_t>::max();
    int64_t end = 0;
    for (std::string_view source : sources) {
      begin = std::min(begin, first_neurons.at(source));
      end = std::max(end,
                     first_neurons.at(source) + populations.at(source)->size);
    }
    const auto rows = static_cast<double>(end - begin);
    // A segment for each source, delay and block.
    const double blocks =
        std::ceil(slots / static_cast<double>(kMaxBlockSlots));
    const double segments = group.weights.dense ? 0 : rows * delays * blocks;
    double stored =
        synapses +
        (segments > 0 ? segments * ExpectedPadding(synapses / segments) : 0);
    if (group.weights.dense) {
      const ProjectionSpec& p = spec.projections[group.projections[0]];
      stored =
          rows *
          std::ceil(static_cast<double>(populations.at(p.target)->size) / 32) *
          32;
    }
    estimate.synapse_count += synapses;
    estimate.bytes += stored * (BytesPerSynapse(group.weights, spec.precision) +
                                model->StateBytesPerSynapse(spec.precision)) +
                      4 * segments +
                      slots * (model->StateBytesPerNeuron(spec.precision) + 4);
    estimate.build_bytes =
        std::max(estimate.build_bytes, 4 * segments + building);
  }
  estimate.build_bytes += estimate.bytes;
  return estimate;
}

}  // namespace spiked
