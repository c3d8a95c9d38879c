// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_pair.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "core/network/carried_group.h"
#include "core/network/frozen_synapses.h"
#include "core/network/network.h"
#include "core/synapses/stdp_pair_arrivals.h"
#include "core/synapses/stdp_pair_at_once.h"
#include "core/synapses/stdp_pair_rule.h"
#include "hwy/base.h"

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kTauPlus, kTauMinus, kAPlus, kAMinus, kMin, kMax };

using stdp_pair::ArrivingFour;
using stdp_pair::kEpochSteps;
using stdp_pair::Pending;
using stdp_pair::PostSpikes;
using stdp_pair::PostTrace;
using stdp_pair::Rule;
using stdp_pair::Trace;

// The state of a group in one block.
template <typename T>
struct BlockTraces : public SynapseState {
  explicit BlockTraces(size_t slots) : post(slots) {}

  AlignedArray weights;       // T [S]
  std::vector<Trace<T>> pre;  // [rows] including spikes on their way
  std::vector<std::vector<Trace<T>>> before;  // by step: pre before each spike
  PostSpikes<T> post;
  int64_t epoch = 0;                      // its first step
  std::vector<ArrivingFour<T>> arrivals;  // in Deliver; longer than needed

  std::unique_ptr<SynapseState> Clone() const override {
    return std::make_unique<BlockTraces>(*this);
  }
};

template <typename T>
class Kernel : public SynapseKernel {
 public:
  Kernel(const Parameters& parameters, SynapseLayout layout,
         const Network& network)
      : layout_(std::move(layout)),
        rule_{.pre_decay = {network.dt_ms, parameters.Get(kTauPlus)},
              .post_decay = {network.dt_ms, parameters.Get(kTauMinus)},
              .a_plus = static_cast<T>(parameters.Get(kAPlus)),
              .a_minus = static_cast<T>(parameters.Get(kAMinus)),
              .min = static_cast<T>(parameters.Get(kMin)),
              .max = static_cast<T>(parameters.Get(kMax))} {
    for (size_t b = 0; b < layout_.blocks.size(); ++b) {
      SynapseTable& table = layout_.blocks[b];
      T* w = table.weights.as<T>();
      std::transform(w, w + SynapseCount(table), w,
                     [&](T x) { return rule_.Clip(x); });
      MarkTargets(table, network.blocks[b]);
    }
  }

  std::unique_ptr<SynapseState> MakeState(int block) const override {
    auto state = std::make_unique<BlockTraces<T>>(is_target_[block].size());
    state->weights = layout_.blocks[block].weights;
    state->pre.resize(layout_.source_count);
    state->before.resize(layout_.delays.back());
    return state;
  }

  void Propagate(const Propagation& p) const override {
    auto& state = static_cast<BlockTraces<T>&>(*p.state);
    if (p.step - state.epoch >= kEpochSteps) {
      Settle(p.block, p.spikes, p.step, state);
      state.epoch = p.step;
    }
    RecordSources(p, state);
    if (state.frozen == nullptr) {
      Deliver(p, state);
    } else {
      DeliverFrozen(p, state);
    }
    RecordTargets(p, state);
  }

  const SynapseLayout& layout() const override { return layout_; }

  bool puts_off_changes() const override { return true; }

  std::unique_ptr<SynapseState> Settle(int block, const SynapseState& state,
                                       const SpikeHistory& spikes,
                                       int64_t step) const override {
    std::unique_ptr<SynapseState> copy = state.Clone();
    Settle(block, SpikeWindow(spikes, step, {}), step,
           static_cast<BlockTraces<T>&>(*copy));
    return copy;
  }

  double Weight(const SynapseAt& synapse, const SynapseState* state,
                double /*unit*/) const override {
    return static_cast<const BlockTraces<T>*>(state)
        ->weights.template as<T>()[synapse.index];
  }

