// SPDX-License-Identifier: Apache-2.0

#include "core/build/build_synapses.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/build/connectivity.h"
#include "core/build/distance_profile.h"
#include "core/build/draw_table.h"
#include "core/build/positions.h"
#include "core/numbers/random.h"
#include "core/numbers/random_words.h"
#include "core/spec/delays.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

constexpr uint32_t kPad = SynapseTable::kPad;

// Draws between two looks at the progress: about a millisecond.
constexpr int64_t kWorkPerLook = 200'000;

// The distances between owners and partners of a projection, if its weights or
// delays depend on them.
std::optional<Distances> DistancesOf(const NetworkSpec& spec,
                                     const ProjectionSpec& projection,
                                     const PopulationSpec& owners,
                                     const PopulationSpec& partners) {
  if (!std::holds_alternative<ByDistance>(projection.weight) &&
      !std::holds_alternative<ByDistance>(projection.delay_ms)) {
    return std::nullopt;
  }
  return std::make_optional<Distances>(owners, partners, spec.seed);
}

// The delays of one projection in steps.
class DelayDraw {
 public:
  // `range` is the range of a value by distance, otherwise unused.
  DelayDraw(const Value& value, const ValueRange& range, double dt_ms,
            const Distances* distances, RandomStream stream)
      : stream_(stream), dt_ms_(dt_ms) {
    if (const auto* by_distance = std::get_if<ByDistance>(&value)) {
      by_distance_ = by_distance;
      distances_ = distances;
      shortest_ = DelayStepsOf(range.min, dt_ms);
      longest_ = DelayStepsOf(range.max, dt_ms);
    } else if (const auto* list = std::get_if<std::vector<double>>(&value)) {
      for (double ms : *list) list_.push_back(DelayStepsOf(ms, dt_ms));
    } else if (IsConstant(value)) {
      list_.push_back(DelayStepsOf(std::get<double>(value), dt_ms));
    } else {
      table_.emplace(DrawTable::Of(value, dt_ms, 1, kMaxDelaySteps));
    }
  }

  // Adds all delays that may be drawn.
  void AddTo(std::set<int32_t>* delays) const {
    delays->insert(list_.begin(), list_.end());
    if (by_distance_ != nullptr) {
      for (int32_t d = shortest_; d <= longest_; ++d) delays->insert(d);
    }
    if (!table_.has_value()) return;
    for (int32_t d = table_->min(); d <= table_->max(); ++d) delays->insert(d);
  }

  // Draws the delays of an owner's synapses.
  void Draw(int64_t owner, const Partners& partners,
            std::vector<uint32_t>* delays) const {
    const size_t count = partners.neuron.size();
    delays->resize(count);
    if (by_distance_ != nullptr) {
      for (size_t e = 0; e < count; ++e) {
        const double ms = NumberAt(
            *by_distance_, distances_->Between(owner, partners.neuron[e]));
        (*delays)[e] =
            std::clamp(DelayStepsOf(ms, dt_ms_), shortest_, longest_);
      }
    } else if (table_.has_value()) {
      FillRandomWords(stream_, static_cast<uint64_t>(owner), count,
                      delays->data());
      for (uint32_t& word : *delays) word = table_->Draw(word);
    } else if (list_.size() == 1) {
      std::fill(delays->begin(), delays->end(), list_[0]);
    } else {
      for (size_t e = 0; e < count; ++e) {
        (*delays)[e] = list_[partners.ElementOf(owner, e)];
      }
    }
  }

 private:
  RandomStream stream_;
  std::vector<int32_t> list_;  // one delay per pair, or one for all
  std::optional<DrawTable> table_;

  const ByDistance* by_distance_ = nullptr;
  const Distances* distances_ = nullptr;
  double dt_ms_;
  int32_t shortest_ = 1;
  int32_t longest_ = 1;
};

// The weights of one projection.
class WeightDraw {
 public:
  WeightDraw(const Value& value, const WeightChoice& choice,
             const Distances* distances, RandomStream stream)
      : value_(value),
        by_distance_(std::get_if<ByDistance>(&value)),
        distances_(distances),
        stream_(stream) {
    if (choice.format != WeightFormat::kBits16) return;
    unit_ = choice.unit;
    if (by_distance_ == nullptr &&
        !std::holds_alternative<std::vector<double>>(value)) {
      table_.emplace(DrawTable::Of(value, unit_, -kMaxInteger, kMaxInteger));
    }
  }

