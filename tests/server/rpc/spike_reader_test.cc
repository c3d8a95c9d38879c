// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/spike_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "tests/server/rpc/spike_decoder.h"

namespace spiked {
namespace {

using testing::DecodedSpike;
using testing::DecodeSpikes;

// Steps [first, end) in which neurons 0 .. count-1 spike.
std::shared_ptr<const SpikeRun> MakeRun(int64_t first, int64_t end,
                                        int32_t count) {
  auto run = std::make_shared<SpikeRun>();
  for (int64_t step = first; step < end; ++step) {
    run->steps.push_back({step, count});
    for (int32_t i = 0; i < count; ++i) run->neurons.push_back(i);
  }
  return run;
}

SpikeReader MakeReader(const SpikeRing& ring,
                       std::vector<bool> populations = {true, true}) {
  SpikeRing::Cursor cursor;
  EXPECT_TRUE(ring.Seek(-1, std::move(populations), &cursor));
  return SpikeReader(&ring, std::move(cursor), v1::DELTA_VARINT);
}

TEST(SpikeReader, ReadsWhatWasAdded) {
  SpikeRing ring({0, 5, 10}, 1 << 20);
  SpikeReader reader = MakeReader(ring);
  ring.Append(MakeRun(2, 3, 2), 4);
  v1::SpikeBatch batch;
  reader.Read(&batch);
  EXPECT_EQ(batch.first_step(), 0);
  EXPECT_EQ(batch.end_step(), 4);
  EXPECT_EQ(batch.dropped_spike_count(), 0);
  EXPECT_EQ(DecodeSpikes(batch), (std::vector<DecodedSpike>{{2, 0}, {2, 1}}));
  EXPECT_FALSE(reader.behind());

  reader.Read(&batch);
  EXPECT_EQ(batch.first_step(), 4);
  EXPECT_EQ(batch.end_step(), 4);
  EXPECT_EQ(batch.step_offsets_size(), 0);
}

TEST(SpikeReader, SelectsPopulations) {
  SpikeRing ring({0, 5, 10}, 1 << 20);
  SpikeReader reader = MakeReader(ring, {false, true});
  ring.Append(MakeRun(0, 1, 7), 1);
  v1::SpikeBatch batch;
  reader.Read(&batch);
  EXPECT_EQ(DecodeSpikes(batch), (std::vector<DecodedSpike>{{0, 5}, {0, 6}}));
}

TEST(SpikeReader, CutsLongRunsBetweenSteps) {
  SpikeRing ring({0, 5, 20'000}, 64 << 20);
  SpikeReader reader = MakeReader(ring);
  ring.Append(MakeRun(0, 10, 20'000), 12);
  v1::SpikeBatch batch;
  int64_t position = 0;
  size_t spikes = 0;
  do {
    reader.Read(&batch);
    EXPECT_EQ(batch.first_step(), position);
    EXPECT_LE(batch.step_offsets_size(), 2);
    position = batch.end_step();
    spikes += DecodeSpikes(batch).size();
  } while (reader.behind());
  EXPECT_EQ(position, 12);
  EXPECT_EQ(spikes, 200'000u);
}

// Found by tests/chaos: a reader that stalled between two messages of one
// reading took the second for the last, when the session was gone by then.
TEST(SpikeReader, IsBehindIfTheRingHasMovedOnSinceItWasRead) {
  SpikeRing ring({0, 5, 20'000}, 64 << 20);
  SpikeReader reader = MakeReader(ring);
  ring.Append(MakeRun(0, 4, 20'000), 4);
  v1::SpikeBatch batch;
  reader.Read(&batch);
  EXPECT_EQ(batch.end_step(), 2);
  ring.Append(MakeRun(4, 5, 1), 5);
  reader.Read(&batch);
  EXPECT_EQ(batch.end_step(), 4);
  EXPECT_TRUE(reader.behind());
  reader.Read(&batch);
  EXPECT_EQ(batch.end_step(), 5);
  EXPECT_FALSE(reader.behind());
}

TEST(SpikeReader, SendsAStepThatIsTooLargeAlone) {
  SpikeRing ring({0, 5, 60'000}, 64 << 20);
  SpikeReader reader = MakeReader(ring);
  ring.Append(MakeRun(0, 2, 60'000), 2);
  v1::SpikeBatch batch;
  reader.Read(&batch);
  EXPECT_EQ(DecodeSpikes(batch).size(), 60'000u);
  EXPECT_EQ(batch.end_step(), 1);
  EXPECT_TRUE(reader.behind());
}

TEST(SpikeReader, BridgesGapsLongerThanAnOffset) {
  constexpr int64_t kFar = int64_t{1} << 40;
  SpikeRing ring({0, 5, 10}, 1 << 20);
  SpikeReader reader = MakeReader(ring);
  ring.Append(MakeRun(kFar, kFar + 1, 1), kFar + 5);
  v1::SpikeBatch batch;
  reader.Read(&batch);
  EXPECT_EQ(DecodeSpikes(batch).size(), 0u);
  EXPECT_EQ(batch.end_step(), kFar);
  reader.Read(&batch);
  EXPECT_EQ(DecodeSpikes(batch), (std::vector<DecodedSpike>{{kFar, 0}}));
  EXPECT_EQ(batch.end_step(), kFar + 5);
}

TEST(SpikeReader, EndsTheOldEpochBeforeItBeginsANewOne) {
  SpikeRing ring({0, 5, 10}, 1 << 20);
  SpikeReader reader = MakeReader(ring);
  ring.Append(MakeRun(0, 1, 3), 100);
  ring.Reset(1);
  ring.Append(MakeRun(0, 1, 2), 1);
  v1::SpikeBatch batch;
  reader.Read(&batch);
  EXPECT_EQ(batch.epoch(), 0);
  EXPECT_EQ(batch.end_step(), 100);
  EXPECT_EQ(DecodeSpikes(batch).size(), 3u);
  EXPECT_TRUE(reader.behind());
  reader.Read(&batch);
  EXPECT_EQ(batch.epoch(), 1);
  EXPECT_EQ(batch.first_step(), 0);
  EXPECT_EQ(batch.end_step(), 1);
  EXPECT_EQ(DecodeSpikes(batch).size(), 2u);
  EXPECT_EQ(batch.dropped_spike_count(), 0);
  EXPECT_FALSE(reader.behind());
}

TEST(SpikeReader, ReportsWhatItGaveUp) {
  SpikeRing ring({0, 5, 30'000}, 64 << 20);
  SpikeReader reader = MakeReader(ring);
  ring.Append(MakeRun(0, 10, 30'000), 10);
  ring.Append(MakeRun(10, 11, 1), 15);
  v1::SpikeBatch batch;
  reader.Read(&batch);
  const auto sent = static_cast<int64_t>(DecodeSpikes(batch).size());
  reader.Discard();
  EXPECT_FALSE(reader.behind());
  reader.Read(&batch);
  EXPECT_EQ(sent + batch.dropped_spike_count(), 300'001);
  EXPECT_EQ(batch.end_step(), 15);
  EXPECT_EQ(batch.step_offsets_size(), 0);
}

// A session and a reader that take turns at random, with a ring that is too
// small: whatever happens, every spike is sent or counted, and the spikes that
// are sent are right and in order.
TEST(SpikeReader, SentAndDroppedMakeProduced) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const bool all = round % 2 == 0;
    SpikeRing ring({0, 5, 10}, 200 + random() % 2000);
    int64_t step = 0;
    int64_t epoch = 0;
    int64_t produced = 0;
    int64_t received = 0;
    const auto produce = [&] {
      if (random() % 20 == 0) {
        ring.Reset(++epoch);
        step = 0;
        return;
      }
      auto run = std::make_shared<SpikeRun>();
      for (size_t i = random() % 4; i > 0; --i, ++step) {
        const auto begin = static_cast<int32_t>(random() % 10);
        const auto count = static_cast<int32_t>(random() % (11 - begin));
        if (count == 0) continue;
        run->steps.push_back({step, count});
        for (int32_t k = 0; k < count; ++k) {
          run->neurons.push_back(begin + k);
          if (all || begin + k >= 5) ++produced;
        }
      }
      ring.Append(run, step);
    };
    for (size_t i = random() % 10; i > 0; --i) produce();
    produced = 0;
    SpikeReader reader = MakeReader(ring, {all, true});
    DecodedSpike last = {-1, -1};
    int64_t last_epoch = epoch;
    int64_t end = step;
    const auto read = [&] {
      v1::SpikeBatch batch;
      reader.Read(&batch);
      if (batch.epoch() == last_epoch) {
        EXPECT_GE(batch.first_step(), end);
        // Steps can be lost that had none of the wanted spikes.
        if (all && batch.dropped_spike_count() == 0) {
          EXPECT_EQ(batch.first_step(), end);
        }
      } else {
        last = {-1, -1};
      }
      last_epoch = batch.epoch();
      end = batch.end_step();
      for (const DecodedSpike& spike : DecodeSpikes(batch)) {
        EXPECT_LT(last, spike);
        EXPECT_LT(spike.step, end);
        last = spike;
        ++received;
      }
      received += batch.dropped_spike_count();
    };
    for (size_t i = 0; i < 100; ++i) {
      if (random() % 4 == 0) {
        read();
      } else {
        produce();
      }
    }
    if (random() % 3 == 0) reader.Discard();
    do {
      read();
    } while (reader.behind());
    EXPECT_EQ(received, produced);
    EXPECT_EQ(end, step);
  }
}

}  // namespace
}  // namespace spiked
