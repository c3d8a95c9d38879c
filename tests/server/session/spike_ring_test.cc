// SPDX-License-Identifier: Apache-2.0

#include "server/session/spike_ring.h"

#include <gtest/gtest.h>

#include <random>

namespace spiked {
namespace {

// Populations of neurons [0, 10) and [10, 30).
const std::vector<int64_t> kPopulations = {0, 10, 30};
constexpr size_t kPlenty = 1 << 20;

std::shared_ptr<const SpikeRun> MakeRun(int64_t step,
                                        std::vector<int32_t> neurons) {
  auto run = std::make_shared<SpikeRun>();
  run->steps = {{step, static_cast<int32_t>(neurons.size())}};
  run->neurons = std::move(neurons);
  return run;
}

// Reads like a stream: the wanted spikes, and what was dropped.
struct Reader {
  SpikeRing::Cursor cursor;
  int64_t sent = 0;
  int64_t dropped = 0;

  std::vector<int32_t> Read(const SpikeRing& ring,
                            int64_t max_spikes = 1 << 20) {
    const SpikeRing::Reading reading = ring.Read(&cursor, max_spikes);
    std::vector<SpikeRun::Step> steps;
    std::vector<int32_t> neurons;
    for (const auto& run : reading.runs) {
      ring.Select(*run, cursor, reading.first_step, &steps, &neurons);
    }
    cursor.spikes_before += static_cast<int64_t>(neurons.size());
    sent += static_cast<int64_t>(neurons.size());
    dropped += reading.dropped_spike_count;
    return neurons;
  }
};

TEST(SpikeRing, GivesEachSpikeOnce) {
  SpikeRing ring(kPopulations, kPlenty);
  Reader reader;
  ASSERT_TRUE(ring.Seek(-1, {true, true}, &reader.cursor));
  ring.Append(MakeRun(0, {1, 12}), 1);
  ring.Append(nullptr, 2);
  ring.Append(MakeRun(2, {3}), 3);
  EXPECT_EQ(reader.Read(ring), (std::vector<int32_t>{1, 12, 3}));
  EXPECT_TRUE(reader.Read(ring).empty());
  EXPECT_EQ(reader.cursor.step, 3);
}

TEST(SpikeRing, DoesNotGrowWhileMemoryIsTight) {
  MemoryGuard guard(1000);
  SpikeRing ring(kPopulations, kPlenty, &guard);
  Reader reader;
  ASSERT_TRUE(ring.Seek(-1, {true, true}, &reader.cursor));
  for (int step = 0; step < 4; ++step) {
    ring.Append(MakeRun(step, {step}), step + 1);
  }
  guard.Update(900);
  for (int step = 4; step < 7; ++step) {
    ring.Append(MakeRun(step, {step}), step + 1);
  }
  // Each new run has taken the place of an old one, which counts as dropped.
  EXPECT_EQ(reader.Read(ring), (std::vector<int32_t>{3, 4, 5, 6}));
  EXPECT_EQ(reader.dropped, 3);
  guard.Update(100);
  ASSERT_TRUE(ring.Seek(-1, {true, true}, &reader.cursor));
  for (int step = 7; step < 13; ++step) {
    ring.Append(MakeRun(step, {step}), step + 1);
  }
  EXPECT_EQ(reader.Read(ring).size(), 6u);
}

TEST(SpikeRing, SelectsPopulations) {
  SpikeRing ring(kPopulations, kPlenty);
  Reader reader;
  ASSERT_TRUE(ring.Seek(-1, {false, true}, &reader.cursor));
  ring.Append(MakeRun(0, {1, 9, 10, 29}), 1);
  EXPECT_EQ(reader.Read(ring), (std::vector<int32_t>{10, 29}));
}

TEST(SpikeRing, SeeksIntoTheHistory) {
  SpikeRing ring(kPopulations, kPlenty);
  auto run = std::make_shared<SpikeRun>();
  run->steps = {{0, 1}, {1, 2}};
  run->neurons = {1, 2, 3};
  ring.Append(run, 2);
  ring.Append(MakeRun(2, {4}), 3);
  Reader reader;
  ASSERT_TRUE(ring.Seek(1, {true, true}, &reader.cursor));
  EXPECT_EQ(reader.Read(ring), (std::vector<int32_t>{2, 3, 4}));
  EXPECT_FALSE(ring.Seek(4, {true, true}, &reader.cursor));
}

TEST(SpikeRing, CountsWhatASlowReaderLoses) {
  const size_t two_runs = 2 * MakeRun(0, {1, 2, 12})->bytes();
  SpikeRing ring(kPopulations, two_runs);
  Reader reader;
  ASSERT_TRUE(ring.Seek(-1, {true, false}, &reader.cursor));
  for (int64_t step = 0; step < 10; ++step) {
    ring.Append(MakeRun(step, {1, 2, 12}), step + 1);
  }
  EXPECT_EQ(reader.Read(ring), (std::vector<int32_t>{1, 2, 1, 2}));
  EXPECT_EQ(reader.dropped, 16);
  Reader late;
  EXPECT_FALSE(ring.Seek(0, {true, true}, &late.cursor));
  EXPECT_TRUE(ring.Seek(8, {true, true}, &late.cursor));
}

TEST(SpikeRing, AResetLetsReadersFinishTheOldEpochFirst) {
  SpikeRing ring(kPopulations, kPlenty);
  Reader reader;
  ASSERT_TRUE(ring.Seek(-1, {true, true}, &reader.cursor));
  ring.Append(MakeRun(0, {1}), 1);
  reader.Read(ring);
  ring.Append(MakeRun(1, {2, 3}), 2);
  ring.Reset(1);
  ring.Append(MakeRun(0, {4}), 1);
  EXPECT_EQ(reader.Read(ring), (std::vector<int32_t>{2, 3}));
  EXPECT_EQ(reader.cursor.epoch, 0);
  EXPECT_EQ(reader.Read(ring), (std::vector<int32_t>{4}));
  EXPECT_EQ(reader.cursor.epoch, 1);
  EXPECT_EQ(reader.dropped, 0);
}

TEST(SpikeRing, AReaderOfTheNewEpochDoesNotMissTheOldOne) {
  SpikeRing ring(kPopulations, 2 * MakeRun(0, {1})->bytes());
  ring.Append(MakeRun(0, {1}), 1);
  ring.Reset(1);
  Reader reader;
  ASSERT_TRUE(ring.Seek(0, {true, true}, &reader.cursor));
  for (int64_t step = 0; step < 4; ++step) {
    ring.Append(MakeRun(step, {2}), step + 1);
  }
  // Three runs were evicted: one of the old epoch, two of the new.
  EXPECT_EQ(reader.Read(ring), (std::vector<int32_t>{2, 2}));
  EXPECT_EQ(reader.dropped, 2);
}

TEST(SpikeRing, ManyResetsAreForgottenAndCounted) {
  SpikeRing ring(kPopulations, kPlenty);
  Reader reader;
  ASSERT_TRUE(ring.Seek(-1, {true, true}, &reader.cursor));
  for (int64_t epoch = 1; epoch <= 100; ++epoch) {
    ring.Append(MakeRun(0, {1}), 1);
    ring.Reset(epoch);
  }
  while (reader.cursor.epoch < 100) reader.Read(ring);
  EXPECT_GT(reader.dropped, 0);
  EXPECT_EQ(reader.sent + reader.dropped, 100);
}

TEST(SpikeRing, ALimitedReadEndsBetweenRuns) {
  SpikeRing ring(kPopulations, kPlenty);
  Reader reader;
  ASSERT_TRUE(ring.Seek(-1, {true, true}, &reader.cursor));
  ring.Append(MakeRun(3, {1, 2}), 4);
  ring.Append(MakeRun(7, {3, 4}), 10);
  EXPECT_EQ(reader.Read(ring, 1).size(), 2u);
  EXPECT_EQ(reader.cursor.step, 7);
  EXPECT_EQ(reader.Read(ring, 1).size(), 2u);
  EXPECT_EQ(reader.cursor.step, 10);
}

// Sent + dropped = produced, for any filter, reader speed, eviction and reset.
TEST(SpikeRing, LossIsCountedExactly) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    SpikeRing ring(kPopulations, 200 + random() % 2000);
    Reader reader;
    const std::vector<bool> wanted = {random() % 2 == 0, random() % 2 == 0};
    int64_t produced = 0;
    int64_t step = 0;
    int64_t epoch = 0;
    ASSERT_TRUE(ring.Seek(-1, wanted, &reader.cursor));
    for (int i = 0; i < 100; ++i) {
      auto run = std::make_shared<SpikeRun>();
      for (int s = 0; s < 3; ++s, ++step) {
        int32_t count = 0;
        for (int32_t neuron = 0; neuron < 30; ++neuron) {
          if (random() % 10 != 0) continue;
          run->neurons.push_back(neuron);
          ++count;
          if (wanted[neuron < 10 ? 0 : 1]) ++produced;
        }
        if (count > 0) run->steps.push_back({step, count});
      }
      ring.Append(run, step);
      if (random() % 8 == 0) reader.Read(ring, random() % 50);
      if (random() % 40 == 0) {
        ring.Reset(++epoch);
        step = 0;
      }
    }
    // The end of the last epoch may take several limited reads.
    do {
      reader.Read(ring);
    } while (reader.cursor.epoch < epoch || reader.cursor.step < step);
    EXPECT_EQ(reader.sent + reader.dropped, produced) << trial;
  }
}

}  // namespace
}  // namespace spiked
