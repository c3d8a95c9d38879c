// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/slow_consumer.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

constexpr int64_t kMs = 1'000'000;

class SlowConsumerTest : public ::testing::Test {
 protected:
  SlowConsumerTest() {
    cursor_ = SpikeCursor::Open(
                  {.ring = ring_, .filter = std::make_shared<SpikeFilter>()})
                  .cursor;
  }

  // Appends a step with a hundred spikes: 400 bytes.
  void Append() {
    SpikeRun run = {.steps = {{step_, 100}}};
    for (int32_t i = 0; i < 100; ++i) run.neurons.push_back(i);
    ring_->Append(run, ++step_);
  }

  const std::shared_ptr<SpikeRing> ring_ =
      std::make_shared<SpikeRing>(SpikeRing::Options{.max_bytes = 1 << 20});
  std::unique_ptr<SpikeCursor> cursor_;
  int64_t step_ = 0;
};

TEST_F(SlowConsumerTest, DropsNothingUnlessALimitIsGiven) {
  SlowConsumer slow(v1::DROP_OLDEST, 0);
  slow.CaughtUp();
  for (int i = 0; i < 1000; ++i) {
    Append();
    const auto verdict = slow.Check(i * 100 * kMs, cursor_.get());
    EXPECT_EQ(verdict.dropped, 0);
    EXPECT_FALSE(verdict.disconnect);
  }
  EXPECT_FALSE(slow.must_be_complete());
}

TEST_F(SlowConsumerTest, DropsWhatIsTooMuch) {
  SlowConsumer slow(v1::DROP_OLDEST, 1000);
  slow.CaughtUp();
  for (int i = 0; i < 5; ++i) Append();
  EXPECT_EQ(slow.Check(0, cursor_.get()).dropped, 300);
  EXPECT_EQ(cursor_->waiting_bytes(), 800);
  EXPECT_EQ(slow.Check(0, cursor_.get()).dropped, 0);
}

TEST_F(SlowConsumerTest, DropsWhatIsTwoSecondsOld) {
  SlowConsumer slow(v1::DROP_OLDEST, 1 << 20);
  slow.CaughtUp();
  int64_t dropped = 0;
  for (int i = 0; i < 50; ++i) {
    Append();
    dropped += slow.Check(i * 100 * kMs, cursor_.get()).dropped;
  }
  // The spikes of the last two seconds wait.
  EXPECT_EQ(dropped, 100 * 30);
  EXPECT_EQ(cursor_->waiting_bytes(), 400 * 20);
}

TEST_F(SlowConsumerTest, DisconnectsForBytesOrAge) {
  SlowConsumer much(v1::DISCONNECT, 1000);
  much.CaughtUp();
  EXPECT_TRUE(much.must_be_complete());
  Append();
  Append();
  EXPECT_FALSE(much.Check(0, cursor_.get()).disconnect);
  Append();
  EXPECT_TRUE(much.Check(0, cursor_.get()).disconnect);

  SlowConsumer old(v1::DISCONNECT, 0);
  old.CaughtUp();
  EXPECT_FALSE(old.Check(5 * kMs, cursor_.get()).disconnect);
  EXPECT_FALSE(old.Check(2004 * kMs, cursor_.get()).disconnect);
  EXPECT_TRUE(old.Check(2005 * kMs, cursor_.get()).disconnect);
}

TEST_F(SlowConsumerTest, ForgivesWhoReads) {
  SlowConsumer slow(v1::DISCONNECT, 0);
  slow.CaughtUp();
  for (int i = 0; i < 100; ++i) {
    Append();
    EXPECT_FALSE(slow.Check(i * 100 * kMs, cursor_.get()).disconnect);
    if (i % 15 == 14) cursor_->Skip(400);
  }
}

// Reading a long history first doesn't count as slow.
TEST_F(SlowConsumerTest, LimitsNothingBeforeTheStreamHasCaughtUp) {
  for (const auto policy : {v1::DROP_OLDEST, v1::DISCONNECT}) {
    SlowConsumer slow(policy, 1000);
    for (int i = 0; i < 50; ++i) {
      Append();
      const auto verdict = slow.Check(i * 100 * kMs, cursor_.get());
      EXPECT_EQ(verdict.dropped, 0);
      EXPECT_FALSE(verdict.disconnect);
    }
  }
}

TEST_F(SlowConsumerTest, BlocksWithADefault) {
  EXPECT_EQ(SlowConsumer(v1::BLOCK, 0).block_bytes(),
            SlowConsumer::kDefaultBytes);
  EXPECT_EQ(SlowConsumer(v1::BLOCK, 77).block_bytes(), 77);
  EXPECT_EQ(SlowConsumer(v1::DISCONNECT, 77).block_bytes(), 0);
}

}  // namespace
}  // namespace spiked