  // Draws the 16-bit weights of an owner's synapses, in units.
  void DrawIntegers(int64_t owner, const Partners& partners,
                    std::vector<uint32_t>* weights) const {
    const size_t count = partners.neuron.size();
    weights->resize(count);
    if (table_.has_value()) {
      FillRandomWords(stream_, static_cast<uint64_t>(owner), count,
                      weights->data());
      for (uint32_t& word : *weights) word = table_->Draw(word);
      return;
    }
    for (size_t e = 0; e < count; ++e) {
      const double units = std::round(Draw(owner, partners, e) / unit_);
      (*weights)[e] = static_cast<uint32_t>(static_cast<int32_t>(
          std::clamp<double>(units, -kMaxInteger, kMaxInteger)));
    }
  }

  // The weight of synapse e of an owner.
  double Draw(int64_t owner, const Partners& partners, size_t e) const {
    if (by_distance_ != nullptr) {
      return NumberAt(*by_distance_,
                      distances_->Between(owner, partners.neuron[e]));
    }
    return NumberOf(value_, stream_, partners.ElementOf(owner, e));
  }

 private:
  const Value& value_;
  const ByDistance* by_distance_;
  const Distances* distances_;
  RandomStream stream_;
  double unit_ = 1;
  std::optional<DrawTable> table_;
};

// The partners, delays and 16-bit weights of one owner.
struct Scratch {
  Partners partners;
  std::vector<uint32_t> delays;
  std::vector<uint32_t> weights;
};

class GroupBuilder {
 public:
  GroupBuilder(const NetworkSpec& spec, const SynapseGroupSpec& group,
               const std::vector<WeightChoice>& choices, const Network& network,
               ThreadTeam& team, BuildProgress& progress)
      : spec_(spec),
        network_(network),
        team_(team),
        progress_(progress),
        scalar_bytes_(network.scalar_bytes()) {
    layout_.format = group.weights.format;
    layout_.dense = group.weights.dense;
    layout_.constant_weight = group.weights.constant;
    for (size_t i : group.projections) Add(spec.projections[i], choices[i]);
    // Sources and delays of all projections make the rows of the tables.
    std::set<int32_t> delays;
    int64_t end = 0;
    layout_.first_source = std::numeric_limits<int64_t>::max();
    for (const auto& p : projections_) {
      p->delay.AddTo(&delays);
      layout_.first_source = std::min(layout_.first_source, p->first_source);
      end = std::max(end, p->first_source + p->source_count);
    }
    if (delays.empty()) delays.insert(1);
    layout_.source_count = end - layout_.first_source;
    layout_.delays.assign(delays.begin(), delays.end());
    delay_index_.resize(layout_.delays.back() + 1);
    for (size_t i = 0; i < layout_.delays.size(); ++i) {
      delay_index_[layout_.delays[i]] = static_cast<uint32_t>(i);
    }
    layout_.blocks.resize(network.blocks.size());
  }

  absl::StatusOr<BuiltSynapses> Build() {
    absl::Status status = layout_.dense ? BuildDense() : BuildSparse();
    if (!status.ok()) return status;
    BuiltSynapses built;
    for (const auto& p : projections_) {
      built.synapse_counts.push_back(p->synapse_count);
    }
    const Largest largest = FindLargest();
    built.largest_sum = largest.sum;
    built.largest_indegree = largest.indegree;
    built.layout = std::move(layout_);
    return built;
  }

 private:
  // A projection with all that draws its synapses.
  struct ProjectionDraw {
    ProjectionDraw(const NetworkSpec& spec, const ProjectionSpec& projection,
                   const WeightChoice& choice, const Network& network,
                   int source, int target)
        : spec(projection),
          connectivity(projection, spec.populations[source],
                       spec.populations[target], spec.seed),
          distances(
              connectivity.by_target()
                  ? DistancesOf(spec, projection, spec.populations[target],
                                spec.populations[source])
                  : DistancesOf(spec, projection, spec.populations[source],
                                spec.populations[target])),
          delay(projection.delay_ms,
                RangeOf(projection.delay_ms, projection,
                        spec.populations[source], spec.populations[target]),
                spec.dt_ms, distances ? &*distances : nullptr,
                MakeRandomStream(spec.seed, RandomPurpose::kDelay,
                                 NameOf(projection))),
          weight(projection.weight, choice, distances ? &*distances : nullptr,
                 MakeRandomStream(spec.seed, RandomPurpose::kWeight,
                                  NameOf(projection))),
          slots(network.blocks, target),
          target(target),
          first_source(network.populations[source].first_neuron),
          source_count(network.populations[source].count) {}