  void SetWeight(const SynapseAt& synapse, double weight, double /*unit*/,
                 SynapseState* state) const override {
    static_cast<BlockTraces<T>*>(state)
        ->weights.template as<T>()[synapse.index] = static_cast<T>(weight);
  }

  // Sources that get their first synapse by the edit begin with the spikes that
  // are on their way to it.
  void CarryOver(const CarriedGroup& group,
                 absl::Span<SynapseState* const> states) const override {
    const auto own = [&](int block) -> BlockTraces<T>& {
      return static_cast<BlockTraces<T>&>(*states[block]);
    };
    const auto of = [](const SynapseState* state) -> const BlockTraces<T>& {
      return static_cast<const BlockTraces<T>&>(*state);
    };
    // Weights of the synapses, and traces of their targets.
    ForEachCarriedSynapse(
        group, [&](const CarriedProjection& projection, const SynapseAt& from,
                   const SynapseAt& to) {
          const BlockTraces<T>& before = of(projection.states[from.block]);
          BlockTraces<T>& now = own(to.block);
          now.weights.template as<T>()[to.index] =
              before.weights.template as<T>()[from.index];
          now.post.traces()[to.slot] = before.post.traces()[from.slot];
        });

    // Traces of sources before each spike that is on its way.
    const CarriedSources sources(group, layout_);
    BlockTraces<T>& first = own(0);
    const auto now = static_cast<uint32_t>(group.step);
    for (Trace<T>& trace : first.pre) trace.step = now;
    const int64_t longest = layout_.delays.back();
    for (int64_t n = std::max<int64_t>(0, group.step - longest); n < group.step;
         ++n) {
      const auto then = static_cast<uint32_t>(n);
      std::vector<Trace<T>>& list = first.before[n % longest];
      sources.ForEachSpike(n, [&](const CarriedSources::Source& source,
                                  int64_t index) {
        if (sources.Remembers(source, n)) {
          const auto& kept = of(source.projection->states[0]).before;
          list.push_back(kept[n % kept.size()][index]);
          return;
        }
        Trace<T>& trace = first.pre[source.row];
        if (trace.value == 0) trace.step = then;
        list.push_back(trace);
        trace = {trace.value * rule_.pre_decay.At(then - trace.step) + 1, then};
      });
    }
    // Traces of the sources that the group had before.
    sources.ForEach([&](const CarriedSources::Source& source) {
      if (source.projection == nullptr) return;
      first.pre[source.row] =
          of(source.projection->states[0]).pre[source.row_before];
    });
    // Every block has its own copy.
    for (size_t b = 0; b < states.size(); ++b) {
      own(static_cast<int>(b)).pre = first.pre;
      own(static_cast<int>(b)).before = first.before;
      own(static_cast<int>(b)).epoch = group.step;
    }
  }

  void HashTraces(absl::Span<const SynapseState* const> blocks,
                  const Network& network, int64_t step,
                  const std::function<void(double)>& mix) const override {
    const auto now = static_cast<uint32_t>(step);
    const auto& first = static_cast<const BlockTraces<T>&>(*blocks[0]);
    for (const Trace<T>& trace : first.pre) {
      mix(trace.value * rule_.pre_decay.At(now - trace.step));
    }
    for (int64_t k = std::max<int64_t>(0, step - layout_.delays.back());
         k < step; ++k) {
      for (const Trace<T>& trace : first.before[k % first.before.size()]) {
        mix(trace.value * rule_.pre_decay.At(now - trace.step));
      }
    }
    for (size_t p = 0; p < network.populations.size(); ++p) {
      for (size_t b = 0; b < blocks.size(); ++b) {
        const Run& run = network.blocks[b].runs[p];
        const auto& state = static_cast<const BlockTraces<T>&>(*blocks[b]);
        for (int64_t i = 0; i < run.count; ++i) {
          const PostTrace<T>& trace = state.post.traces()[run.first_slot + i];
          mix(trace.value * rule_.post_decay.At(now - trace.step));
        }
      }
    }
  }

 private:
  static size_t SynapseCount(const SynapseTable& table) {
    return table.weights.bytes() / sizeof(T);
  }

