// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "core/build/compile.h"
#include "core/network/rate_stimulus.h"
#include "core/spec/delays.h"

namespace spiked {
namespace {

// The stimulated neurons of a population.
std::vector<int32_t> SelectedNeurons(const StimulusSpec& spec,
                                     const Population& population) {
  if (!spec.neuron_indices.empty()) {
    return spec.neuron_indices;
  }
  std::vector<int32_t> columns = spec.columns;
  if (columns.empty()) {
    columns.resize(population.column_count);
    std::iota(columns.begin(), columns.end(), 0);
  }
  std::sort(columns.begin(), columns.end());
  const int64_t width = population.count / population.column_count;
  std::vector<int32_t> neurons;
  for (int32_t column : columns) {
    for (int64_t i = 0; i < width; ++i) {
      neurons.push_back(static_cast<int32_t>(column * width + i));
    }
  }
  return neurons;
}

std::shared_ptr<const StimulusTargets> SwitchOf(
    const Network& network, const PlasticitySwitchSpec& spec) {
  auto targets = std::make_shared<StimulusTargets>();
  targets->plasticity.emplace().enabled = spec.enabled;
  for (const std::string& name : spec.projections) {
    targets->plasticity->projections.push_back(network.FindProjection(name));
  }
  return targets;
}

std::shared_ptr<const StimulusTargets> PulseOf(const Network& network,
                                               const DopaminePulseSpec& spec) {
  auto targets = std::make_shared<StimulusTargets>();
  targets->dopamine.emplace().amount = spec.amount;
  for (const std::string& name : spec.projections) {
    targets->dopamine->projections.push_back(network.FindProjection(name));
  }
  return targets;
}

std::shared_ptr<const StimulusTargets> TargetsOf(
    const Network& network, int population, const StimulusSpec& spec,
    int receptor, std::vector<double> amplitudes) {
  return std::make_shared<StimulusTargets>(
      StimulusTargets{population, receptor,
                      SelectedNeurons(spec, network.populations[population]),
                      std::move(amplitudes)});
}

int ReceptorOf(const ModelInfo& model, const std::string& name) {
  return name.empty() ? 0 : IndexByName(model.receptors, name);
}

// Targets and rates in ascending order of neurons. Neurons with rate 0 are left
// out, which doesn't change the random numbers of others.
std::shared_ptr<const StimulusTargets> RatesOf(const Network& network,
                                               int population,
                                               const StimulusSpec& spec,
                                               const RateStimulusSpec& rates) {
  const Population& p = network.populations[population];
  StimulusTargets targets{population,
                          ReceptorOf(p.model->info(), rates.receptor)};
  const std::vector<int32_t> neurons = SelectedNeurons(spec, p);
  const size_t stride = rates.rates_hz.size() == 1 ? 0 : 1;
  std::vector<size_t> order(neurons.size());
  std::iota(order.begin(), order.end(), 0);
  if (!std::is_sorted(neurons.begin(), neurons.end())) {
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return neurons[a] < neurons[b]; });
  }
  double largest = 0;
  for (size_t i : order) {
    const double mean = rates.rates_hz[i * stride] * (network.dt_ms / 1000);
    if (mean == 0) continue;
    targets.neurons.push_back(neurons[i]);
    if (stride == 1 || targets.amplitudes.empty()) {
      targets.amplitudes.push_back(mean);
    }
    largest = std::max(largest, mean);
  }
  targets.rates = {
      rates.weight,
      MakeRandomStream(network.seed, RandomPurpose::kRateStimulus, p.name),
      PrepareRates(largest)};
  return std::make_shared<StimulusTargets>(std::move(targets));
}

int64_t StartStep(const StimulusSpec& spec, double dt_ms, int64_t next_step) {
  if (const auto* step = std::get_if<int64_t>(&spec.start)) return *step;
  if (const auto* time = std::get_if<StartMs>(&spec.start)) {
    return StepsOf(time->ms, dt_ms);
  }
  return next_step;
}

const Encoder& EncoderOf(const Network& network,
                         const EncoderValuesSpec& spec) {
  return network.encoders[network.FindEncoder(spec.encoder)];
}

// Collects neurons and their amplitudes, except amplitudes of 0.
class EncodedTargets {
 public:
  explicit EncodedTargets(const Encoder& encoder) {
    targets_.population = encoder.population;
    targets_.receptor = encoder.receptor;
  }

  void Add(int64_t first, absl::Span<const double> amplitudes) {
    for (size_t i = 0; i < amplitudes.size(); ++i) {
      if (amplitudes[i] == 0) continue;
      targets_.neurons.push_back(static_cast<int32_t>(first + i));
      targets_.amplitudes.push_back(amplitudes[i]);
    }
  }
  std::shared_ptr<const StimulusTargets> Take() {
    return std::make_shared<StimulusTargets>(std::move(targets_));
  }

 private:
  StimulusTargets targets_;
};

// Calls add(offset in steps, targets) with the encoded values: once for an
// encoder of currents, once for each dimension for an encoder of spikes.
template <class Add>
void Encode(const Network& network, const EncoderValuesSpec& spec, Add add) {
  const Encoder& encoder = EncoderOf(network, spec);
  const Parameters& p = encoder.parameters;
  const int64_t size =
      network.populations[encoder.population].count / encoder.dimension_count;
  std::vector<double> amplitudes(size);
  EncodedTargets held(encoder);
  for (int64_t d = 0; d < encoder.dimension_count; ++d) {
    const double value = std::clamp(spec.values[d], p.Get(EncoderModel::kLow),
                                    p.Get(EncoderModel::kHigh));
    encoder.model->Encode(p, value, d * size, absl::MakeSpan(amplitudes));
    if (encoder.model->is_current()) {
      held.Add(d * size, amplitudes);
    } else {
      EncodedTargets spikes(encoder);
      spikes.Add(d * size, amplitudes);
      add(StepsOf(encoder.model->LatencyMs(p, value), network.dt_ms),
          spikes.Take());
    }
  }
  if (encoder.model->is_current()) add(0, held.Take());
}