    const ProjectionSpec& spec;
    Connectivity connectivity;
    std::optional<Distances> distances;
    DelayDraw delay;
    WeightDraw weight;
    SlotMap slots;
    int target;
    int64_t first_source;
    int64_t source_count;
    std::atomic<int64_t> synapse_count{0};
  };

  void Add(const ProjectionSpec& projection, const WeightChoice& choice) {
    projections_.push_back(std::make_unique<ProjectionDraw>(
        spec_, projection, choice, network_,
        network_.FindPopulation(projection.source),
        network_.FindPopulation(projection.target)));
  }

  // Calls visit(scratch, owner) for all owners of a projection, with their
  // partners and delays. No two members of the team write to the same row of
  // the same block at once. CANCELLED if the building was stopped, with some
  // owners left out.
  template <class Visit>
  absl::Status ForEachOwner(ProjectionDraw& p, Visit visit) {
    // Visits owners [begin, end) and reports them to `progress_` in small
    // parts.
    const auto find = [&](Scratch& scratch, int64_t begin, int64_t end) {
      int64_t work = 0;
      for (int64_t owner = begin; owner < end; ++owner) {
        if (work >= kWorkPerLook) {
          progress_.Add(std::exchange(work, 0));
          if (progress_.cancelled()) return;
        }
        p.connectivity.Find(owner, &scratch.partners);
        p.delay.Draw(owner, scratch.partners, &scratch.delays);
        visit(scratch, owner);
        work += 1 + static_cast<int64_t>(scratch.partners.neuron.size());
      }
      progress_.Add(work);
    };
    if (!p.connectivity.by_target()) {
      ParallelFor(team_, p.connectivity.owner_count(), 256,
                  [&](int64_t begin, int64_t end) {
                    if (progress_.cancelled()) return;
                    Scratch scratch;
                    find(scratch, begin, end);
                  });
    } else {
      ParallelFor(team_, static_cast<int64_t>(network_.blocks.size()), 1,
                  [&](int64_t b, int64_t) {
                    Scratch scratch;
                    const Run& run = network_.blocks[b].runs[p.target];
                    find(scratch, run.first, run.first + run.count);
                  });
    }
    if (progress_.cancelled()) return absl::CancelledError("building stopped");
    return absl::OkStatus();
  }

  // Calls visit(e, segment, block, slot) for each synapse of an owner.
  template <class Visit>
  void ForEachSynapseOf(const ProjectionDraw& p, const Scratch& scratch,
                        int64_t owner, Visit visit) const {
    const auto& partners = scratch.partners.neuron;
    const size_t delays = layout_.delays.size();
    const int64_t first = p.first_source - layout_.first_source;
    if (p.connectivity.by_target()) {
      const SlotMap::Location at = p.slots.Find(owner);
      for (size_t e = 0; e < partners.size(); ++e) {
        visit(e,
              (first + partners[e]) * delays + delay_index_[scratch.delays[e]],
              at.block, at.slot);
      }
    } else {
      const size_t row = (first + owner) * delays;
      for (size_t e = 0; e < partners.size(); ++e) {
        const SlotMap::Location at = p.slots.Find(partners[e]);
        visit(e, row + delay_index_[scratch.delays[e]], at.block, at.slot);
      }
    }
  }

  // Counts the synapses of each segment, allocates the tables, draws again to
  // store each synapse in its segment, and pads the segments.
  absl::Status BuildSparse() {
    const size_t segments = layout_.source_count * layout_.delays.size();
    // For each block and segment: the number of synapses in the first pass, the
    // number already stored in the second.
    std::vector<AlignedArray> next(layout_.blocks.size());
    for (AlignedArray& array : next) {
      array = AlignedArray::Of<uint32_t>(segments);
    }
    const auto next_of = [&](uint32_t block) {
      return next[block].as<uint32_t>();
    };
    absl::Status status;
    for (const auto& p : projections_) {
      status = ForEachOwner(*p, [&](Scratch& scratch, int64_t owner) {
        p->synapse_count.fetch_add(
            static_cast<int64_t>(scratch.partners.neuron.size()),
            std::memory_order_relaxed);
        ForEachSynapseOf(*p, scratch, owner,
                         [&](size_t, size_t segment, uint32_t block, uint32_t) {
                           ++next_of(block)[segment];
                         });
      });
      if (!status.ok()) return status;
    }
    std::atomic<bool> too_many{false};
    ForEachBlock([&](size_t b) {
      if (!Allocate(layout_.blocks[b], next_of(b), segments)) too_many = true;
    });
    if (too_many) {
      return absl::ResourceExhaustedError(
          "a thread would have more than 4.2e9 synapses; use more threads");
    }
    for (const auto& p : projections_) {
      status = ForEachOwner(*p, [&](Scratch& scratch, int64_t owner) {
        Store(*p, scratch, owner, next_of);
      });
      if (!status.ok()) return status;
    }
    ForEachBlock([&](size_t b) { Pad(b, next_of(b), segments); });
    return absl::OkStatus();
  }

