// SPDX-License-Identifier: Apache-2.0

#include "core/build/estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <variant>
#include <vector>

#include "core/build/catalogue.h"
#include "core/model/input_buffer.h"
#include "core/network/blocks.h"
#include "core/spec/parameters.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

// Bytes of a stimulus in the network and in the queue of the state.
constexpr double kBytesPerStimulusEntry = 120;

// Bytes of the list of arrivals, or of values remembered until then, that each
// block keeps for each group and step up to the longest delay.
constexpr double kBytesPerStepOfDelay = 32;

// If blocks times populations and projections are more than this, the estimate
// takes all blocks to be equal instead of computing each run: an estimate is
// made before anything is reserved, so its work is bounded.
constexpr double kMaxRuns = 1 << 22;

// Bytes of targets and amplitudes, and of an entry in the queue for each spike.
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

// Bytes of lists of parameters, which the Network keeps as they were given,
// besides the rows that kernels make of them.
double ListBytes(const ValueMap& values) {
  double bytes = 0;
  for (const auto& [name, value] : values) {
    if (const auto* list = std::get_if<std::vector<double>>(&value)) {
      bytes += 8 * static_cast<double>(list->size());
    }
  }
  return bytes;
}

// The expected padding of a segment to a multiple of 4 synapses, for a Poisson
// number n of synapses with mean m: the mean of -n mod 4. By the fourth roots
// of unity,
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

// The blocks into which neurons will be split, and the part of each population
// in each block.
class PlannedBlocks {
 public:
  PlannedBlocks(const NetworkSpec& spec, int thread_count) : spec_(spec) {
    std::vector<int64_t> sizes;
    for (const PopulationSpec& p : spec.populations) {
      sizes.push_back(p.size);
      const int64_t units = (p.size + kRunMultiple - 1) / kRunMultiple;
      slots_ += static_cast<double>(units * kRunMultiple);
    }
    // The number of blocks of MakeBlocks, which may make a few more.
    count_ = thread_count *
             std::ceil(std::max(1.0, slots_) /
                       (thread_count * static_cast<double>(kMaxBlockSlots)));
    const size_t rows = sizes.size() + spec.projections.size();
    if (count_ * static_cast<double>(rows) > kMaxRuns) return;
    blocks_ = MakeBlocks(sizes, thread_count);
    count_ = static_cast<double>(blocks_.size());
  }

  double count() const { return count_; }

  // The slots of all blocks; row_slots() adds the slots at the ends of rows
  // that serve as targets of padding.
  double slots() const { return slots_; }
  double row_slots() const {
    return slots_ + count_ * static_cast<double>(kRunMultiple);
  }

  // Calls visit(block, neurons) for the blocks that hold neurons of a
  // population. If blocks are taken to be equal there is one visit, with the
  // neurons of one block; see weight().
  template <class Visit>
  void ForEachRun(int population, Visit visit) const {
    if (blocks_.empty()) {
      visit(0,
            static_cast<double>(spec_.populations[population].size) / count_);
      return;
    }
    for (size_t b = 0; b < blocks_.size(); ++b) {
      const int64_t neurons = blocks_[b].runs[population].count;
      if (neurons > 0) visit(b, static_cast<double>(neurons));
    }
  }

  // The number of blocks that ForEachRun distinguishes, and how many blocks
  // each of them stands for.
  size_t distinct() const { return std::max<size_t>(blocks_.size(), 1); }
  double weight() const { return blocks_.empty() ? count_ : 1; }

 private:
  const NetworkSpec& spec_;
  std::vector<Block> blocks_;  // empty: all taken to be equal
  double slots_ = 0;
  double count_ = 1;
};

class Estimator {
 public:
  Estimator(const NetworkPlan& plan, int thread_count)
      : plan_(plan),
        spec_(*plan.spec),
        blocks_(spec_, thread_count),
        scalar_(spec_.precision == Precision::kFloat64 ? 8 : 4) {
    for (const PopulationSpec& p : spec_.populations) {
      populations_.emplace(p.name, &p);
      first_neurons_.push_back(neuron_count_);
      neuron_count_ += p.size;
    }
  }

