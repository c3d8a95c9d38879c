// SPDX-License-Identifier: Apache-2.0
//
// Synapses whose efficacy depends on the spikes of their source.
//
// All synapses of a group have the same parameters, so their short-term state
// is the same for all synapses of a source. It is kept per source, updated when
// the source spikes, and gives that spike's efficacy: the factor of each
// synapse's weight when the spike arrives there. Efficacies are kept until the
// longest delay has passed. Every block has its own copy.
//
// Sources are updated in double, whatever the network's precision.

#ifndef SPIKED_CORE_SYNAPSES_SHORT_TERM_KERNEL_H_
#define SPIKED_CORE_SYNAPSES_SHORT_TERM_KERNEL_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "core/model/synapse_model.h"
#include "core/network/carried_group.h"
#include "core/network/network.h"
#include "core/spec/parameters.h"
#include "hwy/base.h"

namespace spiked {

// The steps from one spike to a later one, for DecayTable.
inline uint32_t StepsBetween(int64_t from, int64_t to) {
  return static_cast<uint32_t>(
      std::min<int64_t>(to - from, std::numeric_limits<uint32_t>::max()));
}

// Rule is a type with
//   struct Source                    state of a source
//   Rule(const Parameters&, double dt_ms)
//   double Spike(int64_t step, Source&) const   update; the efficacy
//   static void VisitNumbers(const Source&, visit)   visit(number), for a hash
template <typename T, class Rule>
class ShortTermKernel : public SynapseKernel {
 public:
  ShortTermKernel(const Parameters& parameters, SynapseLayout layout,
                  double dt_ms)
      : layout_(std::move(layout)), rule_(parameters, dt_ms) {}

  std::unique_ptr<SynapseState> MakeState(int /*block*/) const override {
    auto state = std::make_unique<Memory>();
    state->sources.resize(layout_.source_count);
    state->efficacies.resize(layout_.delays.back());
    return state;
  }

  void Propagate(const Propagation& p) const override {
    auto& state = static_cast<Memory&>(*p.state);
    RecordSpikes(p, state);
    Deliver(p, FindArrivals(p, state), state);
  }

  const SynapseLayout& layout() const override { return layout_; }

  double Weight(const SynapseAt& synapse, const SynapseState* state,
                double /*unit*/) const override {
    return WeightsOf(synapse.block, *static_cast<const Memory*>(state))
        .template as<T>()[synapse.index];
  }

  void SetWeight(const SynapseAt& synapse, double weight, double /*unit*/,
                 SynapseState* state) const override {
    AlignedArray& own = static_cast<Memory*>(state)->weights;
    if (own.bytes() == 0) own = layout_.blocks[synapse.block].weights;
    own.as<T>()[synapse.index] = static_cast<T>(weight);
  }

  // Sources that get their first synapse by the edit begin with the spikes that
  // are on their way to it.
  void CarryOver(const CarriedGroup& group,
                 absl::Span<SynapseState* const> states) const override {
    const CarriedSources sources(group, layout_);
    const auto before =
        [](const CarriedSources::Source& source) -> const Memory& {
      return static_cast<const Memory&>(*source.projection->states[0]);
    };
    auto& first = static_cast<Memory&>(*states[0]);
    // Efficacies of the spikes that are on their way.
    const int64_t longest = layout_.delays.back();
    for (int64_t n = std::max<int64_t>(0, group.step - longest); n < group.step;
         ++n) {
      std::vector<T>& efficacies = first.efficacies[n % longest];
      sources.ForEachSpike(
          n, [&](const CarriedSources::Source& source, int64_t index) {
            if (sources.Remembers(source, n)) {
              const auto& kept = before(source).efficacies;
              efficacies.push_back(kept[n % kept.size()][index]);
              return;
            }
            Source fresh;
            efficacies.push_back(static_cast<T>(rule_.Spike(
                n, source.projection == nullptr ? first.sources[source.row]
                                                : fresh)));
          });
    }
    // States of the sources.
    sources.ForEach([&](const CarriedSources::Source& source) {
      if (source.projection == nullptr) return;
      first.sources[source.row] = before(source).sources[source.row_before];
    });
    // Every block has its own copy.
    for (SynapseState* state : states.subspan(1)) {
      static_cast<Memory&>(*state).sources = first.sources;
      static_cast<Memory&>(*state).efficacies = first.efficacies;
    }
  }

