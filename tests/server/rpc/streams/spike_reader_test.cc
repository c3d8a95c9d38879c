// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/spike_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "server/rpc/streams/spike_feed.h"
#include "spiked/v1/recording.grpc.pb.h"
#include "tests/server/rpc/spike_decoder.h"

namespace spiked {
namespace {

using testing::DecodedSpike;
using testing::DecodeSpikes;

// Makes a run of the steps [first, end) in which neurons 0 .. count-1 spike.
SpikeRun MakeRun(int64_t first, int64_t end, int32_t count) {
  SpikeRun run;
  for (int64_t step = first; step < end; ++step) {
    run.steps.push_back({step, count});
    for (int32_t i = 0; i < count; ++i) run.neurons.push_back(i);
  }
  return run;
}

std::shared_ptr<SpikeRing> MakeRing(size_t max_bytes = 64 << 20) {
  return std::make_shared<SpikeRing>(
      SpikeRing::Options{.max_bytes = max_bytes});
}

SpikeFilter Neurons(int64_t begin, int64_t end) {
  SpikeFilter filter = SpikeFilter::None(100'000);
  filter.Add(begin, end);
  return filter;
}

// Makes readers with the same window, which share feeds.
class Readers {
 public:
  explicit Readers(std::shared_ptr<SpikeRing> ring) : ring_(std::move(ring)) {}

  SpikeReader Make(SpikeFilter filter = {},
                   v1::SpikeEncoding encoding = v1::DELTA_VARINT) {
    auto found =
        feeds_.Find({ring_.get(), encoding, 1},
                    std::make_shared<const SpikeFilter>(std::move(filter)));
    auto opened = SpikeCursor::Open({.ring = ring_, .filter = found.filter});
    return SpikeReader(std::move(opened.cursor), std::move(found.feed));
  }

 private:
  const std::shared_ptr<SpikeRing> ring_;
  SpikeFeeds feeds_;
};

SpikeReader MakeReader(const std::shared_ptr<SpikeRing>& ring,
                       SpikeFilter filter = {}) {
  return Readers(ring).Make(std::move(filter));
}

v1::SpikeBatch Parse(const grpc::ByteBuffer& bytes) {
  v1::SpikeBatch batch;
  grpc::ByteBuffer copy = bytes;
  EXPECT_TRUE(
      grpc::SerializationTraits<v1::SpikeBatch>::Deserialize(&copy, &batch)
          .ok());
  return batch;
}

v1::SpikeBatch Write(SpikeReader& reader, const BatchHeader& header = {}) {
  grpc::ByteBuffer bytes;
  reader.Write(header, &bytes);
  return Parse(bytes);
}

v1::SpikeBatch Next(SpikeReader& reader) {
  reader.Read();
  return Write(reader);
}

TEST(SpikeReader, ReadsWhatWasAdded) {
  const auto ring = MakeRing();
  SpikeReader reader = MakeReader(ring);
  ring->Append(MakeRun(2, 3, 2), 4);
  v1::SpikeBatch batch = Next(reader);
  EXPECT_EQ(batch.first_step(), 0);
  EXPECT_EQ(batch.end_step(), 4);
  EXPECT_EQ(batch.dropped_spike_count(), 0);
  EXPECT_EQ(DecodeSpikes(batch), (std::vector<DecodedSpike>{{2, 0}, {2, 1}}));
  EXPECT_FALSE(reader.behind());

  batch = Next(reader);
  EXPECT_EQ(batch.first_step(), 4);
  EXPECT_EQ(batch.end_step(), 4);
  EXPECT_EQ(batch.step_offsets_size(), 0);
}

TEST(SpikeReader, SelectsPopulations) {
  const auto ring = MakeRing();
  SpikeReader reader = MakeReader(ring, Neurons(5, 10));
  ring->Append(MakeRun(0, 1, 7), 1);
  v1::SpikeBatch batch = Next(reader);
  EXPECT_EQ(DecodeSpikes(batch), (std::vector<DecodedSpike>{{0, 5}, {0, 6}}));
}

TEST(SpikeReader, CutsLongRunsBetweenSteps) {
  const auto ring = MakeRing();
  SpikeReader reader = MakeReader(ring);
  ring->Append(MakeRun(0, 10, 20'000), 12);
  v1::SpikeBatch batch;
  int64_t position = 0;
  size_t spikes = 0;
  do {
    batch = Next(reader);
    EXPECT_EQ(batch.first_step(), position);
    EXPECT_LE(batch.ByteSizeLong(), SpikeBlockEncoder::kMaxBytes);
    EXPECT_GT(batch.step_offsets_size(), 0);
    position = batch.end_step();
    spikes += DecodeSpikes(batch).size();
  } while (position < 12);
  EXPECT_FALSE(reader.behind());
  EXPECT_EQ(spikes, 200'000u);
}

TEST(SpikeReader, SendsAStepThatIsTooLargeAlone) {
  const auto ring = MakeRing();
  SpikeReader reader = MakeReader(ring);
  ring->Append(MakeRun(0, 2, 300'000), 2);
  v1::SpikeBatch batch = Next(reader);
  EXPECT_EQ(DecodeSpikes(batch).size(), 300'000u);
  EXPECT_EQ(batch.end_step(), 1);
  EXPECT_TRUE(reader.behind());
}

TEST(SpikeReader, BridgesGapsLongerThanAnOffset) {
  constexpr int64_t kFar = int64_t{1} << 40;
  const auto ring = MakeRing();
  SpikeReader reader = MakeReader(ring);
  ring->Append(MakeRun(kFar, kFar + 1, 1), kFar + 5);
  v1::SpikeBatch batch = Next(reader);
  EXPECT_EQ(DecodeSpikes(batch).size(), 0u);
  EXPECT_EQ(batch.end_step(), kFar);
  batch = Next(reader);
  EXPECT_EQ(DecodeSpikes(batch), (std::vector<DecodedSpike>{{kFar, 0}}));
  EXPECT_EQ(batch.end_step(), kFar + 5);
}

TEST(SpikeReader, EndsTheOldEpochBeforeItBeginsANewOne) {
  const auto ring = MakeRing();
  SpikeReader reader = MakeReader(ring);
  ring->Append(MakeRun(0, 1, 3), 100);
  ring->Reset(1);
  ring->Append(MakeRun(0, 1, 2), 1);
  v1::SpikeBatch batch = Next(reader);
  EXPECT_EQ(batch.epoch(), 0);
  EXPECT_EQ(batch.end_step(), 100);
  EXPECT_EQ(DecodeSpikes(batch).size(), 3u);
  EXPECT_TRUE(reader.behind());
  batch = Next(reader);
  EXPECT_EQ(batch.epoch(), 1);
  EXPECT_EQ(batch.first_step(), 0);
  EXPECT_EQ(batch.end_step(), 1);
  EXPECT_EQ(DecodeSpikes(batch).size(), 2u);
  EXPECT_EQ(batch.dropped_spike_count(), 0);
  EXPECT_FALSE(reader.behind());
}

TEST(SpikeReader, ReportsWhatItGaveUp) {
  const auto ring = MakeRing();
  SpikeReader reader = MakeReader(ring);
  ring->Append(MakeRun(0, 10, 30'000), 10);
  ring->Append(MakeRun(10, 11, 1), 15);
  v1::SpikeBatch batch = Next(reader);
  const auto sent = static_cast<int64_t>(DecodeSpikes(batch).size());
  reader.Discard();
  EXPECT_FALSE(reader.behind());
  batch = Next(reader);
  EXPECT_EQ(sent + batch.dropped_spike_count(), 300'001);
  EXPECT_GT(batch.dropped_spike_count(), 0);
  EXPECT_EQ(batch.end_step(), 15);
  EXPECT_EQ(batch.step_offsets_size(), 0);
}

// Steps without spikes are reported with the next message.
TEST(SpikeReader, SilenceGrowsUntilItIsWritten) {
  const auto ring = MakeRing();
  SpikeReader reader = MakeReader(ring, Neurons(5, 10));
  EXPECT_FALSE(reader.has_moved());
  ring->Append(MakeRun(0, 3, 4), 7);
  reader.Read();
  EXPECT_FALSE(reader.has_news());
  EXPECT_TRUE(reader.has_moved());
  ring->Append(MakeRun(8, 9, 4), 9);
  reader.Read();
  EXPECT_FALSE(reader.has_news());
  ring->Append(MakeRun(12, 13, 7), 20);
  reader.Read();
  EXPECT_TRUE(reader.has_news());
  const v1::SpikeBatch batch = Write(reader, {3, 25, true});
  EXPECT_EQ(batch.first_step(), 0);
  EXPECT_EQ(batch.end_step(), 20);
  EXPECT_EQ(DecodeSpikes(batch), (std::vector<DecodedSpike>{{12, 5}, {12, 6}}));
  EXPECT_EQ(batch.sequence(), 3);
  EXPECT_EQ(batch.session_step(), 25);
  EXPECT_TRUE(batch.end_of_stream());
}

TEST(SpikeReader, TellsTheEndOfASilentEpoch) {
  const auto ring = MakeRing();
  SpikeReader reader = MakeReader(ring);
  ring->Append({}, 50);
  reader.Read();
  ring->Reset(1);
  ring->Append({}, 5);
  reader.Read();
  EXPECT_TRUE(reader.has_news());
  v1::SpikeBatch batch = Write(reader);
  EXPECT_EQ(batch.epoch(), 0);
  EXPECT_EQ(batch.end_step(), 50);
  reader.Read();
  EXPECT_TRUE(reader.has_news());
  batch = Write(reader);
  EXPECT_EQ(batch.epoch(), 1);
  EXPECT_EQ(batch.end_step(), 5);
}

// Two readers get the same bytes, and a third one joins later.
TEST(SpikeReader, SharesWhatIsEncoded) {
  const auto ring = MakeRing();
  Readers readers(ring);
  SpikeReader a = readers.Make();
  SpikeReader b = readers.Make();
  SpikeReader other = readers.Make(Neurons(0, 2));
  ring->Append(MakeRun(0, 10, 20), 10);
  const auto spikes_of = [](SpikeReader& reader) {
    grpc::ByteBuffer bytes;
    reader.Read();
    reader.Write({}, &bytes);
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(bytes.Dump(&slices).ok());
    return slices.back().begin();
  };
  EXPECT_EQ(spikes_of(a), spikes_of(b));
  EXPECT_EQ(std::ssize(DecodeSpikes(Next(other))), 20);

  ring->Append(MakeRun(10, 15, 20), 15);
  SpikeReader c = readers.Make();
  ring->Append(MakeRun(15, 20, 20), 20);
  // The third begins at step 15; the others read up to there first, or beyond
  // it at once. In the end all are at the same step.
  EXPECT_EQ(std::ssize(DecodeSpikes(Next(c))), 100);
  EXPECT_EQ(std::ssize(DecodeSpikes(Next(a))), 100);
  EXPECT_TRUE(a.behind());
  EXPECT_EQ(std::ssize(DecodeSpikes(Next(b))), 100);
  EXPECT_EQ(std::ssize(DecodeSpikes(Next(a))), 100);
  EXPECT_EQ(std::ssize(DecodeSpikes(Next(b))), 100);
  ring->Append(MakeRun(20, 21, 20), 21);
  const auto* const shared = spikes_of(c);
  EXPECT_EQ(spikes_of(a), shared);
  EXPECT_EQ(spikes_of(b), shared);
}

// A session and a reader take turns at random, with a ring that is too small:
// every spike is sent or counted, and sent spikes are right and in order.
TEST(SpikeReader, SentAndDroppedMakeProduced) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const bool all = round % 2 == 0;
    const auto ring = MakeRing(200 + random() % 6000);
    int64_t step = 0;
    int64_t epoch = 0;
    int64_t produced = 0;
    int64_t received = 0;
    // Appends steps with random spikes, or begins a new epoch.
    const auto produce = [&] {
      if (random() % 20 == 0) {
        ring->Reset(++epoch);
        step = 0;
        return;
      }
      SpikeRun run;
      for (size_t i = random() % 4; i > 0; --i, ++step) {
        const auto begin = static_cast<int32_t>(random() % 10);
        const auto count = static_cast<int32_t>(random() % (11 - begin));
        if (count == 0) continue;
        run.steps.push_back({step, count});
        for (int32_t k = 0; k < count; ++k) {
          run.neurons.push_back(begin + k);
          if (all || begin + k >= 5) ++produced;
        }
      }
      ring->Append(run, step);
    };
    for (size_t i = random() % 10; i > 0; --i) produce();
    produced = 0;
    Readers readers(ring);
    const SpikeFilter filter = all ? SpikeFilter() : Neurons(5, 10);
    const auto encoding =
        random() % 2 == 0 ? v1::DELTA_VARINT : v1::FIXED32_BYTES;
    SpikeReader reader = readers.Make(filter, encoding);
    // Two more readers share the feed and read at random times.
    SpikeReader second = readers.Make(filter, encoding);
    SpikeReader third = readers.Make(filter, encoding);
    DecodedSpike last = {-1, -1};
    int64_t last_epoch = epoch;
    int64_t end = step;
    // Reads a message and checks its order and its gaps.
    const auto read = [&] {
      v1::SpikeBatch batch = Next(reader);
      if (batch.epoch() == last_epoch) {
        EXPECT_GE(batch.first_step(), end);
        // Lost steps may have none of the spikes that pass the filter.
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
    // Read and produce in random order, then read the rest.
    for (size_t i = 0; i < 100; ++i) {
      switch (random() % 6) {
        case 0:
          read();
          break;
        case 1:
          Next(second);
          break;
        case 2:
          if (random() % 4 == 0) Next(third);
          break;
        default:
          produce();
      }
    }
    if (random() % 3 == 0) reader.Discard();
    do {
      read();
    } while (reader.behind() || !reader.Reaches(ring->end()));
    EXPECT_EQ(received, produced);
    EXPECT_EQ(end, step);
  }
}

}  // namespace
}  // namespace spiked
