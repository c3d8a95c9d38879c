// SPDX-License-Identifier: Apache-2.0

#include "core/change/change_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "core/build/validate.h"
#include "core/build/weight_format.h"
#include "core/network/placed_synapses.h"
#include "core/numbers/random.h"
#include "core/spec/names.h"
#include "core/spec/value.h"

namespace spiked {
namespace {

const SynapseLayout& LayoutOf(const Network& network,
                              const Projection& projection) {
  return network.groups[projection.group].kernel->layout();
}

ReceptorInput& ReceptorOf(const Network& network, const Projection& projection,
                          NetworkChanges& changes) {
  auto& receptors = changes.populations[projection.target].receptors;
  if (receptors.empty()) {
    receptors = network.populations[projection.target].receptors;
  }
  return receptors[network.groups[projection.group].receptor];
}

// Multiplies counted arrivals by the weight that they arrived with.
template <typename T>
void MultiplyCounts(const Run& run, int row, int receptor, double weight,
                    InputBuffer& input) {
  uint16_t* const counts = input.CountRow(row) + run.first_slot;
  if (std::all_of(counts, counts + run.count,
                  [](uint16_t count) { return count == 0; })) {
    return;
  }
  T* const sums = input.SumRow<T>(receptor) + run.first_slot;
  for (int64_t i = 0; i < run.count; ++i) {
    sums[i] += static_cast<T>(weight) * static_cast<T>(counts[i]);
    counts[i] = 0;
  }
}

void SetConstant(const Network& network, int index, double weight,
                 NetworkChanges& changes, State& state) {
  const Projection& projection = network.projections[index];
  const int receptor = network.groups[projection.group].receptor;
  const int row = LayoutOf(network, projection).input_row;
  for (ReceptorInput::Counts& counts :
       ReceptorOf(network, projection, changes).counts) {
    if (counts.row != row) continue;
    for (size_t b = 0; b < network.blocks.size(); ++b) {
      const Run& run = network.blocks[b].runs[projection.target];
      InputBuffer& input = state.blocks[b].input;
      if (network.precision == Precision::kFloat64) {
        MultiplyCounts<double>(run, row, receptor, counts.weight, input);
      } else {
        MultiplyCounts<float>(run, row, receptor, counts.weight, input);
      }
    }
    counts.weight = weight;
  }
  changes.projections[index].constant = weight;
}

// Writes weights that are stored one by one to the state.
class WeightWriter {
 public:
  WeightWriter(const Network& network, const Projection& projection,
               State& state)
      : network_(network),
        projection_(projection),
        group_(network.groups[projection.group]),
        unit_(network.populations[projection.target]
                  .receptors[group_.receptor]
                  .unit),
        limits_(LimitsOf(network, projection)),
        state_(state) {
    // Weight changes that were put off come first.
    if (!group_.kernel->puts_off_changes()) return;
    for (size_t b = 0; b < network.blocks.size(); ++b) {
      auto& own = state.blocks[b].synapses[projection.group];
      own = group_.kernel->Settle(static_cast<int>(b), *own, state.spikes,
                                  state.step);
    }
  }

  // Sets the weight of every synapse to number(source, rank among the synapses
  // of the source, old weight).
  template <class Number>
  void WriteAll(Number number) {
    const int64_t sources = network_.populations[projection_.source].count;
    for (int64_t source = 0; source < sources; ++source) {
      FindSynapses(network_, projection_, source, &synapses_);
      for (size_t rank = 0; rank < synapses_.size(); ++rank) {
        const SynapseAt& at = synapses_[rank].at;
        Write(at, number(source, rank, Read(at)));
      }
    }
  }

  void WritePairs(const PairWeights& pairs) {
    int32_t source = -1;
    for (size_t k : PairsBySource(pairs)) {
      if (pairs.source_indices[k] != source) {
        source = pairs.source_indices[k];
        FindSynapses(network_, projection_, source, &synapses_);
        std::stable_sort(synapses_.begin(), synapses_.end(),
                         [](const PlacedSynapse& a, const PlacedSynapse& b) {
                           return a.target < b.target;
                         });
      }
      const int32_t target = pairs.target_indices[k];
      auto it = std::lower_bound(synapses_.begin(), synapses_.end(), target,
                                 [](const PlacedSynapse& s, int32_t wanted) {
                                   return s.target < wanted;
                                 });
      for (; it != synapses_.end() && it->target == target; ++it) {
        Write(it->at, pairs.weights[k]);
      }
    }
  }

 private:
  SynapseState* StateOf(const SynapseAt& at) {
    return state_.blocks[at.block].synapses[projection_.group].get();
  }
  double Read(const SynapseAt& at) {
    return group_.kernel->Weight(at, StateOf(at), unit_);
  }
  void Write(const SynapseAt& at, double weight) {
    group_.kernel->SetWeight(at, std::clamp(weight, limits_.min, limits_.max),
                             unit_, StateOf(at));
  }