  void HashTraces(absl::Span<const SynapseState* const> blocks, const Network&,
                  int64_t step,
                  const std::function<void(double)>& mix) const override {
    const auto& first = static_cast<const Memory&>(*blocks[0]);
    for (const Source& source : first.sources) Rule::VisitNumbers(source, mix);
    for (int64_t k = std::max<int64_t>(0, step + 1 - layout_.delays.back());
         k < step; ++k) {
      for (T efficacy : first.efficacies[k % first.efficacies.size()]) {
        mix(efficacy);
      }
    }
  }

 private:
  using Source = typename Rule::Source;

  // Four synapses that a spike reaches, and the spike's efficacy.
  struct Arrival {
    uint32_t four;  // index in the table
    T efficacy;
  };

  struct Memory : public SynapseState {
    std::vector<Source> sources;             // [rows]
    std::vector<std::vector<T>> efficacies;  // [steps][spikes of the step]
    std::vector<Arrival> arrivals;           // in Propagate; longer than needed
    AlignedArray weights;  // all weights, once one of them was changed

    std::unique_ptr<SynapseState> Clone() const override {
      return std::make_unique<Memory>(*this);
    }
  };

  const AlignedArray& WeightsOf(int block, const Memory& state) const {
    return state.weights.bytes() > 0 ? state.weights
                                     : layout_.blocks[block].weights;
  }

  // Updates the sources that spiked, and keeps the efficacies of their spikes.
  void RecordSpikes(const Propagation& p, Memory& state) const {
    auto& efficacies = state.efficacies[p.step % state.efficacies.size()];
    efficacies.clear();
    for (uint32_t neuron : Sources(layout_, p.spikes.At(p.step))) {
      efficacies.push_back(static_cast<T>(
          rule_.Spike(p.step, state.sources[neuron - layout_.first_source])));
    }
  }

  // Lists the fours of synapses that spikes reach in step + 1, in their order;
  // returns how many.
  size_t FindArrivals(const Propagation& p, Memory& state) const {
    const uint32_t* begins = layout_.blocks[p.block].fours();
    const size_t delays = layout_.delays.size();
    size_t count = 0;
    ForEachArrival(
        layout_, p.spikes, p.step, [&](int64_t row, size_t i, size_t spike) {
          const int64_t emitted = p.step + 1 - layout_.delays[i];
          const T efficacy =
              state.efficacies[emitted % state.efficacies.size()][spike];
          const uint32_t begin = begins[row * delays + i];
          const uint32_t fours = begins[row * delays + i + 1] - begin;
          if (HWY_UNLIKELY(state.arrivals.size() < count + fours)) {
            state.arrivals.resize(2 * (count + fours));
          }
          Arrival* next = state.arrivals.data() + count;
          for (uint32_t k = 0; k < fours; ++k) next[k] = {begin + k, efficacy};
          count += fours;
        });
    return count;
  }

  // Delivers the listed arrivals.
  void Deliver(const Propagation& p, size_t count, const Memory& state) const {
    constexpr size_t kPad = SynapseTable::kPad;
    constexpr size_t kAhead = 16;
    const SynapseTable& table = layout_.blocks[p.block];
    const auto* targets = table.targets.as<uint16_t>();
    const T* weights = WeightsOf(p.block, state).template as<T>();
    T* sums = p.input.SumRow<T>(layout_.input_row);
    for (size_t i = 0; i < count; ++i) {
      const size_t ahead = std::min(i + kAhead, count - 1);
      const size_t later = size_t{state.arrivals[ahead].four} * kPad;
      __builtin_prefetch(targets + later);
      __builtin_prefetch(weights + later);
      const Arrival& arrival = state.arrivals[i];
      const size_t s = size_t{arrival.four} * kPad;
      for (size_t k = 0; k < kPad; ++k) {
        sums[targets[s + k]] += weights[s + k] * arrival.efficacy;
      }
    }
  }

  SynapseLayout layout_;
  Rule rule_;
};

template <class Rule>
std::unique_ptr<SynapseKernel> MakeShortTermKernel(const Parameters& parameters,
                                                   SynapseLayout layout,
                                                   const Network& network) {
  if (network.precision == Precision::kFloat64) {
    return std::make_unique<ShortTermKernel<double, Rule>>(
        parameters, std::move(layout), network.dt_ms);
  }
  return std::make_unique<ShortTermKernel<float, Rule>>(
      parameters, std::move(layout), network.dt_ms);
}

}  // namespace spiked

#endif  // SPIKED_CORE_SYNAPSES_SHORT_TERM_KERNEL_H_
