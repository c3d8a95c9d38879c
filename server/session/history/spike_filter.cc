// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/spike_filter.h"

namespace spiked {
namespace {

// The finalizer of SplitMix64 (Steele et al. 2014,
// doi:10.1145/2714064.2660195): every bit of the result depends on every bit of
// `x`.
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

}  // namespace

bool InSample(int64_t seed, int64_t neuron, double fraction) {
  constexpr uint64_t kGolden = 0x9E3779B97F4A7C15u;
  const uint64_t hash = Mix(Mix(static_cast<uint64_t>(seed) + kGolden) +
                            (static_cast<uint64_t>(neuron) + 1) * kGolden);
  return static_cast<double>(hash >> 11) * 0x1p-53 < fraction;
}

SpikeFilter SpikeFilter::None(int64_t neuron_count) {
  SpikeFilter filter;
  filter.all_ = false;
  filter.bits_.resize(BytesOf(neuron_count) / sizeof(uint64_t));
  return filter;
}

void SpikeFilter::Add(int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end;) {
    if ((i & 63) == 0 && end - i >= 64) {
      bits_[i >> 6] = ~uint64_t{0};
      i += 64;
    } else {
      bits_[i >> 6] |= uint64_t{1} << (i & 63);
      ++i;
    }
  }
}

void SpikeFilter::KeepOnly(SpikeFilter other) {
  if (all_) std::swap(*this, other);
  if (other.all_) return;
  for (size_t i = 0; i < bits_.size(); ++i) bits_[i] &= other.bits_[i];
}

void SpikeFilter::KeepSample(int64_t neuron_count, int64_t seed,
                             double fraction) {
  if (fraction >= 1) return;
  if (all_) {
    *this = None(neuron_count);
    Add(0, neuron_count);
  }
  for (int64_t i = 0; i < neuron_count; ++i) {
    if (Wants(static_cast<int32_t>(i)) && !InSample(seed, i, fraction)) {
      bits_[i >> 6] &= ~(uint64_t{1} << (i & 63));
    }
  }
}

int64_t SpikeFilter::Count(absl::Span<const int32_t> neurons) const {
  if (all_) return static_cast<int64_t>(neurons.size());
  int64_t count = 0;
  for (int32_t neuron : neurons) count += Wants(neuron) ? 1 : 0;
  return count;
}

std::shared_ptr<const SpikeFilter> Share(SpikeFilter filter,
                                         MemoryReservation memory) {
  struct Held {
    MemoryReservation memory;  // first: given back when the filter is gone
    SpikeFilter filter;
  };
  const std::shared_ptr<const Held> held(
      new Held{std::move(memory), std::move(filter)});
  return {held, &held->filter};
}

}  // namespace spiked
