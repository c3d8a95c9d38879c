// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/spike_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/server/rpc/spike_decoder.h"

namespace spiked {
namespace {

using testing::DecodedSpike;
using testing::DecodeSpikes;
using ::testing::ElementsAre;

TEST(SpikeEncoder, WritesDifferences) {
  v1::SpikeBatch batch;
  EncodeSpikes(100, {{102, 2}, {107, 1}}, {3, 10, 4}, v1::DELTA_VARINT, &batch);
  EXPECT_THAT(batch.step_offsets(), ElementsAre(2, 5));
  EXPECT_THAT(batch.spike_counts(), ElementsAre(2, 1));
  EXPECT_THAT(batch.neuron_deltas(), ElementsAre(3, 7, 4));
  EXPECT_EQ(batch.neurons_u32(), "");
}

TEST(SpikeEncoder, WritesLittleEndianBytes) {
  v1::SpikeBatch batch;
  EncodeSpikes(0, {{0, 2}}, {1, 0x01020304}, v1::FIXED32_BYTES, &batch);
  EXPECT_EQ(batch.neurons_u32(),
            std::string("\x01\x00\x00\x00\x04\x03\x02\x01", 8));
  EXPECT_EQ(batch.neuron_deltas_size(), 0);
}

TEST(SpikeEncoder, UnspecifiedMeansDeltas) {
  v1::SpikeBatch batch;
  EncodeSpikes(0, {{0, 1}}, {7}, v1::SPIKE_ENCODING_UNSPECIFIED, &batch);
  EXPECT_THAT(batch.neuron_deltas(), ElementsAre(7));
}

TEST(SpikeEncoder, WritesNothingForNoSpikes) {
  v1::SpikeBatch batch;
  EncodeSpikes(5, {}, {}, v1::DELTA_VARINT, &batch);
  EXPECT_EQ(batch.ByteSizeLong(), 0u);
}

TEST(SpikeEncoder, DecodingGivesBackWhatWasEncoded) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const int64_t first_step = static_cast<int64_t>(random()) << 8;
    std::vector<SpikeRun::Step> steps;
    std::vector<int32_t> neurons;
    std::vector<DecodedSpike> expected;
    int64_t step = first_step;
    for (size_t i = random() % 20; i > 0; --i) {
      step += random() % 2 == 0 ? 1 : random() % 0x7FFFFFFF;
      std::set<int32_t> spikes;
      for (size_t k = 1 + random() % 50; k > 0; --k) {
        spikes.insert(static_cast<int32_t>(random() % 0x7FFFFFFF));
      }
      steps.push_back({step, static_cast<int32_t>(spikes.size())});
      for (int32_t neuron : spikes) {
        neurons.push_back(neuron);
        expected.push_back({step, neuron});
      }
      ++step;
    }
    for (auto encoding : {v1::DELTA_VARINT, v1::FIXED32_BYTES}) {
      v1::SpikeBatch batch;
      batch.set_first_step(first_step);
      EncodeSpikes(first_step, steps, neurons, encoding, &batch);
      v1::SpikeBatch received;
      ASSERT_TRUE(received.ParseFromString(batch.SerializeAsString()));
      EXPECT_EQ(DecodeSpikes(received), expected);
    }
  }
}

}  // namespace
}  // namespace spiked
