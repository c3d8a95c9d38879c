// SPDX-License-Identifier: Apache-2.0

#include "core/synapses/stdp_pair_arrivals.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "core/model/synapse_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/synapses/stdp_pair_arrivals.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

#ifndef SPIKED_CORE_SYNAPSES_STDP_PAIR_BATCH_
#define SPIKED_CORE_SYNAPSES_STDP_PAIR_BATCH_
namespace spiked::stdp_pair {

// Synapses that are computed together, so that short segments fill vectors,
// too.
struct Batch {
  static constexpr size_t kFours = 64;
  static constexpr size_t kSynapses = kFours * SynapseTable::kPad;

  size_t count;  // synapses
  // Read, for each synapse:
  alignas(64) int32_t slots[kSynapses];
  alignas(64) float steps[kSynapses];
  alignas(64) int32_t after[kSynapses];
  alignas(64) int32_t offset[kSynapses];
  // Changed:
  alignas(64) float weights[kSynapses];
  // Written: what each synapse delivers, and for each 16 a bit mask of the
  // synapses for which four or more spikes wait, which are computed one by one.
  alignas(64) float delivered[kSynapses];
  uint32_t late[kSynapses / 16];
};

}  // namespace spiked::stdp_pair
#endif

HWY_BEFORE_NAMESPACE();
namespace spiked {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Potentiates, delivers and depresses the synapses of a batch. Mul and Add
// instead of MulAdd: the same bits on every vector target.
void Compute(const stdp_pair::Rule<float>& rule,
             const stdp_pair::PostTrace<float>* post, uint32_t now,
             stdp_pair::Batch& batch) {
  const hn::CappedTag<float, 16> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  using V = hn::Vec<decltype(d)>;
  using VI = hn::Vec<decltype(di)>;
  static_assert(sizeof(*post) == 16);
  const float* const values = &post->value;
  const auto* const steps = reinterpret_cast<const int32_t*>(&post->step);
  const auto* const newest = reinterpret_cast<const int32_t*>(&post->newest);
  const auto* const older = reinterpret_cast<const int32_t*>(&post->older);
  const V min = hn::Set(d, rule.min);
  const V max = hn::Set(d, rule.max);
  const V a_minus = hn::Set(d, rule.a_minus);
  const VI last_pre = hn::Set(di, static_cast<int32_t>(rule.pre_decay.last()));
  const auto last_post = hn::Set(du, rule.post_decay.last());
  const auto clip = [&](V w) { return hn::Min(hn::Max(w, min), max); };
  const auto low = [&](VI times) {
    return hn::And(times, hn::Set(di, 0xffff));
  };
  const auto high = [&](VI times) {
    return hn::BitCast(di, hn::ShiftRight<16>(hn::BitCast(du, times)));
  };

  for (size_t i = 0; i < batch.count; i += hn::Lanes(d)) {
    const VI at = hn::ShiftLeft<2>(hn::Load(di, batch.slots + i));
    const VI after = hn::Load(di, batch.after + i);
    const V step = hn::Load(d, batch.steps + i);
    const VI offset = hn::Load(di, batch.offset + i);
    V w = hn::Load(d, batch.weights + i);
    // Applies one waiting spike to each synapse, if it came after its arrival.
    const auto potentiate = [&](VI times) HWY_ATTR {
      const auto due = hn::Gt(times, after);
      const VI k = hn::Min(hn::Add(times, offset), last_pre);
      const V decay = hn::GatherIndex(d, rule.pre_decay.values(),
                                      hn::IfThenElseZero(due, k));
      w = hn::IfThenElse(hn::RebindMask(d, due),
                         clip(hn::Add(w, hn::Mul(step, decay))), w);
    };
    // Up to three waiting spikes, the oldest first.
    uint32_t late = 0;
    const VI two = hn::GatherIndex(di, newest, at);
    if (!hn::AllFalse(di, hn::Gt(low(two), after))) {
      if (!hn::AllFalse(di, hn::Gt(high(two), after))) {
        const VI more = hn::GatherIndex(di, older, at);
        const auto is_late = hn::Gt(high(more), after);
        if (HWY_UNLIKELY(!hn::AllFalse(di, is_late))) {
          uint8_t bytes[8] = {};
          hn::StoreMaskBits(di, is_late, bytes);
          late = static_cast<uint32_t>(bytes[0]) |
                 static_cast<uint32_t>(bytes[1]) << 8;
        }
        potentiate(low(more));
        potentiate(high(two));
      }
      potentiate(low(two));
    }
    hn::Store(w, d, batch.delivered + i);
    // Depression by the target's trace.
    const auto age =
        hn::Min(hn::Sub(hn::Set(du, now),
                        hn::BitCast(du, hn::GatherIndex(di, steps, at))),
                last_post);
    const V trace = hn::Mul(
        hn::GatherIndex(d, values, at),
        hn::GatherIndex(d, rule.post_decay.values(), hn::BitCast(di, age)));
    hn::Store(clip(hn::Sub(w, hn::Mul(a_minus, trace))), d, batch.weights + i);
    if (i % 16 == 0) batch.late[i / 16] = 0;
    batch.late[i / 16] |= late << i % 16;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace spiked
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spiked {
namespace {

HWY_EXPORT(Compute);

}  // namespace

namespace stdp_pair {
namespace {

// Deliver in scalar code, one synapse after the other.
template <typename T>
void DeliverOneByOne(const Rule<T>& rule, const PostSpikes<T>& post,
                     absl::Span<const ArrivingFour<T>> arrivals, uint32_t now,
                     const uint16_t* targets, T* weights, T* sums) {
  for (const ArrivingFour<T>& arrival : arrivals) {
    for (size_t k = 0; k < SynapseTable::kPad; ++k) {
      const size_t s = size_t{arrival.four} * SynapseTable::kPad + k;
      const uint32_t slot = targets[s];
      const T w = rule.Potentiate(weights[s], slot, arrival.pending, post);
      sums[slot] += w;
      weights[s] = rule.Depress(w, post.traces()[slot], now);
    }
  }
}

}  // namespace

void Deliver(const Rule<float>& rule, const PostSpikes<float>& post,
             absl::Span<const ArrivingFour<float>> arrivals, uint32_t now,
             const uint16_t* targets, float* weights, float* sums) {
  constexpr size_t kPad = SynapseTable::kPad;
  // Vector code needs decay tables that end with 0.
  if (!rule.pre_decay.ends() || !rule.post_decay.ends()) {
    return DeliverOneByOne(rule, post, arrivals, now, targets, weights, sums);
  }
  Batch batch;
  for (size_t begin = 0; begin < arrivals.size(); begin += Batch::kFours) {
    const size_t fours = std::min(Batch::kFours, arrivals.size() - begin);
    batch.count = fours * kPad;
    // Prefetch the next batch.
    const auto ahead =
        arrivals.subspan(begin + fours)
            .first(std::min(Batch::kFours, arrivals.size() - begin - fours));
    for (const ArrivingFour<float>& arrival : ahead) {
      __builtin_prefetch(targets + size_t{arrival.four} * kPad);
      __builtin_prefetch(weights + size_t{arrival.four} * kPad);
    }
    // Bring the synapses of this batch together.
    for (size_t i = 0; i < fours; ++i) {
      const ArrivingFour<float>& arrival = arrivals[begin + i];
      const uint16_t* slots = targets + size_t{arrival.four} * kPad;
      const float* w = weights + size_t{arrival.four} * kPad;
      for (size_t k = 0; k < kPad; ++k) {
        const size_t at = i * kPad + k;
        batch.slots[at] = slots[k];
        batch.weights[at] = w[k];
        batch.steps[at] = arrival.pending.step;
        batch.after[at] = static_cast<int32_t>(arrival.pending.from) - 1;
        batch.offset[at] = static_cast<int32_t>(arrival.pending.offset);
      }
    }
    // The rest of the last vector is computed, too, and not read.
    for (size_t at = batch.count; at % 16 != 0; ++at) {
      batch.slots[at] = 0;
      batch.weights[at] = batch.steps[at] = 0;
      batch.after[at] = 0x7fffffff;
      batch.offset[at] = 0;
    }
    HWY_DYNAMIC_DISPATCH(Compute)(rule, post.traces().data(), now, batch);
    // Repeat the synapses for which many spikes wait, one by one.
    for (size_t i = 0; i < batch.count; i += 16) {
      for (uint32_t late = batch.late[i / 16]; late != 0; late &= late - 1) {
        const size_t at = i + std::countr_zero(late);
        const ArrivingFour<float>& arrival = arrivals[begin + at / kPad];
        const uint32_t slot = batch.slots[at];
        const float before = weights[size_t{arrival.four} * kPad + at % kPad];
        const float w = rule.Potentiate(before, slot, arrival.pending, post);
        batch.delivered[at] = w;
        batch.weights[at] = rule.Depress(w, post.traces()[slot], now);
      }
    }
    // Deliver, and store the weights.
    for (size_t i = 0; i < fours; ++i) {
      for (size_t k = 0; k < kPad; ++k) {
        sums[batch.slots[i * kPad + k]] += batch.delivered[i * kPad + k];
      }
      std::copy_n(batch.weights + i * kPad, kPad,
                  weights + size_t{arrivals[begin + i].four} * kPad);
    }
  }
}

void Deliver(const Rule<double>& rule, const PostSpikes<double>& post,
             absl::Span<const ArrivingFour<double>> arrivals, uint32_t now,
             const uint16_t* targets, double* weights, double* sums) {
  DeliverOneByOne(rule, post, arrivals, now, targets, weights, sums);
}

}  // namespace stdp_pair
}  // namespace spiked
#endif  // HWY_ONCE