  void MarkTargets(const SynapseTable& table, const Block& block) {
    std::vector<bool> is_target(block.row_length());
    const auto* targets = table.targets.as<uint16_t>();
    for (size_t s = 0; s < SynapseCount(table); ++s) {
      is_target[targets[s]] = true;
    }
    is_target_.push_back(std::move(is_target));
  }

  // Keeps the trace that each source had before its spike of this step, which
  // the synapses need when the spike arrives.
  void RecordSources(const Propagation& p, BlockTraces<T>& state) const {
    const auto now = static_cast<uint32_t>(p.step);
    auto& before = state.before[p.step % state.before.size()];
    before.clear();
    for (uint32_t neuron : Sources(layout_, p.spikes.At(p.step))) {
      Trace<T>& trace = state.pre[neuron - layout_.first_source];
      before.push_back(trace);
      trace = {trace.value * rule_.pre_decay.At(now - trace.step) + 1, now};
    }
  }

  // Delivers the spikes that arrive in step + 1, and changes the synapses that
  // they reach.
  void Deliver(const Propagation& p, BlockTraces<T>& state) const {
    const SynapseTable& table = layout_.blocks[p.block];
    const uint32_t* begins = table.fours();
    const size_t delays = layout_.delays.size();
    size_t count = 0;
    ForEachArrival(
        layout_, p.spikes, p.step, [&](int64_t row, size_t i, size_t spike) {
          const int64_t emitted = p.step + 1 - layout_.delays[i];
          const Pending<T> pending =
              PendingOf(state.before[emitted % state.before.size()][spike],
                        layout_.delays[i], state);
          const uint32_t begin = begins[row * delays + i];
          const uint32_t fours = begins[row * delays + i + 1] - begin;
          if (HWY_UNLIKELY(state.arrivals.size() <= count + fours)) {
            state.arrivals.resize(2 * (count + fours) + 1);
          }
          // Most short segments are one four. It is written without checking
          // that there is one.
          ArrivingFour<T>* next = state.arrivals.data() + count;
          next[0] = {begin, pending};
          for (uint32_t k = 1; k < fours; ++k) next[k] = {begin + k, pending};
          count += fours;
        });
    stdp_pair::Deliver(
        rule_, state.post, absl::MakeConstSpan(state.arrivals).first(count),
        static_cast<uint32_t>(p.step), table.targets.as<uint16_t>(),
        state.weights.template as<T>(), p.input.SumRow<T>(layout_.input_row));
  }

  // Deliver for a group with frozen synapses, one synapse after the other.
  void DeliverFrozen(const Propagation& p, BlockTraces<T>& state) const {
    const SynapseTable& table = layout_.blocks[p.block];
    const uint32_t* begins = table.fours();
    const auto* targets = table.targets.as<uint16_t>();
    const size_t delays = layout_.delays.size();
    const auto now = static_cast<uint32_t>(p.step);
    T* weights = state.weights.template as<T>();
    T* sums = p.input.SumRow<T>(layout_.input_row);
    ForEachArrival(
        layout_, p.spikes, p.step, [&](int64_t row, size_t i, size_t spike) {
          const int64_t emitted = p.step + 1 - layout_.delays[i];
          const Pending<T> pending =
              PendingOf(state.before[emitted % state.before.size()][spike],
                        layout_.delays[i], state);
          const auto frozen = state.frozen->At(p.block, row);
          const size_t end =
              size_t{begins[row * delays + i + 1]} * SynapseTable::kPad;
          for (size_t s = size_t{begins[row * delays + i]} * SynapseTable::kPad;
               s < end; ++s) {
            const uint32_t slot = targets[s];
            if (state.frozen->all() || IsIn(frozen, slot)) {
              sums[slot] += weights[s];
              continue;
            }
            const T w = rule_.Potentiate(weights[s], slot, pending, state.post);
            sums[slot] += w;
            weights[s] = rule_.Depress(w, state.post.traces()[slot], now);
          }
        });
  }