std::vector<Stimulus> CompileEncoderValues(const Network& network,
                                           const EncoderValuesSpec& spec,
                                           int64_t start, int64_t next_step,
                                           int64_t* late_count) {
  const bool is_held = EncoderOf(network, spec).model->is_current();
  const int64_t step_count =
      spec.duration_ms > 0
          ? std::max<int64_t>(1, StepsOf(spec.duration_ms, network.dt_ms))
          : 1;
  const bool is_open = is_held && spec.duration_ms == 0;
  std::vector<Stimulus> result;
  Encode(network, spec,
         [&](int64_t offset, std::shared_ptr<const StimulusTargets> targets) {
           const int64_t wanted = start + offset;
           if (wanted < next_step && late_count != nullptr) ++*late_count;
           const int64_t begin = std::max(wanted, next_step);
           result.push_back({begin, is_open ? kForever : begin + step_count,
                             std::move(targets),
                             is_held ? network.FindEncoder(spec.encoder) : -1});
         });
  return result;
}

}  // namespace

std::vector<Stimulus> CompileStimulus(const Network& network,
                                      const StimulusSpec& spec,
                                      int64_t next_step, int64_t* late_count) {
  const int64_t start = StartStep(spec, network.dt_ms, next_step);
  if (const auto* values = std::get_if<EncoderValuesSpec>(&spec.kind)) {
    return CompileEncoderValues(network, *values, start, next_step, late_count);
  }
  std::vector<Stimulus> result;
  // Adds a stimulus, which begins at `next_step` if it is late.
  const auto add = [&](int64_t begin, int64_t step_count,
                       const std::shared_ptr<const StimulusTargets>& targets) {
    if (begin < next_step && late_count != nullptr) ++*late_count;
    begin = std::max(begin, next_step);
    const int64_t end = step_count == kForever ? kForever : begin + step_count;
    result.push_back({begin, end, targets});
  };
  // Stimuli of projections.
  if (const auto* plasticity = std::get_if<PlasticitySwitchSpec>(&spec.kind)) {
    add(start, 1, SwitchOf(network, *plasticity));
    return result;
  }
  if (const auto* dopamine = std::get_if<DopaminePulseSpec>(&spec.kind)) {
    add(start, 1, PulseOf(network, *dopamine));
    return result;
  }
  // Stimuli of neurons: rates, currents or spikes.
  const int population = network.FindPopulation(spec.population);
  const ModelInfo& model = network.populations[population].model->info();
  if (const auto* rates = std::get_if<RateStimulusSpec>(&spec.kind)) {
    const int64_t step_count =
        rates->duration_ms == 0
            ? kForever
            : std::max<int64_t>(1, StepsOf(rates->duration_ms, network.dt_ms));
    add(start, step_count, RatesOf(network, population, spec, *rates));
  } else if (const auto* current =
                 std::get_if<CurrentStimulusSpec>(&spec.kind)) {
    add(start,
        std::max<int64_t>(1, StepsOf(current->duration_ms, network.dt_ms)),
        TargetsOf(network, population, spec, CurrentReceptor(model),
                  current->amplitudes));
  } else {
    const auto& spikes = std::get<SpikeStimulusSpec>(spec.kind);
    const auto targets =
        TargetsOf(network, population, spec, ReceptorOf(model, spikes.receptor),
                  {spikes.weight});
    if (spikes.offsets_ms.empty()) add(start, 1, targets);
    for (double offset_ms : spikes.offsets_ms) {
      add(start + StepsOf(offset_ms, network.dt_ms), 1, targets);
    }
  }
  return result;
}

int64_t CountStimulated(const Network& network, const StimulusSpec& spec) {
  if (const auto* plasticity = std::get_if<PlasticitySwitchSpec>(&spec.kind)) {
    return static_cast<int64_t>(plasticity->projections.size());
  }
  if (const auto* dopamine = std::get_if<DopaminePulseSpec>(&spec.kind)) {
    return static_cast<int64_t>(dopamine->projections.size());
  }
  if (const auto* values = std::get_if<EncoderValuesSpec>(&spec.kind)) {
    return network.populations[EncoderOf(network, *values).population].count;
  }
  const Population& population =
      network.populations[network.FindPopulation(spec.population)];
  const auto columns = static_cast<int64_t>(spec.columns.size());
  int64_t neurons = population.count;
  if (!spec.neuron_indices.empty()) {
    neurons = static_cast<int64_t>(spec.neuron_indices.size());
  } else if (columns > 0) {
    neurons = population.count / population.column_count * columns;
  }
  const auto* spikes = std::get_if<SpikeStimulusSpec>(&spec.kind);
  if (spikes == nullptr) return neurons;
  return neurons * CountCompiled(network, spec);
}

int64_t CountCompiled(const Network& network, const StimulusSpec& spec) {
  if (const auto* spikes = std::get_if<SpikeStimulusSpec>(&spec.kind)) {
    return std::max<int64_t>(1,
                             static_cast<int64_t>(spikes->offsets_ms.size()));
  }
  if (const auto* values = std::get_if<EncoderValuesSpec>(&spec.kind)) {
    const Encoder& encoder = EncoderOf(network, *values);
    return encoder.model->is_current() ? 1 : encoder.dimension_count;
  }
  return 1;
}

}  // namespace spiked