  Estimate Run() {
    Estimate estimate;
    estimate.neuron_count = plan_.neuron_count;
    estimate.synapse_count = plan_.synapse_count;
    estimate.bytes = PopulationBytes() + BufferBytes() + InputBytes() +
                     EncoderBytes() + StimuliBytes();
    for (const PlannedGroup& group : plan_.groups) {
      estimate.bytes += GroupBytes(group);
      estimate.build_bytes = std::max(
          estimate.build_bytes, 4 * SegmentCount(group) + group.build_bytes);
    }
    estimate.build_bytes += estimate.bytes;
    return estimate;
  }

 private:
  double SizeOf(std::string_view population) const {
    return static_cast<double>(populations_.at(population)->size);
  }

  // Bytes of the variables, both current and initial, and of parameters that
  // differ between neurons.
  double PopulationBytes() const {
    double bytes = 0;
    for (const PopulationSpec& p : spec_.populations) {
      const ModelInfo& info = FindNeuronModel(p.model)->info();
      const int64_t vectors = (p.size + 15) / 16;
      const auto stride = static_cast<double>(16 * vectors);
      bytes +=
          stride * scalar_ *
          static_cast<double>(2 * info.variables.size() + p.parameters.size());
      bytes += ListBytes(p.parameters);
    }
    return bytes;
  }

  // Bytes of the input buffers of neurons and of the lists of their spikes.
  double BufferBytes() const {
    double receptors = 1;
    for (const PopulationSpec& p : spec_.populations) {
      const ModelInfo& info = FindNeuronModel(p.model)->info();
      receptors =
          std::max(receptors, static_cast<double>(info.receptors.size()));
    }
    double counts = 0;
    std::set<int> integers;
    for (const PlannedGroup& group : plan_.groups) {
      if (group.spec.weights.format == WeightFormat::kConstant) {
        counts = std::max(counts, group.spec.count_row + 1.0);
      }
      if (group.spec.weights.format == WeightFormat::kBits16) {
        integers.insert(group.spec.receptor);
      }
    }
    const double bytes_of_slot = receptors * scalar_ + 2 * counts +
                                 6 * static_cast<double>(integers.size());
    return blocks_.row_slots() * bytes_of_slot + 6 * blocks_.slots() +
           blocks_.count() * (receptors + 1) * scalar_ * kChunk;
  }

  double InputBytes() const {
    double bytes = 0;
    for (const InputSpec& input : spec_.inputs) {
      const int64_t vectors =
          (populations_.at(input.population)->size + 15) / 16;
      // The state of the input, both current and initial.
      bytes += 2 * scalar_ * FindInputModel(input.model)->state_rows() *
               static_cast<double>(16 * vectors);
      bytes += ListBytes(input.parameters);
      bytes += RowBytes(input.parameters, input.population);
    }
    return bytes;
  }

  double EncoderBytes() const {
    double bytes = 0;
    for (const EncoderSpec& encoder : spec_.encoders) {
      bytes += RowBytes(encoder.parameters, encoder.population);
    }
    return bytes;
  }

  // Bytes of the rows of parameters that differ between neurons.
  double RowBytes(const ValueMap& parameters,
                  const std::string& population) const {
    double bytes = 0;
    for (const auto& [name, value] : parameters) {
      if (!IsConstant(value)) bytes += 8 * SizeOf(population);
    }
    return bytes;
  }

  double StimuliBytes() const {
    std::map<std::string_view, std::string_view> encoded;  // by encoder
    for (const EncoderSpec& encoder : spec_.encoders) {
      encoded.emplace(encoder.name, encoder.population);
    }
    double bytes = 0;
    for (const StimulusSpec& stimulus : spec_.stimuli) {
      if (const auto* p = std::get_if<PlasticitySwitchSpec>(&stimulus.kind)) {
        bytes += 4 * static_cast<double>(p->projections.size()) +
                 kBytesPerStimulusEntry;
      } else if (const auto* d =
                     std::get_if<DopaminePulseSpec>(&stimulus.kind)) {
        bytes += 4 * static_cast<double>(d->projections.size()) +
                 kBytesPerStimulusEntry;
      } else {
        const auto* values = std::get_if<EncoderValuesSpec>(&stimulus.kind);
        const std::string_view population =
            values == nullptr ? std::string_view(stimulus.population)
                              : encoded.at(values->encoder);
        bytes += StimulusBytes(stimulus, *populations_.at(population));
      }
    }
    return bytes;
  }

