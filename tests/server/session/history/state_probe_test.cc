// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/state_probe.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/network_builder.h"
#include "tests/support/simulation.h"

namespace spiked {
namespace {

NetworkSpec OneNeuron() {
  NetworkSpec spec = testing::MakeNetwork(1);
  spec.populations.push_back(testing::MakePopulation("cell", "izhikevich", 1));
  return spec;
}

TEST(StateProbe, AFullBufferDropsTheOldestAndCounts) {
  testing::Simulation simulation(OneNeuron());
  // The buffer has room for at least two samples.
  StateProbe probe({.variables = {0}, .neurons = {0}}, 0);
  for (int i = 0; i < 5; ++i) {
    simulation.Run(1);
    probe.Sample(simulation.network(), simulation.state(), 0);
  }
  const StateProbe::Reading reading = probe.Take(100);
  EXPECT_EQ(reading.dropped_sample_count, 3);
  ASSERT_EQ(reading.samples.size(), 2u);
  EXPECT_EQ(reading.samples[0].step, 4);
  EXPECT_EQ(probe.Take(100).dropped_sample_count, 0);
}

TEST(StateProbe, AReadingHasOneEpoch) {
  testing::Simulation simulation(OneNeuron());
  StateProbe probe({.variables = {0}, .neurons = {0}}, 1 << 16);
  simulation.Run(1);
  probe.Sample(simulation.network(), simulation.state(), 0);
  probe.Sample(simulation.network(), simulation.state(), 1);
  EXPECT_EQ(probe.Take(100).samples.size(), 1u);
  const StateProbe::Reading second = probe.Take(100);
  ASSERT_EQ(second.samples.size(), 1u);
  EXPECT_EQ(second.samples[0].epoch, 1);
}

// A probe that reserves memory from `purse_`.
class ReservedProbeTest : public ::testing::Test {
 protected:
  static constexpr int64_t kMaxBytes = 1 << 20;

  std::unique_ptr<StateProbe> MakeProbe(std::function<void()> on_room) {
    // A sample takes 40 bytes and one number.
    return std::make_unique<StateProbe>(
        StateProbe::Selection{.variables = {0}, .neurons = {0}}, kMaxBytes,
        std::move(on_room),
        [this](int64_t bytes) -> absl::StatusOr<MemoryReservation> {
          ++attempts_;
          if (bytes > purse_) return absl::ResourceExhaustedError("empty");
          purse_ -= bytes;
          return MemoryReservation([this, bytes] { purse_ += bytes; });
        });
  }
  // Takes samples, up to `count` or until the probe blocks.
  int Sample(StateProbe& probe, int count) {
    for (int i = 0; i < count; ++i) {
      if (probe.blocked()) return i;
      probe.Sample(simulation_.network(), simulation_.state(), 0);
    }
    return count;
  }

  static constexpr int64_t kFirst =
      StateProbe::kFreeBytes / (sizeof(StateProbe::SampleRow) + 8);
  static constexpr int64_t kMost =
      kMaxBytes / (sizeof(StateProbe::SampleRow) + 8);

  testing::Simulation simulation_{OneNeuron()};
  int64_t purse_ = 0;
  int attempts_ = 0;
};

TEST_F(ReservedProbeTest, TakesMemoryAsItGrowsAndGivesItBackWhenItIsEmpty) {
  purse_ = 10 * kMaxBytes;
  const auto probe = MakeProbe(nullptr);
  ASSERT_TRUE(probe->Open().ok());
  Sample(*probe, kFirst);
  EXPECT_EQ(attempts_, 0);
  Sample(*probe, 1);
  EXPECT_EQ(attempts_, 1);
  Sample(*probe, 2 * kMost);
  // The reserved memory is that of the full buffer, apart from the free part.
  EXPECT_NEAR(10 * kMaxBytes - purse_, kMaxBytes, 256 << 10);
  EXPECT_LT(attempts_, 10);
  const auto reading = probe->Take(kMost - 1);
  EXPECT_EQ(reading.samples.size(), static_cast<size_t>(kMost - 1));
  EXPECT_EQ(reading.dropped_sample_count, kFirst + 1 + kMost);
  EXPECT_LT(purse_, 10 * kMaxBytes);
  EXPECT_EQ(probe->Take(kMost).samples.size(), 1u);
  EXPECT_EQ(purse_, 10 * kMaxBytes);
}

TEST_F(ReservedProbeTest, WithoutMemoryItIsFullEarlier) {
  const auto probe = MakeProbe(nullptr);
  Sample(*probe, 10'000);
  EXPECT_LT(attempts_, 200);  // it doesn't ask at every sample
  const auto reading = probe->Take(20'000);
  EXPECT_EQ(std::ssize(reading.samples), kFirst);
  EXPECT_EQ(reading.dropped_sample_count, 10'000 - kFirst);
}

TEST_F(ReservedProbeTest, OneThatBlocksLosesNothingWithoutMemory) {
  int woken = 0;
  const auto probe = MakeProbe([&] { ++woken; });
  const int first = Sample(*probe, 10'000);
  EXPECT_EQ(first, kFirst / 2 + 1);
  EXPECT_EQ(std::ssize(probe->Take(20'000).samples), first);
  EXPECT_EQ(woken, 1);
  purse_ = 300 << 10;
  EXPECT_GT(Sample(*probe, 10'000), 2 * first);
  EXPECT_EQ(probe->Take(20'000).dropped_sample_count, 0);
}

TEST_F(ReservedProbeTest, TwoLargeSamplesAreReservedAtItsBegin) {
  const std::vector<int32_t> neurons(10'000);  // all index 0
  purse_ = 100'000;
  const auto take = [this](int64_t bytes) -> absl::StatusOr<MemoryReservation> {
    if (bytes > purse_) return absl::ResourceExhaustedError("empty");
    purse_ -= bytes;
    return MemoryReservation([this, bytes] { purse_ += bytes; });
  };
  StateProbe large({.variables = {0}, .neurons = neurons}, kMaxBytes, nullptr,
                   take);
  EXPECT_EQ(large.Open().code(), absl::StatusCode::kResourceExhausted);
  purse_ = 200'000;
  {
    StateProbe other({.variables = {0}, .neurons = neurons}, kMaxBytes, nullptr,
                     take);
    EXPECT_TRUE(other.Open().ok());
    EXPECT_LT(purse_, 40'000);
  }
  EXPECT_EQ(purse_, 200'000);
}

}  // namespace
}  // namespace spiked
