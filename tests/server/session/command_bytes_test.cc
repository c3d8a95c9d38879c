// SPDX-License-Identifier: Apache-2.0

#include "server/session/command_bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spiked {
namespace {

constexpr int kListLength = 100'000;
constexpr int64_t kDoublesBytes = 8 * kListLength;
constexpr int64_t kIndicesBytes = 4 * kListLength;
// Structs around a long list.
constexpr int64_t kBytesOfStructs = 2000;

// The bytes of a command with one stimulus.
int64_t BytesOfStimulus(StimulusKind kind) {
  InjectCommand command;
  command.stimuli.push_back({.population = "p", .kind = std::move(kind)});
  AdvanceCommand advance;
  advance.stimuli = command.stimuli;
  EXPECT_EQ(BytesHeld(advance), BytesHeld(command));
  return BytesHeld(command);
}

// The bytes of a command with one change.
int64_t BytesOfChange(ChangeSpec change) {
  ChangeCommand command;
  command.changes =
      std::make_shared<const ChangeSpecs>(ChangeSpecs{std::move(change)});
  return BytesHeld(command);
}

void ExpectAbout(int64_t bytes, int64_t expected) {
  EXPECT_GE(bytes, expected);
  EXPECT_LE(bytes, expected + kBytesOfStructs);
}

TEST(CommandBytes, CountListsOfStimuli) {
  const std::vector<double> values(kListLength);
  EXPECT_EQ(BytesHeld(InjectCommand{}), 0);
  ExpectAbout(BytesOfStimulus(CurrentStimulusSpec{.amplitudes = values}),
              kDoublesBytes);
  ExpectAbout(BytesOfStimulus(SpikeStimulusSpec{.offsets_ms = values}),
              kDoublesBytes);
  ExpectAbout(BytesOfStimulus(RateStimulusSpec{.rates_hz = values}),
              kDoublesBytes);
  ExpectAbout(BytesOfStimulus(EncoderValuesSpec{.values = values}),
              kDoublesBytes);
  // A name has 32 bytes, and what is longer than 15 letters elsewhere.
  const std::vector<std::string> names(1000, std::string(100, 'n'));
  EXPECT_GE(BytesOfStimulus(PlasticitySwitchSpec{.projections = names}),
            132'000);
  EXPECT_GE(BytesOfStimulus(DopaminePulseSpec{.projections = names}), 132'000);
  InjectCommand many;
  many.stimuli.resize(1000);
  EXPECT_GE(BytesHeld(many), int64_t{1000 * sizeof(StimulusSpec)});
  many.stimuli[5].neuron_indices.resize(kListLength);
  many.stimuli[6].columns.resize(kListLength);
  EXPECT_GE(BytesHeld(many), 2 * kIndicesBytes);
}

TEST(CommandBytes, CountListsOfChanges) {
  const std::vector<double> values(kListLength);
  const std::vector<int32_t> indices(kListLength);
  EXPECT_EQ(BytesHeld(ChangeCommand{}), 0);
  ExpectAbout(BytesOfChange(SetParametersSpec{.neuron_indices = indices,
                                              .parameters = {{"v", values}}}),
              kIndicesBytes + kDoublesBytes);
  ExpectAbout(BytesOfChange(SetStateSpec{.neuron_indices = indices,
                                         .values = {{"v", values}}}),
              kIndicesBytes + kDoublesBytes);
  ExpectAbout(BytesOfChange(SetInputSpec{.parameters = {{"rate", values}}}),
              kDoublesBytes);
  ExpectAbout(BytesOfChange(SetWeightsSpec{.weights = Value(values)}),
              kDoublesBytes);
  ExpectAbout(BytesOfChange(SetWeightsSpec{
                  .weights = PairWeights{indices, indices, values}}),
              2 * kIndicesBytes + kDoublesBytes);
  ExpectAbout(BytesOfChange(SilenceSpec{.neuron_indices = indices}),
              kIndicesBytes);
}

TEST(CommandBytes, CountSources) {
  ReadSynapsesCommand command;
  EXPECT_EQ(BytesHeld(command), 0);
  command.sources.resize(kListLength);
  EXPECT_EQ(BytesHeld(command), kIndicesBytes);
}

}  // namespace
}  // namespace spiked