  template <class Body>
  void ForEachBlock(Body body) {
    ParallelFor(team_, static_cast<int64_t>(layout_.blocks.size()), 1,
                [&](int64_t b, int64_t) { body(static_cast<size_t>(b)); });
  }

  // Allocates the table of a block and computes where its segments begin.
  // `next` holds the counts of synapses, and is set to 0. False if there are
  // too many.
  bool Allocate(SynapseTable& table, uint32_t* next, size_t segments) {
    table.begin = AlignedArray::Of<uint32_t>(segments + 1);
    auto* begin = table.begin.as<uint32_t>();
    uint64_t fours = 0;
    for (size_t i = 0; i < segments; ++i) {
      begin[i] = static_cast<uint32_t>(fours);
      fours += (uint64_t{next[i]} + kPad - 1) / kPad;
      next[i] = 0;
    }
    // Plastic models count synapses in 32 bits (reverse_index.h).
    const bool are_counted = layout_.format == WeightFormat::kFull;
    if (fours >= (uint64_t{1} << 32) / (are_counted ? kPad : 1)) return false;
    begin[segments] = static_cast<uint32_t>(fours);
    const size_t synapses = fours * kPad;
    switch (layout_.format) {
      case WeightFormat::kConstant:
        table.targets = AlignedArray::Of<uint16_t>(synapses);
        break;
      case WeightFormat::kBits16:
        table.targets = AlignedArray::Of<uint32_t>(synapses);
        break;
      case WeightFormat::kFull:
        table.targets = AlignedArray::Of<uint16_t>(synapses);
        table.weights = AlignedArray(synapses * scalar_bytes_);
        break;
    }
    return true;
  }

  template <class NextOf>
  void Store(const ProjectionDraw& p, Scratch& scratch, int64_t owner,
             NextOf next_of) {
    if (layout_.format == WeightFormat::kBits16) {
      p.weight.DrawIntegers(owner, scratch.partners, &scratch.weights);
    }
    ForEachSynapseOf(
        p, scratch, owner,
        [&](size_t e, size_t segment, uint32_t block, uint32_t slot) {
          SynapseTable& table = layout_.blocks[block];
          const size_t at =
              size_t{table.fours()[segment]} * kPad + next_of(block)[segment]++;
          if (layout_.format == WeightFormat::kBits16) {
            table.targets.as<uint32_t>()[at] = slot | scratch.weights[e] << 16;
            return;
          }
          table.targets.as<uint16_t>()[at] = static_cast<uint16_t>(slot);
          if (layout_.format == WeightFormat::kFull) {
            StoreFull(table.weights, at,
                      p.weight.Draw(owner, scratch.partners, e));
          }
        });
  }

  void StoreFull(AlignedArray& weights, size_t at, double weight) const {
    if (scalar_bytes_ == 8) {
      weights.as<double>()[at] = weight;
    } else {
      weights.as<float>()[at] = static_cast<float>(weight);
    }
  }

  // Fills up segments with synapses of weight 0 whose targets are slots beyond
  // the last, in turn: with one slot for all, additions to it would wait for
  // each other.
  void Pad(size_t block, const uint32_t* next, size_t segments) {
    SynapseTable& table = layout_.blocks[block];
    const uint32_t* begin = table.fours();
    const uint32_t sink = network_.blocks[block].slot_count;
    uint32_t turn = 0;
    for (size_t i = 0; i < segments; ++i) {
      for (size_t at = size_t{begin[i]} * kPad + next[i];
           at < size_t{begin[i + 1]} * kPad; ++at) {
        const uint32_t slot = sink + turn++ % kRunMultiple;
        if (layout_.format == WeightFormat::kBits16) {
          table.targets.as<uint32_t>()[at] = slot;
        } else {
          table.targets.as<uint16_t>()[at] = static_cast<uint16_t>(slot);
        }
      }
    }
  }

