// SPDX-License-Identifier: Apache-2.0

#include "core/build/estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <unordered_set>

#include "core/build/catalogue.h"
#include "core/build/distance_profile.h"
#include "core/build/distance_rule.h"
#include "core/build/expected_synapses.h"
#include "core/build/synapse_groups.h"
#include "core/build/weight_format.h"
#include "core/network/blocks.h"
#include "core/network/state.h"
#include "core/spec/delays.h"
#include "core/spec/parameters.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

// A stimulus in the network and in the queue of the state.
constexpr double kBytesPerStimulusEntry = 120;

// In each block, for each group and step until the longest delay: a list of
// what arrives then, or of what is remembered until then.
constexpr double kBytesPerStepOfDelay = 32;

// What numbers that are drawn will probably lie in.
template <class OneOfTheOthers>
ValueRange ProbableRange(const OneOfTheOthers& value) {
  return RangeOf(value);
}
ValueRange ProbableRange(const Normal& n) {
  return {std::clamp(n.mean - 6 * n.std, n.min, n.max),
          std::clamp(n.mean + 6 * n.std, n.min, n.max)};
}
ValueRange ProbableRange(const Lognormal& n) {
  return {std::clamp(std::exp(n.log_mean - 6 * n.log_std), n.min, n.max),
          std::clamp(std::exp(n.log_mean + 6 * n.log_std), n.min, n.max)};
}
ValueRange ProbableRange(const Mixture& mixture) {
  ValueRange range{std::numeric_limits<double>::infinity(),
                   -std::numeric_limits<double>::infinity()};
  for (const auto& component : mixture.components) {
    if (component.probability == 0) continue;
    const ValueRange own = std::visit(
        [](const auto& v) { return ProbableRange(v); }, component.value);
    range.min = std::min(range.min, own.min);
    range.max = std::max(range.max, own.max);
  }
  return range;
}

// The delays of a group of synapses, in steps.
class Delays {
 public:
  void Add(const ProjectionSpec& p, const PopulationSpec& source,
           const PopulationSpec& target, double dt_ms) {
    if (IsConstant(p.delay_ms)) {
      listed_.insert(DelayStepsOf(std::get<double>(p.delay_ms), dt_ms));
      return;
    }
    if (const auto* list = std::get_if<std::vector<double>>(&p.delay_ms)) {
      for (double ms : *list) listed_.insert(DelayStepsOf(ms, dt_ms));
      return;
    }
    const ValueRange range =
        std::holds_alternative<ByDistance>(p.delay_ms)
            ? RangeOf(p.delay_ms, p, source, target)
            : std::visit([](const auto& v) { return ProbableRange(v); },
                         p.delay_ms);
    const int64_t first = DelayStepsOf(range.min, dt_ms);
    const int64_t last = DelayStepsOf(range.max, dt_ms);
    double grid = 1;
    if (const auto* d = std::get_if<DiscreteUniform>(&p.delay_ms)) {
      grid = std::max(1.0, d->spacing / dt_ms);
    }
    first_drawn_ = std::min(first_drawn_, first);
    last_drawn_ = std::max(last_drawn_, last);
    drawn_ = std::max(drawn_,
                      std::floor(static_cast<double>(last - first) / grid) + 1);
  }

  // Tables have a place for each of these; drawn ones are all from the first to
  // the last.
  double count() const {
    return Listed() + static_cast<double>(
                          std::max<int64_t>(last_drawn_ - first_drawn_ + 1, 0));
  }
  // Those that synapses have.
  double used() const { return Listed() + drawn_; }
  double longest() const {
    int64_t longest = last_drawn_;
    for (int64_t steps : listed_) longest = std::max(longest, steps);
    return static_cast<double>(longest);
  }

 private:
  // Of constants and lists that are not among the others.
  double Listed() const {
    return static_cast<double>(
        std::count_if(listed_.begin(), listed_.end(), [&](int64_t steps) {
          return steps < first_drawn_ || steps > last_drawn_;
        }));
  }

  std::unordered_set<int64_t> listed_;
  int64_t first_drawn_ = kMaxDelaySteps + 1;
  int64_t last_drawn_ = 0;
  double drawn_ = 0;
};

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

Estimate EstimateNetwork(const NetworkSpec& spec, int thread_count) {
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
  // As MakeBlocks, which may need a few more.
  const double blocks =
      thread_count *
      std::ceil(std::max(1.0, slots) /
                (thread_count * static_cast<double>(kMaxBlockSlots)));
  estimate.bytes += slots * (receptors * scalar + 6) +
                    blocks * (receptors + 1) * scalar * kChunk;
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
    const Parameters parameters =
        Parameters::Resolve(model->info(), group.synapse.parameter_set,
                            group.synapse.parameters, 1, spec.seed, "");
    Delays delays;
    double synapses = 0;
    double building = 0;
    std::set<std::string_view> sources;
    for (size_t index : group.projections) {
      const ProjectionSpec& p = spec.projections[index];
      const PopulationSpec& source = *populations.at(p.source);
      const PopulationSpec& target = *populations.at(p.target);
      synapses += ExpectedSynapseCount(p, source, target);
      delays.Add(p, source, target, spec.dt_ms);
      if (std::holds_alternative<DistanceDependent>(p.rule)) {
        building += DistanceRule::BytesOf(target);
      }
      sources.insert(p.source);
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
    const double segments =
        group.weights.dense ? 0 : rows * delays.count() * blocks;
    const double filled = rows * delays.used() * blocks;
    double stored = synapses + filled * ExpectedPadding(synapses / filled);
    if (group.weights.dense) {
      const ProjectionSpec& p = spec.projections[group.projections[0]];
      stored =
          rows *
          std::ceil(static_cast<double>(populations.at(p.target)->size) / 32) *
          32;
    }
    estimate.synapse_count += synapses;
    estimate.bytes +=
        stored * (BytesPerSynapse(group.weights, spec.precision) +
                  model->StateBytesPerSynapse(spec.precision)) +
        4 * segments +
        slots * (model->StateBytesPerNeuron(spec.precision) + 4) +
        blocks * rows * model->StateBytesPerSource(spec.precision) +
        blocks * delays.longest() * kBytesPerStepOfDelay +
        model->TableBytes(parameters, spec.dt_ms, spec.precision);
    estimate.build_bytes =
        std::max(estimate.build_bytes, 4 * segments + building);
  }
  estimate.build_bytes += estimate.bytes;
  return estimate;
}

}  // namespace spiked
