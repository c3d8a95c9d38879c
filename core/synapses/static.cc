// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/static.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/model/due_segments.h"
#include "core/network/carried_group.h"
#include "core/network/network.h"
#include "core/numbers/add_wrapping.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/synapses/static.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Add a row of weights, or ones, to sums. Rows are padded to 32 and aligned.
void AddShorts(const int16_t* weights, size_t count, int32_t* sums) {
  const hn::CappedTag<int32_t, 16> d;
  const hn::Rebind<int16_t, decltype(d)> narrow;
  for (size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto w = hn::PromoteTo(d, hn::Load(narrow, weights + i));
    hn::Store(hn::Add(hn::Load(d, sums + i), w), d, sums + i);
  }
}
void AddFloats(const float* weights, size_t count, float* sums) {
  const hn::CappedTag<float, 16> d;
  for (size_t i = 0; i < count; i += hn::Lanes(d)) {
    hn::Store(hn::Add(hn::Load(d, sums + i), hn::Load(d, weights + i)), d,
              sums + i);
  }
}
void AddOnes(size_t count, uint16_t* counts) {
  const hn::CappedTag<uint16_t, 32> d;
  for (size_t i = 0; i < count; i += hn::Lanes(d)) {
    hn::Store(hn::Add(hn::Load(d, counts + i), hn::Set(d, 1)), d, counts + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(AddShorts);
HWY_EXPORT(AddFloats);
HWY_EXPORT(AddOnes);

void AddRow(const int16_t* weights, size_t count, int32_t* sums) {
  HWY_DYNAMIC_DISPATCH(AddShorts)(weights, count, sums);
}
void AddRow(const float* weights, size_t count, float* sums) {
  HWY_DYNAMIC_DISPATCH(AddFloats)(weights, count, sums);
}
void AddRow(const double* weights, size_t count, double* sums) {
  for (size_t i = 0; i < count; ++i) sums[i] += weights[i];
}

// Each of these classes delivers to four synapses, for one way to store
// weights. CountFour counts arrivals.
class CountFour {
 public:
  CountFour(const SynapseTable& table, uint16_t* counts)
      : targets_(table.targets.as<uint64_t>()), counts_(counts) {}

  void Prefetch(uint32_t four) const { __builtin_prefetch(targets_ + four); }
  void operator()(uint32_t four) const {
    const uint64_t slots = targets_[four];
    ++counts_[slots & 0xffff];
    ++counts_[slots >> 16 & 0xffff];
    ++counts_[slots >> 32 & 0xffff];
    ++counts_[slots >> 48];
  }

 private:
  const uint64_t* targets_;  // four slots
  uint16_t* counts_;
};

// Adds 16-bit weights; overflow is carried over into 32 bits.
class AddFourIntegers {
 public:
  AddFourIntegers(const AlignedArray& synapses, int16_t* sums, int32_t* carries,
                  bool* carries_used)
      : synapses_(synapses.as<uint64_t>()),
        sums_(sums),
        carries_(carries),
        carries_used_(carries_used) {}

  void Prefetch(uint32_t four) const {
    // Each is read once, so don't put it into the L2 cache, which holds the
    // neurons.
    __builtin_prefetch(synapses_ + 2 * size_t{four}, 0, 0);
  }
  void operator()(uint32_t four) const {
    const uint64_t* two = synapses_ + 2 * size_t{four};
    AddTwo(two[0]);
    AddTwo(two[1]);
  }

 private:
  void AddTwo(uint64_t two) const {
    Add(two & 0xffff, static_cast<int16_t>(two >> 16));
    Add(two >> 32 & 0xffff, static_cast<int16_t>(two >> 48));
  }
  void Add(size_t slot, int16_t weight) const {
    if (HWY_UNLIKELY(AddWrapping(weight, sums_ + slot))) {
      carries_[slot] += weight > 0 ? 65536 : -65536;
      *carries_used_ = true;
    }
  }

  const uint64_t* synapses_;  // {slot, weight, slot, weight} of 16 bits
  int16_t* sums_;
  int32_t* carries_;
  bool* carries_used_;
};

// Adds weights of the network's precision.
template <typename T>
class AddFourScalars {
 public:
  AddFourScalars(const SynapseTable& table, const AlignedArray& weights,
                 T* sums)
      : targets_(table.targets.as<uint64_t>()),
        weights_(weights.as<T>()),
        sums_(sums) {}

  void Prefetch(uint32_t four) const {
    __builtin_prefetch(targets_ + four);
    __builtin_prefetch(weights_ + 4 * size_t{four});
  }
  void operator()(uint32_t four) const {
    const uint64_t slots = targets_[four];
    const T* w = weights_ + 4 * size_t{four};
    sums_[slots & 0xffff] += w[0];
    sums_[slots >> 16 & 0xffff] += w[1];
    sums_[slots >> 32 & 0xffff] += w[2];
    sums_[slots >> 48] += w[3];
  }

 private:
  const uint64_t* targets_;  // four slots
  const T* weights_;
  T* sums_;
};

// How many fours ahead are prefetched: memory takes 200 ns.
constexpr size_t kLookahead = 96;

// Delivers to a list of fours. Arrivals are listed first, so that the ends of
// segments don't interrupt the loop that adds.
template <class Four>
void DeliverList(const Four& four, const uint32_t* list, size_t count) {
  const size_t ahead = std::min(count, kLookahead);
  for (size_t i = 0; i < ahead; ++i) four.Prefetch(list[i]);
  for (size_t i = 0; i + ahead < count; ++i) {
    four.Prefetch(list[i + ahead]);
    four(list[i]);
  }
  for (size_t i = count - ahead; i < count; ++i) four(list[i]);
}

using Segments = absl::Span<const DueSegments::Segment>;

// Delivers to short segments, through a list of their fours.
template <class Four>
void DeliverShort(Segments segments, const Four& four,
                  std::vector<uint32_t>& scratch) {
  constexpr uint32_t kStore = 16;  // entries written at once, needed or not
  size_t most = kStore;
  for (const auto& segment : segments) most += segment.end - segment.begin;
  if (scratch.size() < most) scratch.resize(2 * most);
  uint32_t* const list = scratch.data();
  uint32_t* next = list;
  for (const auto& segment : segments) {
    const uint32_t count = segment.end - segment.begin;
    for (uint32_t done = 0; done < count; done += kStore) {
      for (uint32_t k = 0; k < kStore; ++k) {
        next[done + k] = segment.begin + done + k;
      }
    }
    next += count;
  }
  DeliverList(four, list, next - list);
}

// Delivers to long segments, for which a list would cost more than it saves.
template <class Four>
void DeliverLong(Segments segments, const Four& four) {
  constexpr uint32_t kFetch = 8;  // cache lines of the next segment
  for (size_t i = 0; i < segments.size(); ++i) {
    if (i + 1 < segments.size()) {
      for (uint32_t k = 0; k < kFetch; ++k) {
        four.Prefetch(segments[i + 1].begin + 8 * k);
      }
    }
    for (uint32_t at = segments[i].begin; at < segments[i].end; ++at) four(at);
  }
}

// Spikes that are on their way, and changed weights.
struct StaticState : public SynapseState {
  explicit StaticState(const SynapseLayout& layout) : due(layout) {}
  std::unique_ptr<SynapseState> Clone() const override {
    return std::make_unique<StaticState>(*this);
  }

  DueSegments due;  // for sparse layouts
  // All weights, instead of the table's, once one of them was changed.
  AlignedArray weights;
};

template <typename T>
class Kernel : public SynapseKernel {
 public:
  explicit Kernel(SynapseLayout layout) : layout_(std::move(layout)) {
    for (const SynapseTable& table : layout_.blocks) {
      const size_t segments = layout_.source_count * layout_.delays.size();
      long_segments_.push_back(!layout_.dense &&
                               table.fours()[segments] >= 16 * segments);
    }
  }

  std::unique_ptr<SynapseState> MakeState(int /*block*/) const override {
    return std::make_unique<StaticState>(layout_);
  }

  void Propagate(const Propagation& p) const override {
    const SynapseTable& table = layout_.blocks[p.block];
    const AlignedArray& weights = WeightsOf(p.block, p.state);
    const int row = layout_.input_row;
    switch (layout_.format) {
      case WeightFormat::kConstant: {
        uint16_t* counts = p.input.CountRow(row);
        if (layout_.dense) {
          ForEachRow(p, [&](int64_t) {
            HWY_DYNAMIC_DISPATCH(AddOnes)
            (table.dense_stride, counts + table.dense_slot);
          });
        } else {
          Deliver(p, CountFour(table, counts));
        }
        break;
      }
      case WeightFormat::kBits16:
        if (layout_.dense) {
          AddRows<int16_t>(p, weights, p.input.CarryRow(row));
          p.input.carries_used = true;
        } else {
          Deliver(
              p, AddFourIntegers(weights, p.input.IntegerRow(row),
                                 p.input.CarryRow(row), &p.input.carries_used));
        }
        break;
      case WeightFormat::kFull:
        if (layout_.dense) {
          AddRows<T>(p, weights, p.input.SumRow<T>(row));
        } else {
          Deliver(p, AddFourScalars<T>(table, weights, p.input.SumRow<T>(row)));
        }
        break;
    }
  }

  const SynapseLayout& layout() const override { return layout_; }

  void CarryOver(const CarriedGroup& group,
                 absl::Span<SynapseState* const> states) const override {
    if (layout_.dense) return;
    for (size_t b = 0; b < states.size(); ++b) {
      DueSegments& due = static_cast<StaticState*>(states[b])->due;
      for (int64_t n = std::max<int64_t>(0, group.step - layout_.delays.back());
           n < group.step; ++n) {
        due.Schedule(layout_, static_cast<int>(b),
                     Sources(layout_, group.spikes.At(n)), n);
        due.Take(n + 1);  // has arrived
      }
    }
  }

  double Weight(const SynapseAt& synapse, const SynapseState* state,
                double unit) const override {
    const AlignedArray& weights = WeightsOf(synapse.block, state);
    switch (layout_.format) {
      case WeightFormat::kConstant:
        return static_cast<T>(layout_.constant_weight);
      case WeightFormat::kBits16:
        return unit * weights.as<int16_t>()[IntegerAt(synapse)];
      case WeightFormat::kFull:
        return weights.as<T>()[synapse.index];
    }
    return 0;
  }

  void SetWeight(const SynapseAt& synapse, double weight, double unit,
                 SynapseState* state) const override {
    AlignedArray& own = static_cast<StaticState*>(state)->weights;
    if (own.bytes() == 0) own = WeightsOf(synapse.block, nullptr);
    if (layout_.format == WeightFormat::kBits16) {
      const double units =
          std::clamp(std::round(weight / unit), -32767.0, 32767.0);
      own.as<int16_t>()[IntegerAt(synapse)] = static_cast<int16_t>(units);
    } else {
      own.as<T>()[synapse.index] = static_cast<T>(weight);
    }
  }

 private:
  // The array of the stored weights: 16-bit weights lie beside their targets,
  // unless they are dense.
  const AlignedArray& WeightsOf(int block, const SynapseState* state) const {
    const SynapseTable& table = layout_.blocks[block];
    const auto* own = static_cast<const StaticState*>(state);
    if (own != nullptr && own->weights.bytes() > 0) return own->weights;
    return layout_.format == WeightFormat::kBits16 && !layout_.dense
               ? table.targets
               : table.weights;
  }
  size_t IntegerAt(const SynapseAt& synapse) const {
    return layout_.dense ? synapse.index : 2 * synapse.index + 1;
  }

  // Dense: calls visit(row) for the sources whose spikes arrive in step + 1.
  template <class Visit>
  void ForEachRow(const Propagation& p, Visit visit) const {
    for (uint32_t source :
         Sources(layout_, p.spikes.At(p.step + 1 - layout_.delays.front()))) {
      visit(source - layout_.first_source);
    }
  }
  // Dense: adds the rows of weights that arrive in step + 1.
  template <typename Stored, typename Sum>
  void AddRows(const Propagation& p, const AlignedArray& weights,
               Sum* sums) const {
    const SynapseTable& table = layout_.blocks[p.block];
    ForEachRow(p, [&](int64_t row) {
      AddRow(weights.as<Stored>() + row * table.dense_stride,
             table.dense_stride, sums + table.dense_slot);
    });
  }

  // Sparse: delivers the segments that are due in step + 1.
  template <class Four>
  void Deliver(const Propagation& p, const Four& four) const {
    DueSegments& due = static_cast<StaticState*>(p.state)->due;
    due.Schedule(layout_, p.block, Sources(layout_, p.spikes.At(p.step)),
                 p.step);
    const Segments segments = due.Take(p.step + 1);
    if (long_segments_[p.block]) {
      DeliverLong(segments, four);
    } else {
      DeliverShort(segments, four, p.scratch);
    }
  }

  SynapseLayout layout_;
  std::vector<bool> long_segments_;  // [blocks]
};

ModelInfo MakeInfo() {
  ModelInfo info;
  info.name = "static";
  info.summary = "Synapses whose weight doesn't change.";
  info.equations = "A spike adds the weight to the receptor of its target.";
  return info;
}

}  // namespace

const ModelInfo& StaticSynapse::info() const {
  static const auto* const info = new ModelInfo(MakeInfo());
  return *info;
}

std::unique_ptr<SynapseKernel> StaticSynapse::Compile(
    const Parameters&, SynapseLayout layout, const Network& network) const {
  if (network.precision == Precision::kFloat64) {
    return std::make_unique<Kernel<double>>(std::move(layout));
  }
  return std::make_unique<Kernel<float>>(std::move(layout));
}

}  // namespace spiked
#endif  // HWY_ONCE
