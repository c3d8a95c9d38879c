// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/rate_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <random>

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Makes a run from the spiking neurons of each step.
SpikeRun MakeRun(const std::map<int64_t, std::vector<int32_t>>& spikes) {
  SpikeRun run;
  for (const auto& [step, neurons] : spikes) {
    run.steps.push_back({step, static_cast<int32_t>(neurons.size())});
    run.neurons.insert(run.neurons.end(), neurons.begin(), neurons.end());
  }
  return run;
}

std::shared_ptr<SpikeRing> MakeRing(size_t max_bytes = 1 << 20) {
  return std::make_shared<SpikeRing>(
      SpikeRing::Options{.max_bytes = max_bytes});
}

RateReader MakeReader(const std::shared_ptr<SpikeRing>& ring,
                      std::vector<SpikeGroup> groups, int64_t bin_steps,
                      std::optional<int64_t> start_step = std::nullopt) {
  SpikeFilter filter = FilterOf(groups, 10);
  auto opened = SpikeCursor::Open(
      {.ring = ring,
       .filter = std::make_shared<const SpikeFilter>(std::move(filter)),
       .step = start_step});
  EXPECT_EQ(opened.problem, SpikeCursor::Problem::kNone);
  return RateReader(std::move(opened.cursor), std::move(groups), bin_steps);
}

v1::RateBatch Next(RateReader& reader) {
  v1::RateBatch batch;
  reader.Read();
  reader.Write({}, &batch);
  return batch;
}

std::vector<int32_t> CountsOf(const v1::RateBatch& batch) {
  return {batch.spike_counts().begin(), batch.spike_counts().end()};
}

TEST(RateReader, CountsInWholeBins) {
  const auto ring = MakeRing();
  RateReader reader = MakeReader(ring, {{0, 5}, {5, 10}}, 10);
  ring->Append(MakeRun({{0, {0, 4, 5}}, {9, {9}}, {10, {0}}, {24, {1}}}), 25);
  v1::RateBatch batch = Next(reader);
  EXPECT_EQ(batch.first_step(), 0);
  EXPECT_EQ(batch.end_step(), 20);
  EXPECT_THAT(CountsOf(batch), ElementsAre(2, 2, 1, 0));
  EXPECT_FALSE(reader.behind());

  batch = Next(reader);
  EXPECT_EQ(batch.end_step(), 20);
  EXPECT_THAT(CountsOf(batch), IsEmpty());

  ring->Append(MakeRun({{29, {7}}}), 30);
  batch = Next(reader);
  EXPECT_EQ(batch.first_step(), 20);
  EXPECT_EQ(batch.end_step(), 30);
  EXPECT_THAT(CountsOf(batch), ElementsAre(1, 1));
}

TEST(RateReader, CountsColumnsOfTheWantedPopulations) {
  const auto ring = MakeRing();
  RateReader reader = MakeReader(ring, {{4, 6}, {6, 8}, {8, 10}}, 1);
  ring->Append(MakeRun({{0, {0, 1, 5, 8, 9}}}), 2);
  v1::RateBatch batch = Next(reader);
  EXPECT_THAT(CountsOf(batch), ElementsAre(1, 0, 2, 0, 0, 0));
}

TEST(RateReader, BeginsWithTheNextWholeBin) {
  const auto ring = MakeRing();
  ring->Append(MakeRun({{3, {1}}, {12, {1, 2}}}), 15);
  RateReader history = MakeReader(ring, {{0, 10}}, 5, 4);
  v1::RateBatch batch = Next(history);
  EXPECT_EQ(batch.first_step(), 5);
  EXPECT_EQ(batch.end_step(), 15);
  EXPECT_THAT(CountsOf(batch), ElementsAre(0, 2));

  RateReader now = MakeReader(ring, {{0, 10}}, 4);
  ring->Append(MakeRun({{15, {1}}, {16, {1}}, {19, {3}}}), 20);
  batch = Next(now);
  EXPECT_EQ(batch.first_step(), 16);
  EXPECT_THAT(CountsOf(batch), ElementsAre(2));
}