  const Network& network_;
  const Projection& projection_;
  const SynapseGroup& group_;
  const double unit_;
  const WeightLimits limits_;
  State& state_;
  std::vector<PlacedSynapse> synapses_;  // of the current source
};

// The new weights that a value gives, one synapse after the other.
class WeightNumbers {
 public:
  WeightNumbers(const Network& network, const Projection& projection,
                const Value& value, int64_t step)
      : value_(value),
        list_(std::get_if<std::vector<double>>(&value)),
        stream_(MakeRandomStream(network.seed, RandomPurpose::kChange,
                                 projection.name,
                                 absl::StrCat("weight@", step))) {}

  double Next(int64_t source, size_t rank) {
    if (list_ != nullptr) return (*list_)[next_++];
    return NumberOf(value_, stream_,
                    static_cast<uint64_t>(source) << 32 | rank);
  }

 private:
  const Value& value_;
  const std::vector<double>* list_;
  size_t next_ = 0;
  RandomStream stream_;
};

}  // namespace

double LargestWeight(const Network& network, const Projection& projection) {
  const double largest = LargestNumber(network.precision);
  if (LayoutOf(network, projection).format != WeightFormat::kBits16) {
    return largest;
  }
  const int receptor = network.groups[projection.group].receptor;
  int64_t indegree = 0;
  for (const SynapseGroup& group : network.groups) {
    if (group.receptor == receptor) indegree += group.largest_indegree;
  }
  // The 32-bit sum must hold the arrivals of all synapses at once (compile.cc).
  const int64_t units =
      std::min<int64_t>(std::numeric_limits<int16_t>::max(),
                        (std::numeric_limits<int32_t>::max() - 65536) /
                            std::max<int64_t>(indegree, 1));
  if (units < kMaxInteger) return 0;
  return static_cast<double>(units) *
         network.populations[projection.target].receptors[receptor].unit;
}

WeightLimits LimitsOf(const Network& network, const Projection& projection) {
  const SynapseGroup& group = network.groups[projection.group];
  const double largest = LargestWeight(network, projection);
  return {std::max(group.weight_min, -largest),
          std::min(group.weight_max, largest)};
}

std::vector<size_t> PairsBySource(const PairWeights& pairs) {
  std::vector<size_t> order(pairs.source_indices.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return pairs.source_indices[a] < pairs.source_indices[b];
  });
  return order;
}

std::string FactorProblem(const Network& network, const State& state,
                          const Projection& projection, double factor) {
  const SynapseLayout& layout = LayoutOf(network, projection);
  if (layout.format != WeightFormat::kBits16 || std::abs(factor) <= 1) {
    return "";
  }
  const SynapseGroup& group = network.groups[projection.group];
  const double unit =
      network.populations[projection.target].receptors[group.receptor].unit;
  const double limit = LargestWeight(network, projection);
  std::vector<PlacedSynapse> synapses;
  const int64_t sources = network.populations[projection.source].count;
  for (int64_t source = 0; source < sources; ++source) {
    FindSynapses(network, projection, source, &synapses);
    for (const PlacedSynapse& synapse : synapses) {
      const double weight = group.kernel->Weight(
          synapse.at,
          state.blocks[synapse.at.block].synapses[projection.group].get(),
          unit);
      if (std::abs(weight * factor) <= limit) continue;
      return absl::StrCat(factor, " makes ", weight * factor, " of the weight ",
                          weight, "; the 16 bits that store the weights of ",
                          Quoted(projection.name), " hold ", limit,
                          " either way at most");
    }
  }
  return "";
}

void ApplyWeights(const Network& network, const SetWeightsSpec& spec,
                  int64_t step, NetworkChanges& changes, State& state) {
  const int index = network.FindProjection(spec.projection);
  const Projection& projection = network.projections[index];
  const auto* value = std::get_if<Value>(&spec.weights);
  const auto* factor = std::get_if<WeightFactor>(&spec.weights);
  if (LayoutOf(network, projection).format == WeightFormat::kConstant) {
    const double largest = LargestNumber(network.precision);
    const double before = changes.projections[index].constant.value_or(
        LayoutOf(network, projection).constant_weight);
    const double after =
        value != nullptr ? std::get<double>(*value) : before * factor->factor;
    SetConstant(network, index, std::clamp(after, -largest, largest), changes,
                state);
    return;
  }
  WeightWriter writer(network, projection, state);
  if (value != nullptr) {
    WeightNumbers numbers(network, projection, *value, step);
    writer.WriteAll([&](int64_t source, size_t rank, double) {
      return numbers.Next(source, rank);
    });
  } else if (factor != nullptr) {
    writer.WriteAll([&](int64_t, size_t, double weight) {
      return weight * factor->factor;
    });
  } else {
    writer.WritePairs(std::get<PairWeights>(spec.weights));
  }
  changes.projections[index].has_weights = true;
}

}  // namespace spiked
