// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_pair.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/network.h"
#include "hwy/base.h"

namespace spiked {
namespace {

// In the order of ModelInfo::parameters.
enum Parameter { kTauPlus, kTauMinus, kAPlus, kAMinus, kMin, kMax };

// exp(-k dt / tau) for k = 0, 1, ..., until nothing is left; the same bits
// wherever it is looked up.
template <typename T>
class DecayTable {
 public:
  DecayTable(double dt_ms, double tau_ms) {
    const double decay = std::exp(-dt_ms / tau_ms);
    double x = 1;
    for (; x > 1e-18 && values_.size() < kMaxLength; x *= decay) {
      values_.push_back(static_cast<T>(x));
    }
    over_ = x <= 1e-18;
    decay_of_table_ = x;
    if (over_) values_.push_back(0);
  }

  T At(uint32_t steps) const {
    if (HWY_LIKELY(steps < values_.size())) return values_[steps];
    return over_ ? T{0} : Late(steps);
  }

  // Nothing is left after so many steps; 2^31 - 1 if that takes longer.
  uint32_t last() const {
    return over_ ? static_cast<uint32_t>(values_.size() - 1) : 0x7fffffff;
  }

 private:
  static constexpr uint32_t kMaxLength = 1 << 16;

  T Late(uint32_t steps) const {
    double x = values_[steps % kMaxLength];
    double power = decay_of_table_;
    for (uint32_t n = steps / kMaxLength; n > 0; n /= 2) {
      if (n % 2 == 1) x *= power;
      power *= power;
    }
    return static_cast<T>(x);
  }

  std::vector<T> values_;
  double decay_of_table_;  // over kMaxLength steps
  bool over_;
};

// A trace as of the step in which it last grew. Steps are counted modulo 2^32.
template <typename T>
struct Trace {
  T value = 0;
  uint32_t step = 0;
};

// Postsynaptic spikes wait here until the synapses that they potentiate are
// used the next time, which is when their weights are in the cache anyway. For
// additive steps that changes nothing: between two arrivals a synapse is only
// potentiated, in the same order now or later. Times are 1 + the step within an
// epoch of kEpochSteps; 0 is before all others.
constexpr int64_t kEpochSteps = 1 << 15;
constexpr uint32_t kWaitingSpikes = 64;

template <typename T>
struct BlockTraces : public SynapseState {
  AlignedArray weights;       // T [S]
  std::vector<Trace<T>> pre;  // [rows] including spikes on their way
  std::vector<std::vector<Trace<T>>> before;  // by step: pre before each spike
  std::vector<Trace<T>> post;                 // [slots]
  std::vector<uint64_t> newest;        // [slots] last four, newest lowest
  std::vector<uint16_t> waiting;       // [slots x kWaitingSpikes] by age
  std::vector<uint8_t> waiting_count;  // [slots]
  int64_t epoch = 0;                   // first step of it

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
        pre_decay_(network.dt_ms, parameters.Get(kTauPlus)),
        post_decay_(network.dt_ms, parameters.Get(kTauMinus)),
        a_plus_(static_cast<T>(parameters.Get(kAPlus))),
        a_minus_(static_cast<T>(parameters.Get(kAMinus))),
        min_(static_cast<T>(parameters.Get(kMin))),
        max_(static_cast<T>(parameters.Get(kMax))) {
    for (size_t b = 0; b < layout_.blocks.size(); ++b) {
      SynapseTable& table = layout_.blocks[b];
      T* w = table.weights.as<T>();
      std::transform(w, w + SynapseCount(table), w,
                     [&](T x) { return Clip(x); });
      MarkTargets(table, network.blocks[b]);
    }
  }

  std::unique_ptr<SynapseState> MakeState(int block) const override {
    auto state = std::make_unique<BlockTraces<T>>();
    const size_t slots = is_target_[block].size();
    state->weights = layout_.blocks[block].weights;
    state->pre.resize(layout_.source_count);
    state->before.resize(layout_.delays.back());
    state->post.resize(slots);
    state->newest.resize(slots);
    state->waiting.resize(slots * kWaitingSpikes);
    state->waiting_count.resize(slots);
    return state;
  }

