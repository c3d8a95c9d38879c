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

// A probe that reserves memory for a tenant with a quota.
class ReservedProbeTest : public ::testing::Test {
 protected:
  static constexpr int64_t kMaxBytes = 1 << 20;
  static constexpr int kMemory = static_cast<int>(Resource::kMemoryBytes);

  ReservedProbeTest() { SetQuota(10 * kMaxBytes); }

  void SetQuota(double bytes) {
    TenantQuota quota;
    quota.limits[kMemory] = bytes;
    tenant_->SetQuota(quota);
  }
  int64_t reserved() const { return ledger_->reserved_bytes(); }
  int64_t refused() const { return tenant_->usage(0).rejections[kMemory]; }

  std::unique_ptr<StateProbe> MakeProbe(std::function<void()> on_room) {
    // A sample takes 40 bytes and one number.
    return MakeProbe(1, std::move(on_room));
  }
  std::unique_ptr<StateProbe> MakeProbe(size_t neurons,
                                        std::function<void()> on_room) {
    return std::make_unique<StateProbe>(
        StateProbe::Selection{.variables = {0},
                              .neurons = std::vector<int32_t>(neurons)},
        kMaxBytes, std::move(on_room), ledger_, tenant_);
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
  const std::shared_ptr<MemoryLedger> ledger_ =
      std::make_shared<MemoryLedger>(1 << 30);
  const std::shared_ptr<Tenant> tenant_ =
      std::make_shared<Tenant>("acme", TenantQuota{});
};

TEST_F(ReservedProbeTest, TakesMemoryAsItGrowsAndGivesItBackWhenItIsEmpty) {
  const auto probe = MakeProbe(nullptr);
  ASSERT_TRUE(probe->Open().ok());
  Sample(*probe, kFirst);
  EXPECT_EQ(reserved(), 0);
  Sample(*probe, 1);
  // It grows in large pieces.
  EXPECT_GT(reserved(), kMaxBytes / 10);
  Sample(*probe, 2 * kMost);
  // The reserved memory is that of the full buffer, apart from the free part.
  EXPECT_NEAR(reserved(), kMaxBytes, 256 << 10);
  const auto reading = probe->Take(kMost - 1);
  EXPECT_EQ(reading.samples.size(), static_cast<size_t>(kMost - 1));
  EXPECT_EQ(reading.dropped_sample_count, kFirst + 1 + kMost);
  EXPECT_GT(reserved(), 0);
  EXPECT_EQ(probe->Take(kMost).samples.size(), 1u);
  EXPECT_EQ(reserved(), 0);
}

TEST_F(ReservedProbeTest, WithoutMemoryItIsFullEarlier) {
  SetQuota(1);
  const auto probe = MakeProbe(nullptr);
  Sample(*probe, 10'000);
  EXPECT_GT(refused(), 0);
  EXPECT_LT(refused(), 200);  // it doesn't ask at every sample
  const auto reading = probe->Take(20'000);
  EXPECT_EQ(std::ssize(reading.samples), kFirst);
  EXPECT_EQ(reading.dropped_sample_count, 10'000 - kFirst);
}

TEST_F(ReservedProbeTest, OneThatBlocksLosesNothingWithoutMemory) {
  SetQuota(1);
  int woken = 0;
  const auto probe = MakeProbe([&] { ++woken; });
  const int first = Sample(*probe, 10'000);
  EXPECT_EQ(first, kFirst / 2 + 1);
  EXPECT_EQ(std::ssize(probe->Take(20'000).samples), first);
  EXPECT_EQ(woken, 1);
  SetQuota(300 << 10);
  EXPECT_GT(Sample(*probe, 10'000), 2 * first);
  EXPECT_EQ(probe->Take(20'000).dropped_sample_count, 0);
}

TEST_F(ReservedProbeTest, CopiesOfALargeSampleAreReservedAtItsBegin) {
  constexpr size_t kNeurons = 10'000;  // all index 0
  SetQuota(300'000);
  EXPECT_EQ(MakeProbe(kNeurons, nullptr)->Open().code(),
            absl::StatusCode::kResourceExhausted);
  SetQuota(500'000);
  {
    const auto probe = MakeProbe(kNeurons, nullptr);
    EXPECT_TRUE(probe->Open().ok());
    EXPECT_GT(reserved(), 400'000);
  }
  EXPECT_EQ(reserved(), 0);
}

}  // namespace
}  // namespace spiked
