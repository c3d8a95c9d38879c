// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/spike_filter.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "server/security/memory_ledger.h"

namespace spiked {
namespace {

int64_t SizeOf(const SpikeFilter& filter, int32_t neurons) {
  int64_t size = 0;
  for (int32_t i = 0; i < neurons; ++i) size += filter.Wants(i) ? 1 : 0;
  return size;
}

TEST(SpikeFilter, WantsAllUnlessToldOtherwise) {
  EXPECT_TRUE(SpikeFilter().Wants(0));
  EXPECT_TRUE(SpikeFilter().Wants(1 << 30));
  EXPECT_EQ(SizeOf(SpikeFilter::None(1000), 2000), 0);
}

TEST(SpikeFilter, WantsRanges) {
  for (const auto& [begin, end] : {std::pair{0, 1},
                                   {0, 64},
                                   {3, 200},
                                   {63, 64},
                                   {64, 129},
                                   {190, 200},
                                   {5, 5}}) {
    SpikeFilter filter = SpikeFilter::None(200);
    filter.Add(begin, end);
    for (int32_t i = 0; i < 300; ++i) {
      EXPECT_EQ(filter.Wants(i), i >= begin && i < end) << i;
    }
    EXPECT_EQ(SizeOf(filter, 300), end - begin);
  }
}

TEST(SpikeFilter, CountsAndCompares) {
  SpikeFilter filter = SpikeFilter::None(100);
  filter.Add(10, 20);
  EXPECT_EQ(filter.Count({{9, 10, 19, 20}}), 2);
  SpikeFilter other = SpikeFilter::None(100);
  other.Add(10, 15);
  EXPECT_FALSE(filter == other);
  other.Add(15, 20);
  EXPECT_TRUE(filter == other);
}

// The number of neurons in a sample is binomial: within six standard
// deviations.
TEST(SpikeFilter, SamplesAFractionThatStaysTheSame) {
  constexpr int32_t kNeurons = 100'000;
  SpikeFilter larger;
  larger.KeepSample(kNeurons, 5, 0.3);
  EXPECT_NEAR(SizeOf(larger, kNeurons), 30'000, 6 * 145);
  SpikeFilter smaller;
  smaller.KeepSample(kNeurons, 5, 0.1);
  for (int32_t i = 0; i < kNeurons; ++i) {
    EXPECT_TRUE(!smaller.Wants(i) || larger.Wants(i));
    EXPECT_EQ(larger.Wants(i), InSample(5, i, 0.3));
  }
  // Another seed gives an independent sample: 0.09 of the neurons are in both.
  int both = 0;
  for (int32_t i = 0; i < kNeurons; ++i) {
    both += larger.Wants(i) && InSample(6, i, 0.3) ? 1 : 0;
  }
  EXPECT_NEAR(both, 9'000, 6 * 91);
  SpikeFilter all;
  all.KeepSample(kNeurons, 5, 1);
  EXPECT_TRUE(all.all());
}

TEST(SpikeFilter, KeepsWhatBothWant) {
  SpikeFilter some = SpikeFilter::None(200);
  some.Add(10, 150);
  SpikeFilter filter;
  filter.KeepOnly(some);
  EXPECT_TRUE(filter == some);
  filter.KeepOnly(SpikeFilter());
  EXPECT_TRUE(filter == some);
  SpikeFilter others = SpikeFilter::None(200);
  others.Add(100, 200);
  filter.KeepOnly(std::move(others));
  for (int32_t i = 0; i < 200; ++i) {
    EXPECT_EQ(filter.Wants(i), i >= 100 && i < 150);
  }
}

TEST(SpikeFilter, GivesItsMemoryBackWithItsLastOwner) {
  constexpr int64_t kNeurons = 1'000'000;
  const auto ledger = std::make_shared<MemoryLedger>(1'000'000);
  const int64_t bytes = SpikeFilter::BytesOf(kNeurons);
  EXPECT_EQ(bytes, 125'000);
  auto shared = Share(SpikeFilter::None(kNeurons),
                      *ledger->Reserve(nullptr, bytes, "the filter"));
  auto other = shared;
  shared = nullptr;
  EXPECT_EQ(ledger->reserved_bytes(), bytes);
  EXPECT_FALSE(other->Wants(1));
  other = nullptr;
  EXPECT_EQ(ledger->reserved_bytes(), 0);
}

TEST(SpikeFilter, SamplesOfWhatIsWanted) {
  SpikeFilter filter = SpikeFilter::None(1000);
  filter.Add(100, 200);
  filter.KeepSample(1000, 1, 0.5);
  for (int32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(filter.Wants(i), i >= 100 && i < 200 && InSample(1, i, 0.5));
  }
}

}  // namespace
}  // namespace spiked