  void Propagate(const Propagation& p) const override {
    auto& state = static_cast<BlockTraces<T>&>(*p.state);
    if (p.step - state.epoch >= kEpochSteps) {
      Settle(p.block, p.spikes, p.step, state);
      state.epoch = p.step;
    }
    RecordSources(p, state);
    Deliver(p, state);
    RecordTargets(p, state);
    p.input.sums_used = true;
  }

  const SynapseLayout& layout() const override { return layout_; }

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

  void HashTraces(absl::Span<const SynapseState* const> blocks,
                  const Network& network, int64_t step,
                  const std::function<void(double)>& mix) const override {
    const auto now = static_cast<uint32_t>(step);
    const auto& first = static_cast<const BlockTraces<T>&>(*blocks[0]);
    for (const Trace<T>& trace : first.pre) {
      mix(trace.value * pre_decay_.At(now - trace.step));
    }
    for (int64_t k = std::max<int64_t>(0, step - layout_.delays.back());
         k < step; ++k) {
      for (const Trace<T>& trace : first.before[k % first.before.size()]) {
        mix(trace.value * pre_decay_.At(now - trace.step));
      }
    }
    for (size_t p = 0; p < network.populations.size(); ++p) {
      for (size_t b = 0; b < blocks.size(); ++b) {
        const Run& run = network.blocks[b].runs[p];
        const auto& state = static_cast<const BlockTraces<T>&>(*blocks[b]);
        for (int64_t i = 0; i < run.count; ++i) {
          const Trace<T>& trace = state.post[run.first_slot + i];
          mix(trace.value * post_decay_.At(now - trace.step));
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

  T Clip(T w) const { return std::min(std::max(w, min_), max_); }

  // Notes what each source's trace was before its spikes of this step: what the
  // synapses will need when these arrive.
  void RecordSources(const Propagation& p, BlockTraces<T>& state) const {
    const auto now = static_cast<uint32_t>(p.step);
    auto& before = state.before[p.step % state.before.size()];
    before.clear();
    for (uint32_t neuron : Sources(layout_, p.spikes.At(p.step))) {
      Trace<T>& trace = state.pre[neuron - layout_.first_source];
      before.push_back(trace);
      trace = {trace.value * pre_decay_.At(now - trace.step) + 1, now};
    }
  }

  void Deliver(const Propagation& p, BlockTraces<T>& state) const {
    const SynapseTable& table = layout_.blocks[p.block];
    const uint32_t* begins = table.fours();
    const auto* targets = table.targets.as<uint16_t>();
    T* weights = state.weights.template as<T>();
    T* sums = p.input.SumRow<T>(layout_.input_row);
    const auto now = static_cast<uint32_t>(p.step);
    const size_t delays = layout_.delays.size();
    ForEachArrival(
        layout_, p.spikes, p.step, [&](int64_t row, size_t i, size_t spike) {
          const int64_t emitted = p.step + 1 - layout_.delays[i];
          const Trace<T> trace =
              state.before[emitted % state.before.size()][spike];
          const Pending pending = PendingOf(trace, layout_.delays[i], state);
          const size_t end =
              size_t{begins[row * delays + i + 1]} * SynapseTable::kPad;
          for (size_t s = size_t{begins[row * delays + i]} * SynapseTable::kPad;
               s < end; ++s) {
            const uint32_t slot = targets[s];
            const T w = Potentiate(weights[s], slot, pending, state);
            sums[slot] += w;
            const Trace<T>& post = state.post[slot];
            weights[s] = Clip(
                w - a_minus_ * (post.value * post_decay_.At(now - post.step)));
          }
        });
  }

  // What the waiting spikes do to the synapses of one segment: those at times
  // from `from` on add `step` times the decay since `from`, or since `earlier`
  // steps before the epoch began.
  struct Pending {
    T step;
    uint32_t from;
    uint32_t earlier;
  };
  // After an arrival with this trace.
  Pending PendingOf(const Trace<T>& trace, int32_t delay,
                    const BlockTraces<T>& state) const {
    // In the step of its arrival a spike comes before postsynaptic ones.
    const auto arrived =
        static_cast<int32_t>(trace.step + static_cast<uint32_t>(delay - 1) -
                             static_cast<uint32_t>(state.epoch));
    return arrived >= 0 ? Pending{a_plus_ * trace.value,
                                  static_cast<uint32_t>(arrived) + 1, 0}
                        : Pending{a_plus_ * trace.value, 1,
                                  static_cast<uint32_t>(-arrived)};
  }

  T Potentiate(T w, uint32_t slot, const Pending& pending,
               const BlockTraces<T>& state) const {
    if ((state.newest[slot] & 0xffff) < pending.from) return w;
    const uint16_t* begin = state.waiting.data() + slot * kWaitingSpikes;
    const uint16_t* end = begin + state.waiting_count[slot];
    const uint16_t* spike = end;
    while (spike > begin && spike[-1] >= pending.from) --spike;
    for (; spike < end; ++spike) {
      w = Clip(w + pending.step *
                       pre_decay_.At(*spike - pending.from + pending.earlier));
    }
    return w;
  }

  void RecordTargets(const Propagation& p, BlockTraces<T>& state) const {
    const auto now = static_cast<uint32_t>(p.step);
    const auto time = static_cast<uint16_t>(p.step - state.epoch + 1);
    for (uint16_t slot : p.spike_slots) {
      if (!is_target_[p.block][slot]) continue;
      if (state.waiting_count[slot] == kWaitingSpikes) {
        Settle(p.block, p.spikes, p.step + 1, state);
      }
      state.waiting[slot * kWaitingSpikes + state.waiting_count[slot]++] = time;
      state.newest[slot] = state.newest[slot] << 16 | time;
      Trace<T>& trace = state.post[slot];
      trace = {trace.value * post_decay_.At(now - trace.step) + 1, now};
    }
  }

  // Applies all waiting spikes to all synapses, as of the beginning of `step`:
  // arrivals in it have been delivered.
  void Settle(int block, const SpikeWindow& spikes, int64_t step,
              BlockTraces<T>& state) const {
    const SynapseTable& table = layout_.blocks[block];
    const uint32_t* begins = table.fours();
    const auto* targets = table.targets.as<uint16_t>();
    T* weights = state.weights.template as<T>();
    const size_t delays = layout_.delays.size();
    // As the synapses with delay d see them: without the spikes of the last
    // d - 1 steps.
    std::vector<Trace<T>> arrived = state.pre;
    int64_t newest = step - 1;
    for (size_t i = 0; i < delays; ++i) {
      for (; newest >= 0 && newest > step - layout_.delays[i]; --newest) {
        const auto rows = Sources(layout_, spikes.At(newest));
        const auto& before = state.before[newest % state.before.size()];
        for (size_t k = 0; k < rows.size(); ++k) {
          arrived[rows[k] - layout_.first_source] = before[k];
        }
      }
      for (int64_t row = 0; row < layout_.source_count; ++row) {
        const Pending pending =
            PendingOf(arrived[row], layout_.delays[i], state);
        if (pending.step == 0) continue;
        const size_t at = row * delays + i;
        for (size_t s = size_t{begins[at]} * SynapseTable::kPad;
             s < size_t{begins[at + 1]} * SynapseTable::kPad; ++s) {
          weights[s] = Potentiate(weights[s], targets[s], pending, state);
        }
      }
    }
    std::fill(state.newest.begin(), state.newest.end(), 0);
    std::fill(state.waiting_count.begin(), state.waiting_count.end(), 0);
    Forget(static_cast<uint32_t>(step),
           pre_decay_.last() + static_cast<uint32_t>(layout_.delays.back()),
           state.pre);
    Forget(static_cast<uint32_t>(step), post_decay_.last(), state.post);
  }

  // Traces of which nothing is left, however late it arrives: their steps would
  // come round again.
  static void Forget(uint32_t now, uint32_t after,
                     std::vector<Trace<T>>& traces) {
    for (Trace<T>& trace : traces) {
      if (now - trace.step >= after && now - trace.step < 0x80000000u) {
        trace = {0, now - after};
      }
    }
  }

  SynapseLayout layout_;
  DecayTable<T> pre_decay_;
  DecayTable<T> post_decay_;
  T a_plus_;
  T a_minus_;
  T min_;
  T max_;
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
  return 2 * trace + 9 + 2 * kWaitingSpikes;
}

}  // namespace spiked
