// SPDX-License-Identifier: Apache-2.0

#include "server/session/history/spike_ring.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "server/security/memory_guard.h"
#include "server/session/history/spike_cursor.h"

namespace spiked {
namespace {

constexpr size_t kPlenty = 1 << 20;
// The size of the first chunk; the smallest ring has two of these.
constexpr size_t kChunkBytes = 1 << 10;

using Position = SpikeRing::Position;
using Problem = SpikeCursor::Problem;

std::shared_ptr<SpikeRing> MakeRing(size_t max_bytes = kPlenty) {
  return std::make_shared<SpikeRing>(
      SpikeRing::Options{.max_bytes = max_bytes});
}

SpikeRun MakeRun(int64_t step, std::vector<int32_t> neurons) {
  SpikeRun run;
  run.steps = {{step, static_cast<int32_t>(neurons.size())}};
  run.neurons = std::move(neurons);
  return run;
}

// Makes a step in which the first `count` neurons spike.
SpikeRun MakeBusyRun(int64_t step, int32_t count) {
  SpikeRun run = {.steps = {{step, count}}};
  for (int32_t i = 0; i < count; ++i) run.neurons.push_back(i);
  return run;
}

std::shared_ptr<const SpikeFilter> Neurons(
    const std::vector<std::pair<int64_t, int64_t>>& ranges) {
  SpikeFilter filter = SpikeFilter::None(1000);
  for (const auto& [begin, end] : ranges) filter.Add(begin, end);
  return std::make_shared<const SpikeFilter>(std::move(filter));
}
std::shared_ptr<const SpikeFilter> All() {
  return std::make_shared<const SpikeFilter>();
}

// Reads like a stream: counts the spikes that pass the filter and the dropped
// ones.
struct Reader {
  std::unique_ptr<SpikeCursor> cursor;
  int64_t sent = 0;
  int64_t dropped = 0;
  int64_t epoch = 0;
  int64_t step = 0;

  explicit Reader(const std::shared_ptr<SpikeRing>& ring,
                  std::shared_ptr<const SpikeFilter> filter = All(),
                  std::optional<int64_t> start = std::nullopt,
                  int64_t block_bytes = 0) {
    auto opened = SpikeCursor::Open({.ring = ring,
                                     .filter = std::move(filter),
                                     .step = start,
                                     .block_bytes = block_bytes});
    EXPECT_EQ(opened.problem, Problem::kNone);
    cursor = std::move(opened.cursor);
  }