  // Potentiation by waiting spikes of the synapses of a source with this trace.
  // Only spikes after the arrival of the source's last spike count.
  Pending<T> PendingOf(const Trace<T>& trace, int32_t delay,
                       const BlockTraces<T>& state) const {
    // In the step of its arrival a spike comes before postsynaptic ones.
    const auto arrived =
        static_cast<int32_t>(trace.step + static_cast<uint32_t>(delay - 1) -
                             static_cast<uint32_t>(state.epoch));
    return {rule_.a_plus * trace.value,
            static_cast<uint32_t>(std::max(arrived, 0)) + 1,
            static_cast<uint32_t>(-arrived) - 1};
  }

  // Adds the spikes of targets in this step to those that wait.
  void RecordTargets(const Propagation& p, BlockTraces<T>& state) const {
    const auto now = static_cast<uint32_t>(p.step);
    const auto time = static_cast<uint16_t>(p.step - state.epoch + 1);
    for (uint16_t slot : p.spike_slots) {
      if (!is_target_[p.block][slot]) continue;
      if (state.post.IsFull(slot)) Settle(p.block, p.spikes, p.step + 1, state);
      const PostTrace<T>& post = state.post.traces()[slot];
      state.post.Add(
          slot, time,
          {post.value * rule_.post_decay.At(now - post.step) + 1, now});
    }
  }

  // Applies all waiting spikes to all synapses that aren't frozen, as of the
  // beginning of `step`: arrivals in it have been delivered.
  void Settle(int block, const SpikeWindow& spikes, int64_t step,
              BlockTraces<T>& state) const {
    if (state.frozen == nullptr || !state.frozen->all()) {
      PotentiateAll(block, spikes, step, state);
    }
    state.post.Clear();
    Forget(
        static_cast<uint32_t>(step),
        rule_.pre_decay.last() + static_cast<uint32_t>(layout_.delays.back()),
        state.pre);
    Forget(static_cast<uint32_t>(step), rule_.post_decay.last(),
           state.post.traces());
  }

  // Applies all waiting spikes to the synapses that aren't frozen.
  void PotentiateAll(int block, const SpikeWindow& spikes, int64_t step,
                     BlockTraces<T>& state) const {
    // Traces as synapses with delay d see them: without the spikes of the last
    // d - 1 steps.
    std::vector<Trace<T>> arrived = state.pre;
    int64_t newest = step - 1;
    for (size_t i = 0; i < layout_.delays.size(); ++i) {
      for (; newest >= 0 && newest > step - layout_.delays[i]; --newest) {
        TakeBack(spikes.At(newest), state.before[newest % state.before.size()],
                 arrived);
      }
      for (int64_t row = 0; row < layout_.source_count; ++row) {
        const Pending<T> pending =
            PendingOf(arrived[row], layout_.delays[i], state);
        if (pending.step != 0) {
          PotentiateSegment(block, row, i, pending, state);
        }
      }
    }
  }

  // Sets the traces of sources to what they were before their spikes of one
  // step.
  void TakeBack(absl::Span<const uint32_t> spikes,
                const std::vector<Trace<T>>& before,
                std::vector<Trace<T>>& traces) const {
    const auto rows = Sources(layout_, spikes);
    for (size_t k = 0; k < rows.size(); ++k) {
      traces[rows[k] - layout_.first_source] = before[k];
    }
  }

  void PotentiateSegment(int block, int64_t row, size_t delay_index,
                         const Pending<T>& pending,
                         BlockTraces<T>& state) const {
    const SynapseTable& table = layout_.blocks[block];
    const auto* targets = table.targets.as<uint16_t>();
    T* weights = state.weights.template as<T>();
    absl::Span<const SlotRange> frozen;
    if (state.frozen != nullptr) frozen = state.frozen->At(block, row);
    const uint32_t* fours =
        table.fours() + row * layout_.delays.size() + delay_index;
    for (size_t s = size_t{fours[0]} * SynapseTable::kPad;
         s < size_t{fours[1]} * SynapseTable::kPad; ++s) {
      if (IsIn(frozen, targets[s])) continue;
      weights[s] =
          rule_.Potentiate(weights[s], targets[s], pending, state.post);
    }
  }