  // Stores the weights of an all-to-all projection as a matrix, which needs no
  // targets.
  absl::Status BuildDense() {
    ProjectionDraw& p = *projections_[0];
    const int64_t target_count = network_.populations[p.target].count;
    p.synapse_count = layout_.source_count * target_count;
    for (size_t b = 0; b < layout_.blocks.size(); ++b) {
      SynapseTable& table = layout_.blocks[b];
      const Run& run = network_.blocks[b].runs[p.target];
      table.dense_slot = run.first_slot;
      table.dense_count = static_cast<uint32_t>(run.count);
      table.dense_stride = (table.dense_count + 31) / 32 * 32;
      const size_t synapses =
          static_cast<size_t>(layout_.source_count) * table.dense_stride;
      if (layout_.format == WeightFormat::kBits16) {
        table.weights = AlignedArray::Of<int16_t>(synapses);
      } else if (layout_.format == WeightFormat::kFull) {
        table.weights = AlignedArray(synapses * scalar_bytes_);
      }
    }
    if (layout_.format == WeightFormat::kConstant) return absl::OkStatus();
    return ForEachOwner(p, [&](Scratch& scratch, int64_t owner) {
      if (layout_.format == WeightFormat::kBits16) {
        p.weight.DrawIntegers(owner, scratch.partners, &scratch.weights);
      }
      for (size_t b = 0; b < layout_.blocks.size(); ++b) {
        StoreDense(p, scratch, owner, b);
      }
    });
  }

  void StoreDense(const ProjectionDraw& p, const Scratch& scratch,
                  int64_t owner, size_t b) {
    SynapseTable& table = layout_.blocks[b];
    const Run& run = network_.blocks[b].runs[p.target];
    const size_t row = static_cast<size_t>(owner) * table.dense_stride;
    for (int64_t i = 0; i < run.count; ++i) {
      const size_t e = static_cast<size_t>(run.first + i);
      if (layout_.format == WeightFormat::kBits16) {
        table.weights.as<int16_t>()[row + i] =
            static_cast<int16_t>(scratch.weights[e]);
      } else {
        StoreFull(table.weights, row + i,
                  p.weight.Draw(owner, scratch.partners, e));
      }
    }
  }

  // The most input to one neuron in one step, and the most synapses onto one.
  struct Largest {
    int64_t sum = 0;
    int64_t indegree = 0;
  };

  Largest FindLargest() {
    if (layout_.format == WeightFormat::kFull) return {};
    if (layout_.dense) {
      return layout_.format == WeightFormat::kConstant
                 ? Largest{layout_.source_count, 0}
                 : Largest{layout_.source_count * kMaxInteger,
                           layout_.source_count};
    }
    std::vector<Largest> largest(layout_.blocks.size());
    ForEachBlock([&](size_t b) {
      const SynapseTable& table = layout_.blocks[b];
      std::vector<int64_t> sums(65536);
      std::vector<int64_t> indegrees(65536);
      const size_t count =
          size_t{table.fours()[layout_.source_count * layout_.delays.size()]} *
          kPad;
      if (layout_.format == WeightFormat::kConstant) {
        const auto* targets = table.targets.as<uint16_t>();
        for (size_t s = 0; s < count; ++s) ++sums[targets[s]];
      } else {
        const auto* synapses = table.targets.as<uint32_t>();
        for (size_t s = 0; s < count; ++s) {
          const uint32_t slot = synapses[s] & 0xffff;
          sums[slot] += std::abs(static_cast<int16_t>(synapses[s] >> 16));
          ++indegrees[slot];
        }
      }
      const auto of_neurons = [&](const std::vector<int64_t>& slots) {
        return *std::max_element(slots.begin(),
                                 slots.begin() + network_.blocks[b].slot_count);
      };
      largest[b] = {of_neurons(sums), of_neurons(indegrees)};
    });
    Largest all;
    for (const Largest& of_block : largest) {
      all.sum = std::max(all.sum, of_block.sum);
      all.indegree = std::max(all.indegree, of_block.indegree);
    }
    return all;
  }

  const NetworkSpec& spec_;
  const Network& network_;
  ThreadTeam& team_;
  BuildProgress& progress_;
  const size_t scalar_bytes_;
  SynapseLayout layout_;
  std::vector<std::unique_ptr<ProjectionDraw>> projections_;
  std::vector<uint32_t> delay_index_;  // by delay in steps
};

}  // namespace

absl::StatusOr<BuiltSynapses> BuildSynapses(
    const NetworkSpec& spec, const SynapseGroupSpec& group,
    const std::vector<WeightChoice>& choices, const Network& network,
    ThreadTeam& team, BuildProgress& progress) {
  return GroupBuilder(spec, group, choices, network, team, progress).Build();
}

}  // namespace spiked
