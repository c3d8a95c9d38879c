// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/static.h"

#include <cstring>
#include <utility>

#include "core/network.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/synapses/static.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Rows of weights are padded to 32 and aligned.
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

// What a four of synapses does, for each way to store weights.
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

class AddFourIntegers {
 public:
  AddFourIntegers(const SynapseTable& table, int32_t* sums)
      : synapses_(table.targets.as<uint64_t>()), sums_(sums) {}

  void Prefetch(uint32_t four) const {
    __builtin_prefetch(synapses_ + 2 * size_t{four});
  }
  void operator()(uint32_t four) const {
    const uint64_t* two = synapses_ + 2 * size_t{four};
    AddTwo(two[0]);
    AddTwo(two[1]);
  }

 private:
  void AddTwo(uint64_t two) const {
    sums_[two & 0xffff] += static_cast<int16_t>(two >> 16);
    sums_[two >> 32 & 0xffff] += static_cast<int16_t>(two >> 48);
  }

  const uint64_t* synapses_;  // {slot, weight, slot, weight} of 16 bits
  int32_t* sums_;
};

template <typename T>
class AddFourScalars {
 public:
  AddFourScalars(const SynapseTable& table, T* sums)
      : targets_(table.targets.as<uint64_t>()),
        weights_(table.weights.as<T>()),
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

// Fours are fetched this many before they are added: memory takes 200 ns.
constexpr size_t kLookahead = 128;

// A step's arrivals are flattened into a list of fours first, so that neither
// the ends of segments nor their beginnings, scattered over memory, interrupt
// the loop that adds.
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

template <class Four>
void DeliverSparse(const SynapseLayout& layout, const SynapseTable& table,
                   const Four& four, const Propagation& p) {
  constexpr size_t kListLength = 1 << 15;
  constexpr uint32_t kStore = 16;  // entries written at once, needed or not
  if (p.scratch.size() < kListLength + kMaxBlockSlots) {
    p.scratch.resize(kListLength + kMaxBlockSlots);
  }
  uint32_t* const list = p.scratch.data();
  size_t count = 0;
  const size_t delays = layout.delays.size();
  const uint32_t* begins = table.fours();
  ForEachArrival(layout, p.spikes, p.step, [&](int64_t row, size_t i, size_t) {
    uint32_t at = begins[row * delays + i];
    const uint32_t end = begins[row * delays + i + 1];
    do {
      const uint32_t fours = std::min<uint32_t>(end - at, kListLength);
      for (uint32_t done = 0;; done += kStore) {
        uint32_t* to = list + count + done;
        for (uint32_t k = 0; k < kStore; ++k) to[k] = at + done + k;
        if (HWY_LIKELY(done + kStore >= fours)) break;
      }
      count += fours;
      at += fours;
      if (HWY_UNLIKELY(count >= kListLength)) {
        DeliverList(four, list, count);
        count = 0;
      }
    } while (HWY_UNLIKELY(at < end));
  });
  DeliverList(four, list, count);
}

// For long segments, where a list would cost more than it saves.
template <class Four>
void DeliverSegments(const SynapseLayout& layout, const SynapseTable& table,
                     const Four& four, const Propagation& p) {
  const size_t delays = layout.delays.size();
  const uint32_t* begins = table.fours();
  constexpr uint32_t kFetch = 8;  // cache lines of the next segment
  uint32_t at = 0;
  uint32_t end = 0;
  const auto deliver = [&] {
    for (; at < end; ++at) four(at);
  };
  ForEachArrival(layout, p.spikes, p.step, [&](int64_t row, size_t i, size_t) {
    const uint32_t next = begins[row * delays + i];
    for (uint32_t k = 0; k < kFetch; ++k) four.Prefetch(next + 8 * k);
    deliver();
    at = next;
    end = begins[row * delays + i + 1];
  });
  deliver();
}

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

  void Propagate(const Propagation& p) const override {
    const SynapseTable& table = layout_.blocks[p.block];
    switch (layout_.format) {
      case WeightFormat::kConstant:
        Deliver<CountFour, uint16_t>(table, p,
                                     p.input.CountRow(layout_.input_row));
        break;
      case WeightFormat::kBits16:
        Deliver<AddFourIntegers, int16_t>(
            table, p, p.input.IntegerRow(layout_.input_row));
        break;
      case WeightFormat::kFull:
        Deliver<AddFourScalars<T>, T>(table, p,
                                      p.input.SumRow<T>(layout_.input_row));
        p.input.sums_used = true;
        break;
    }
  }

  const SynapseLayout& layout() const override { return layout_; }

  double Weight(const SynapseAt& synapse, const SynapseState*,
                double unit) const override {
    const SynapseTable& table = layout_.blocks[synapse.block];
    switch (layout_.format) {
      case WeightFormat::kConstant:
        return static_cast<T>(layout_.constant_weight);
      case WeightFormat::kBits16:
        return unit *
               (layout_.dense
                    ? table.weights.as<int16_t>()[synapse.index]
                    : table.targets.as<int16_t>()[2 * synapse.index + 1]);
      case WeightFormat::kFull:
        return table.weights.as<T>()[synapse.index];
    }
    return 0;
  }

 private:
  template <class Four, typename Stored, typename Sum>
  void Deliver(const SynapseTable& table, const Propagation& p,
               Sum* sums) const {
    if (layout_.dense) {
      ForEachArrival(
          layout_, p.spikes, p.step, [&](int64_t row, size_t, size_t) {
            Sum* to = sums + table.dense_slot;
            if constexpr (std::is_same_v<Four, CountFour>) {
              HWY_DYNAMIC_DISPATCH(AddOnes)(table.dense_stride, to);
            } else {
              AddRow(table.weights.as<Stored>() + row * table.dense_stride,
                     table.dense_stride, to);
            }
          });
    } else if (long_segments_[p.block]) {
      DeliverSegments(layout_, table, Four(table, sums), p);
    } else {
      DeliverSparse(layout_, table, Four(table, sums), p);
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