TEST(RateReader, LeavesOutTheBinThatAResetCuts) {
  const auto ring = MakeRing();
  RateReader reader = MakeReader(ring, {{0, 10}}, 10);
  ring->Append(MakeRun({{0, {0}}, {11, {0}}}), 15);
  ring->Reset(1);
  ring->Append(MakeRun({{2, {1, 2}}}), 10);
  v1::RateBatch batch = Next(reader);
  EXPECT_EQ(batch.epoch(), 0);
  EXPECT_EQ(batch.end_step(), 10);
  EXPECT_THAT(CountsOf(batch), ElementsAre(1));
  EXPECT_TRUE(reader.behind());
  batch = Next(reader);
  EXPECT_EQ(batch.epoch(), 1);
  EXPECT_EQ(batch.first_step(), 0);
  EXPECT_THAT(CountsOf(batch), ElementsAre(2));
}

TEST(RateReader, LongSilenceComesInMessagesOfBoundedSize) {
  const auto ring = MakeRing();
  RateReader reader = MakeReader(ring, {{0, 5}, {5, 10}}, 1);
  constexpr int64_t kSteps = 3 * RateReader::kMaxCounts;
  ring->Append({}, kSteps);
  v1::RateBatch batch;
  int messages = 0;
  do {
    batch = Next(reader);
    EXPECT_EQ(batch.spike_counts_size(), RateReader::kMaxCounts);
    ++messages;
  } while (reader.behind());
  EXPECT_EQ(messages, 6);
  EXPECT_EQ(batch.end_step(), kSteps);
}

// A session and a reader take turns at random, with a ring that is too small:
// every reported bin is right, and lost spikes are counted.
TEST(RateReader, WhatIsToldIsRight) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const int64_t bin = 1 + static_cast<int64_t>(random() % 7);
    const auto ring = MakeRing(300 + random() % 6000);
    RateReader reader = MakeReader(ring, {{0, 5}, {5, 10}}, bin);
    std::map<std::pair<int64_t, int64_t>, std::pair<int32_t, int32_t>> truth;
    int64_t step = 0;
    int64_t epoch = 0;
    int64_t produced = 0;
    int64_t told = 0;
    int64_t dropped = 0;
    // Appends steps with random spikes, or begins a new epoch.
    const auto produce = [&] {
      if (random() % 30 == 0) {
        ring->Reset(++epoch);
        step = 0;
        return;
      }
      std::map<int64_t, std::vector<int32_t>> spikes;
      for (size_t i = random() % 5; i > 0; --i, ++step) {
        const auto count = static_cast<int32_t>(random() % 11);
        for (int32_t n = 0; n < count; ++n) {
          spikes[step].push_back(n);
          auto& [a, b] = truth[{epoch, step / bin}];
          ++(n < 5 ? a : b);
        }
        produced += count;
      }
      ring->Append(MakeRun(spikes), step);
    };
    // Reads a message and compares its bins with the truth.
    const auto read = [&] {
      v1::RateBatch batch = Next(reader);
      dropped += batch.dropped_spike_count();
      EXPECT_EQ(batch.first_step() % bin, 0);
      EXPECT_EQ(batch.end_step() % bin, 0);
      ASSERT_EQ(batch.spike_counts_size(),
                2 * (batch.end_step() - batch.first_step()) / bin);
      for (int i = 0; i < batch.spike_counts_size(); i += 2) {
        const int64_t k = batch.first_step() / bin + i / 2;
        const auto expected = truth[{batch.epoch(), k}];
        EXPECT_EQ(batch.spike_counts(i), expected.first);
        EXPECT_EQ(batch.spike_counts(i + 1), expected.second);
        told += batch.spike_counts(i) + batch.spike_counts(i + 1);
      }
    };
    // Read and produce in random order, then read the rest.
    for (int i = 0; i < 100; ++i) {
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
    EXPECT_LE(told + dropped, produced);
    if (bin == 1 && dropped == 0) {
      EXPECT_EQ(told, produced);
    }
  }
}

}  // namespace
}  // namespace spiked