  // Rows of a group's tables: one for each neuron from the first source to the
  // last.
  double RowCount(const PlannedGroup& group) const {
    const int first = group.sources.front().population;
    const int last = group.sources.back().population;
    return static_cast<double>(first_neurons_[last] +
                               spec_.populations[last].size -
                               first_neurons_[first]);
  }

  // Segments of a group: one for each source, delay and block.
  double SegmentCount(const PlannedGroup& group) const {
    if (group.spec.weights.dense) return 0;
    return RowCount(group) * group.delays.count() * blocks_.count();
  }

  // Synapses of a group with the padding of their segments.
  double StoredSynapses(const PlannedGroup& group) const {
    if (group.spec.weights.dense) return DenseSynapses(group);
    double stored = 0;
    std::vector<double> in_block(blocks_.distinct());
    for (const PlannedSource& source : group.sources) {
      std::fill(in_block.begin(), in_block.end(), 0.0);
      for (const PlannedSource::Target& target : source.targets) {
        const auto size =
            static_cast<double>(spec_.populations[target.population].size);
        blocks_.ForEachRun(target.population, [&](size_t b, double neurons) {
          in_block[b] += target.synapse_count * neurons / size;
        });
      }
      const double segments =
          static_cast<double>(spec_.populations[source.population].size) *
          source.delays.used();
      for (double synapses : in_block) {
        stored += blocks_.weight() *
                  (synapses + segments * ExpectedPadding(synapses / segments));
      }
    }
    return stored;
  }

  double DenseSynapses(const PlannedGroup& group) const {
    double stride = 0;  // sum over all blocks
    blocks_.ForEachRun(
        group.sources[0].targets[0].population, [&](size_t, double neurons) {
          stride += blocks_.weight() * std::ceil(neurons / 32) * 32;
        });
    return RowCount(group) * stride;
  }

  double GroupBytes(const PlannedGroup& group) const {
    const SynapseSpec& synapse = group.spec.synapse;
    const SynapseModel* model = ModelOf(group.spec);
    const Parameters parameters =
        Parameters::Resolve(model->info(), synapse.parameter_set,
                            synapse.parameters, 1, spec_.seed, "");
    return StoredSynapses(group) *
               (BytesPerSynapse(group.spec.weights, spec_.precision) +
                model->StateBytesPerSynapse(spec_.precision)) +
           4 * SegmentCount(group) +
           blocks_.slots() * PlaneCount(group) *
               model->StateBytesPerNeuron(spec_.precision) +
           blocks_.count() * RowCount(group) *
               model->StateBytesPerSource(spec_.precision) +
           blocks_.count() * static_cast<double>(group.delays.longest()) *
               kBytesPerStepOfDelay +
           model->TableBytes(parameters, spec_.dt_ms, spec_.precision);
  }

  // Copies of the targets' states, one for each dendritic part of the delays.
  static double PlaneCount(const PlannedGroup& group) {
    const double steps = group.spec.dendritic_delay_fraction *
                         static_cast<double>(group.delays.longest());
    return std::min(group.delays.count(), 1 + std::round(steps));
  }

  const NetworkPlan& plan_;
  const NetworkSpec& spec_;
  const PlannedBlocks blocks_;
  const double scalar_;  // bytes
  std::map<std::string_view, const PopulationSpec*> populations_;
  std::vector<int64_t> first_neurons_;  // [populations]
  int64_t neuron_count_ = 0;
};

}  // namespace

Estimate EstimateNetwork(const NetworkPlan& plan, int thread_count) {
  return Estimator(plan, thread_count).Run();
}

Estimate EstimateNetwork(const NetworkSpec& spec, int thread_count) {
  return EstimateNetwork(PlanUnchecked(spec), thread_count);
}

}  // namespace spiked