  // Resets traces that have decayed to 0, even for the latest arrival, before
  // their step numbers come round again.
  template <class AnyTrace>
  static void Forget(uint32_t now, uint32_t after,
                     std::vector<AnyTrace>& traces) {
    for (AnyTrace& trace : traces) {
      if (now - trace.step >= after && now - trace.step < 0x80000000u) {
        trace.value = 0;
        trace.step = now - after;
      }
    }
  }

  SynapseLayout layout_;
  Rule<T> rule_;
  std::vector<std::vector<bool>> is_target_;  // [blocks][slots]
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "stdp_pair";
  info.summary =
      "Pair-based spike-timing dependent plasticity: all pairs, additive, "
      "signed weights.";
  info.equations =
      "Presynaptic arrival: w = clip(w - a_minus K_post); postsynaptic spike: "
      "w = clip(w + a_plus K_pre); K_pre and K_post jump by 1 and decay with "
      "tau_plus_ms and tau_minus_ms. In one step arrivals come before "
      "postsynaptic spikes. Song, Miller & Abbott 2000, doi:10.1038/78829.";
  const auto positive = [](ParameterInfo parameter) {
    parameter.min = 0;
    parameter.min_exclusive = true;
    return parameter;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  info.parameters = {
      positive({"tau_plus_ms", "ms", "Time constant of K_pre.", 20}),
      positive({"tau_minus_ms", "ms", "Time constant of K_post.", 20}),
      {"a_plus", "unit of the weight", "Step of potentiation.", 0.01, 0,
       infinity},
      {"a_minus", "unit of the weight", "Step of depression.", 0.0105, 0,
       infinity},
      {"weight_min", "unit of the weight", "Lower bound of the weight.", 0},
      {"weight_max", "unit of the weight", "Upper bound of the weight.", 1},
  };
  info.order = {{"weight_min", "weight_max"}};
  return info;
}

}  // namespace

const ModelInfo& StdpPair::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

void StdpPair::CheckWeights(const Parameters& parameters, double* min,
                            double* max) const {
  *min = parameters.Get(kMin);
  *max = parameters.Get(kMax);
}

// Potentiation can't wait where a synapse sees spikes of its target late.
const SynapseModel& StdpPair::WithDendriticDelays() const {
  static const auto* const model = NewStdpPairAtOnce(info());
  return *model;
}

std::unique_ptr<SynapseKernel> StdpPair::Compile(const Parameters& parameters,
                                                 SynapseLayout layout,
                                                 const Network& network) const {
  if (network.precision == Precision::kFloat64) {
    return std::make_unique<Kernel<double>>(parameters, std::move(layout),
                                            network);
  }
  return std::make_unique<Kernel<float>>(parameters, std::move(layout),
                                         network);
}

double StdpPair::StateBytesPerSynapse(Precision precision) const {
  return precision == Precision::kFloat64 ? 8 : 4;
}

double StdpPair::StateBytesPerNeuron(Precision precision) const {
  const double trace = precision == Precision::kFloat64 ? 16 : 8;
  return trace + 9 + 2 * PostSpikes<float>::kMaxWaiting;
}

double StdpPair::StateBytesPerSource(Precision precision) const {
  return precision == Precision::kFloat64 ? sizeof(Trace<double>)
                                          : sizeof(Trace<float>);
}

double StdpPair::TableBytes(const Parameters& parameters, double dt_ms,
                            Precision precision) const {
  const auto taus = {parameters.Get(kTauPlus), parameters.Get(kTauMinus)};
  return precision == Precision::kFloat64
             ? DecayTable<double>::Bytes(dt_ms, taus)
             : DecayTable<float>::Bytes(dt_ms, taus);
}

}  // namespace spiked