  std::vector<int32_t> Read(int64_t max_spikes = 1 << 20,
                            int64_t until = SpikeRing::kNoLimit) {
    const SpikeCursor::Look look = cursor->LookHere();
    dropped += look.dropped;
    epoch = look.position.epoch;
    const SpikeRing::Reading reading =
        cursor->Read(look.position, max_spikes, until);
    EXPECT_TRUE(reading.found);
    EXPECT_TRUE(cursor->Move(look.position, reading.end_step));
    step = reading.end_step;
    std::vector<int32_t> neurons;
    for (const SpikeRing::Piece& piece : reading.pieces) {
      for (const auto* s = piece.begin; s != piece.end; ++s) {
        for (int32_t neuron : piece.chunk->neurons(*s)) {
          if (cursor->filter().Wants(neuron)) neurons.push_back(neuron);
        }
      }
    }
    sent += std::ssize(neurons);
    return neurons;
  }
};

Problem ProblemOf(const std::shared_ptr<SpikeRing>& ring,
                  std::optional<int64_t> epoch, std::optional<int64_t> step) {
  return SpikeCursor::Open(
             {.ring = ring, .filter = All(), .epoch = epoch, .step = step})
      .problem;
}

TEST(SpikeRing, GivesEachSpikeOnce) {
  const auto ring = MakeRing();
  Reader reader(ring);
  ring->Append(MakeRun(0, {1, 12}), 1);
  ring->Append({}, 2);
  ring->Append(MakeRun(2, {3}), 3);
  EXPECT_EQ(reader.Read(), (std::vector<int32_t>{1, 12, 3}));
  EXPECT_TRUE(reader.Read().empty());
  EXPECT_EQ(reader.step, 3);
}

TEST(SpikeRing, FiltersByNeuron) {
  const auto ring = MakeRing();
  Reader reader(ring, Neurons({{10, 29}, {3, 4}}));
  ring->Append(MakeRun(0, {1, 3, 9, 10, 28, 29}), 1);
  EXPECT_EQ(reader.Read(), (std::vector<int32_t>{3, 10, 28}));
}

TEST(SpikeRing, BeginsInTheHistory) {
  const auto ring = MakeRing();
  ring->Append({.steps = {{0, 1}, {1, 2}}, .neurons = {1, 2, 3}}, 2);
  ring->Append(MakeRun(2, {4}), 3);
  Reader reader(ring, All(), 1);
  EXPECT_EQ(reader.Read(), (std::vector<int32_t>{2, 3, 4}));
  EXPECT_EQ(ProblemOf(ring, std::nullopt, 3), Problem::kNone);
  EXPECT_EQ(ProblemOf(ring, std::nullopt, 4), Problem::kFuture);
  EXPECT_EQ(ProblemOf(ring, 0, 1), Problem::kNone);
  EXPECT_EQ(ProblemOf(ring, 1, 1), Problem::kOtherEpoch);
}

TEST(SpikeRing, CountsWhatASlowReaderLoses) {
  const auto ring = MakeRing(2 * kChunkBytes + 200);
  Reader reader(ring, Neurons({{0, 10}}));
  Reader all(ring);
  for (int64_t step = 0; step < 1000; ++step) {
    ring->Append(MakeRun(step, {1, 2, 12}), step + 1);
  }
  const int64_t oldest = ring->oldest_step();
  EXPECT_GT(oldest, 800);
  EXPECT_EQ(std::ssize(reader.Read()), 2 * (1000 - oldest));
  EXPECT_EQ(reader.dropped, 2 * oldest);
  all.Read();
  EXPECT_EQ(all.dropped, 3 * oldest);
  EXPECT_EQ(ProblemOf(ring, std::nullopt, oldest - 1), Problem::kEvicted);
  EXPECT_EQ(ProblemOf(ring, std::nullopt, oldest), Problem::kNone);
}

TEST(SpikeRing, AResetLetsReadersFinishTheOldEpochFirst) {
  const auto ring = MakeRing();
  Reader reader(ring);
  ring->Append(MakeRun(0, {1}), 1);
  reader.Read();
  ring->Append(MakeRun(1, {2, 3}), 2);
  ring->Reset(1);
  ring->Append(MakeRun(0, {4}), 1);
  EXPECT_EQ(reader.Read(), (std::vector<int32_t>{2, 3}));
  EXPECT_EQ(reader.epoch, 0);
  EXPECT_EQ(reader.Read(), (std::vector<int32_t>{4}));
  EXPECT_EQ(reader.epoch, 1);
  EXPECT_EQ(reader.dropped, 0);
}

TEST(SpikeRing, ManyResetsAreForgottenAndCounted) {
  const auto ring = MakeRing();
  Reader reader(ring);
  for (int64_t epoch = 1; epoch <= 100; ++epoch) {
    ring->Append(MakeRun(0, {1}), 1);
    ring->Reset(epoch);
  }
  while (reader.epoch < 100) reader.Read();
  EXPECT_GT(reader.dropped, 0);
  EXPECT_EQ(reader.sent + reader.dropped, 100);
}

TEST(SpikeRing, ALimitedReadEndsBetweenSteps) {
  const auto ring = MakeRing();
  Reader reader(ring);
  ring->Append({.steps = {{3, 2}, {7, 2}, {8, 1}}, .neurons = {1, 2, 3, 4, 5}},
               10);
  EXPECT_EQ(reader.Read(1).size(), 2u);
  EXPECT_EQ(reader.step, 7);
  EXPECT_EQ(reader.Read(3, 8), (std::vector<int32_t>{3, 4}));
  EXPECT_EQ(reader.step, 8);
  EXPECT_EQ(reader.Read(1), (std::vector<int32_t>{5}));
  EXPECT_EQ(reader.step, 10);
}

TEST(SpikeRing, AStepLargerThanAChunkFits) {
  const auto ring = MakeRing(kChunkBytes);
  Reader reader(ring);
  ring->Append(MakeBusyRun(0, 100'000), 1);
  EXPECT_EQ(reader.Read().size(), 100'000u);
  ring->Append(MakeBusyRun(1, 1), 2);
  EXPECT_EQ(reader.Read().size(), 1u);
  EXPECT_EQ(reader.dropped, 0);
}

// A ring without spikes has no chunk, one with few spikes a small chunk.
TEST(SpikeRing, GrowsWithItsSpikes) {
  const auto budget = std::make_shared<HistoryBudget>(kPlenty);
  auto ring = std::make_shared<SpikeRing>(
      SpikeRing::Options{.max_bytes = kPlenty, .budget = budget});
  ring->Append({}, 1000);
  EXPECT_EQ(budget->bytes(), 0);
  ring->Append(MakeRun(1000, {1}), 1001);
  EXPECT_GT(budget->bytes(), 0);
  EXPECT_LT(budget->bytes(), 2000);
  for (int64_t step = 2000; step < 12'000; ++step) {
    ring->Append(MakeBusyRun(step, 100), step + 1);
  }
  EXPECT_GT(budget->bytes(), static_cast<int64_t>(kPlenty) * 8 / 10);
  EXPECT_LE(budget->bytes(), static_cast<int64_t>(kPlenty));
  EXPECT_GT(budget->evicted_spikes(), 0);
  ring.reset();
  EXPECT_EQ(budget->bytes(), 0);
}

TEST(SpikeRing, DoesNotGrowWhileMemoryIsTight) {
  MemoryGuard guard(1000);
  const auto budget = std::make_shared<HistoryBudget>(kPlenty);
  const auto ring = std::make_shared<SpikeRing>(SpikeRing::Options{
      .max_bytes = kPlenty, .budget = budget, .memory_guard = &guard});
  Reader reader(ring);
  int64_t step = 0;
  const auto append = [&](int64_t count) {
    for (const int64_t end = step + count; step < end; ++step) {
      ring->Append(MakeBusyRun(step, 100), step + 1);
    }
  };
  append(500);
  const int64_t bytes = budget->bytes();
  guard.Update(900);
  append(1000);
  // New spikes have replaced old ones, which count as dropped.
  EXPECT_LE(budget->bytes(), bytes);
  EXPECT_GT(budget->bytes(), bytes / 4);
  int64_t sent = 0;
  while (reader.step < step) sent += std::ssize(reader.Read());
  EXPECT_GT(reader.dropped, 0);
  EXPECT_EQ(sent + reader.dropped, 1500 * 100);
  guard.Update(100);
  append(1000);
  EXPECT_GT(budget->bytes(), bytes);
}

// The growing session gives up its own spikes; each keeps the end of its
// history.
TEST(SpikeRing, SharesABudgetWithOthers) {
  const auto budget = std::make_shared<HistoryBudget>(64 << 10);
  const auto quiet = std::make_shared<SpikeRing>(
      SpikeRing::Options{.max_bytes = kPlenty, .budget = budget});
  const auto busy = std::make_shared<SpikeRing>(
      SpikeRing::Options{.max_bytes = kPlenty, .budget = budget});
  for (int64_t step = 0; step < 50; ++step) {
    quiet->Append(MakeBusyRun(step, 100), step + 1);
  }
  for (int64_t step = 0; step < 5000; ++step) {
    busy->Append(MakeBusyRun(step, 100), step + 1);
  }
  EXPECT_EQ(quiet->oldest_step(), 0);
  EXPECT_GT(busy->oldest_step(), 4000);
  EXPECT_LT(busy->oldest_step(), 5000);
}

// One tenant can't take the histories of all others, whether its sessions run
// or not.
TEST(SpikeRing, TenantsHaveSharesOfABudget) {
  constexpr int64_t kBudget = 1 << 20;
  const auto budget = std::make_shared<HistoryBudget>(kBudget);
  const auto make = [&](const std::string& tenant) {
    return std::make_shared<SpikeRing>(SpikeRing::Options{
        .max_bytes = 4 << 20, .budget = budget, .tenant = tenant});
  };
  const auto run = [](const std::shared_ptr<SpikeRing>& ring, int64_t steps) {
    const int64_t begin = ring->end().step;
    for (int64_t step = begin; step < begin + steps; ++step) {
      ring->Append(MakeBusyRun(step, 100), step + 1);
    }
  };
  const auto kept = [](const std::shared_ptr<SpikeRing>& ring) {
    return (ring->end().step - ring->oldest_step()) * 400;
  };
  const auto quiet = make("c");
  run(quiet, 100);
  const auto idle = make("a");
  Reader reader(idle);
  run(idle, 5000);
  EXPECT_GT(kept(idle), kBudget * 8 / 10);
  const auto busy = make("b");
  run(busy, 5000);
  EXPECT_GT(kept(busy), kBudget * 4 / 10);
  EXPECT_LT(kept(busy), kBudget * 6 / 10);
  EXPECT_GT(kept(idle), kBudget * 3 / 10);
  EXPECT_EQ(quiet->oldest_step(), 0);
  EXPECT_LE(budget->bytes(), kBudget);
  // Readers of a history that was made smaller get the exact number of lost
  // spikes.
  while (reader.step < 5000) reader.Read();
  EXPECT_GT(reader.dropped, 0);
  EXPECT_EQ(reader.sent + reader.dropped, 500'000);
}

// A session on time must not wait for the thread that has another's history.
TEST(SpikeRing, GrowsWithoutWaitingForAnothersHistory) {
  constexpr int64_t kBudget = 4 << 20;
  const auto budget = std::make_shared<HistoryBudget>(kBudget);
  // A history that another thread has.
  class Busy : public History {
   public:
    GaveUp GiveUpOldest(bool by_force, bool may_wait) override {
      ++asked;
      forced = forced || by_force;
      waited = waited || may_wait;
      return GaveUp::kBusy;
    }
    int asked = 0;
    bool forced = false;
    bool waited = false;
  };
  const auto busy = std::make_shared<Busy>();
  const auto holding = budget->Join(busy, "a");
  budget->Add(holding.get(), kBudget - 1000);
  const auto ring = std::make_shared<SpikeRing>(SpikeRing::Options{
      .max_bytes = 4 << 20, .budget = budget, .tenant = "b"});
  int64_t step = 0;
  while (budget->bytes() <= kBudget + kBudget / 16) {
    EXPECT_FALSE(busy->waited);
    ring->Append(MakeBusyRun(step, 100), step + 1);
    ++step;
  }
  EXPECT_GT(busy->asked, 0);
  EXPECT_FALSE(busy->forced);
  EXPECT_EQ(ring->oldest_step(), 0);
  // Beyond that it waits.
  while (!busy->waited) {
    ring->Append(MakeBusyRun(step, 100), step + 1);
    ++step;
  }
  budget->Leave(holding);
}

// A history with a blocking reader keeps all spikes, unless it exceeds its
// share and others need it; then the reader's loss is counted.
TEST(SpikeRing, AReaderThatBlocksKeepsAShareOfABudget) {
  const auto budget = std::make_shared<HistoryBudget>(1 << 20);
  const auto make = [&](const std::string& tenant) {
    return std::make_shared<SpikeRing>(SpikeRing::Options{
        .max_bytes = 4 << 20, .budget = budget, .tenant = tenant});
  };
  const auto blocked = make("a");
  Reader reader(blocked, All(), std::nullopt, 2 << 20);
  for (int64_t step = 0; step < 3000; ++step) {
    blocked->Append(MakeBusyRun(step, 100), step + 1);
  }
  EXPECT_EQ(blocked->oldest_step(), 0);
  const auto busy = make("b");
  for (int64_t step = 0; step < 3000; ++step) {
    busy->Append(MakeBusyRun(step, 100), step + 1);
  }
  EXPECT_LT(busy->oldest_step(), 2200);
  while (reader.step < 3000) reader.Read();
  EXPECT_GT(reader.dropped, 0);
  EXPECT_EQ(reader.sent + reader.dropped, 300'000);
}

TEST(SpikeRing, BlocksBeforeAReaderThatBlocksLosesSomething) {
  int wakes = 0;
  auto ring = std::make_shared<SpikeRing>(
      SpikeRing::Options{.max_bytes = 64 << 10, .on_room = [&] { ++wakes; }});
  auto reader = std::make_unique<Reader>(ring, All(), std::nullopt, 4000);
  int64_t step = 0;
  for (; !ring->blocked(); ++step) {
    ring->Append(MakeBusyRun(step, 100), step + 1);
  }
  EXPECT_EQ(step, 10);
  // Unread spikes are not evicted.
  for (; step < 200; ++step) ring->Append(MakeBusyRun(step, 100), step + 1);
  EXPECT_EQ(ring->oldest_step(), 0);
  EXPECT_EQ(std::ssize(reader->Read()), 20'000);
  EXPECT_EQ(reader->dropped, 0);
  EXPECT_FALSE(ring->blocked());
  EXPECT_EQ(wakes, 1);

  // The session continues when the reader goes away.
  for (; !ring->blocked(); ++step) {
    ring->Append(MakeBusyRun(step, 100), step + 1);
  }
  reader.reset();
  EXPECT_FALSE(ring->blocked());
  EXPECT_EQ(wakes, 2);
}

// Memory is bounded even if the session doesn't wait.
TEST(SpikeRing, AReaderThatBlocksIsToldOfItsLossIfTheSessionGoesOn) {
  const auto ring = MakeRing(64 << 10);
  Reader reader(ring, All(), std::nullopt, 4000);
  for (int64_t step = 0; step < 2000; ++step) {
    ring->Append(MakeBusyRun(step, 100), step + 1);
  }
  reader.Read();
  EXPECT_GT(reader.dropped, 0);
  EXPECT_EQ(reader.sent + reader.dropped, 200'000);
}

TEST(SpikeCursor, SkipsAndCounts) {
  const auto ring = MakeRing();
  Reader reader(ring, Neurons({{0, 10}}));
  for (int64_t step = 0; step < 10; ++step) {
    ring->Append(MakeBusyRun(step, 100), step + 1);
  }
  EXPECT_EQ(reader.cursor->waiting_bytes(), 4000);
  EXPECT_EQ(reader.cursor->SkipTo({0, 3}), 30);
  EXPECT_EQ(reader.cursor->waiting_bytes(), 2800);
  EXPECT_EQ(reader.cursor->Skip(1000), 50);
  EXPECT_EQ(reader.cursor->position(), (Position{0, 8}));
  ring->Reset(1);
  ring->Append(MakeBusyRun(0, 5), 3);
  EXPECT_EQ(reader.cursor->SkipTo(ring->end()), 25);
  EXPECT_EQ(reader.cursor->position(), (Position{1, 3}));
}

TEST(SpikeCursor, DoesNotMoveFromWhereItIsNoMore) {
  const auto ring = MakeRing(2 * kChunkBytes);
  Reader reader(ring);
  const Position before = reader.cursor->LookHere().position;
  for (int64_t step = 0; step < 100; ++step) {
    ring->Append(MakeBusyRun(step, 100), step + 1);
  }
  EXPECT_FALSE(reader.cursor->Read(before, 100).found);
  EXPECT_FALSE(reader.cursor->Move(before, 50));
}

// Sent + dropped = produced, for any filter, reader speed, eviction and reset.
TEST(SpikeRing, LossIsCountedExactly) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    const auto ring = MakeRing(200 + random() % 6000);
    // A filter of random ranges, or of all neurons.
    std::vector<std::pair<int64_t, int64_t>> ranges;
    for (size_t i = random() % 3; i > 0; --i) {
      const auto begin = static_cast<int64_t>(random() % 30);
      ranges.emplace_back(begin, begin + static_cast<int64_t>(random() % 20));
    }
    const auto filter = random() % 4 == 0 ? All() : Neurons(ranges);
    Reader reader(ring, filter);
    int64_t produced = 0;
    int64_t step = 0;
    int64_t epoch = 0;
    // Append random spikes; read, skip and reset at random.
    for (int i = 0; i < 300; ++i) {
      SpikeRun run;
      for (int s = 0; s < 3; ++s, ++step) {
        int32_t count = 0;
        for (int32_t neuron = 0; neuron < 30; ++neuron) {
          if (random() % 10 != 0) continue;
          run.neurons.push_back(neuron);
          ++count;
          if (filter->Wants(neuron)) ++produced;
        }
        if (count > 0) run.steps.push_back({step, count});
      }
      ring->Append(run, step);
      if (random() % 8 == 0) {
        reader.Read(static_cast<int64_t>(random() % 50) + 1);
      }
      if (random() % 50 == 0) {
        reader.dropped +=
            reader.cursor->Skip(static_cast<int64_t>(random() % 300));
      }
      if (random() % 40 == 0) {
        ring->Reset(++epoch);
        step = 0;
      }
    }
    // The end of the last epoch may take several reads.
    do {
      reader.Read();
    } while (reader.epoch < epoch || reader.step < step);
    EXPECT_EQ(reader.sent + reader.dropped, produced) << trial;
  }
}

}  // namespace
}  // namespace spiked
