// SPDX-License-Identifier: Apache-2.0

#include "core/stimulus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A stimulus that can be told from others by its amplitude.
Stimulus Make(int64_t begin, int64_t end, double name) {
  return {begin, end,
          std::make_shared<StimulusTargets>(
              StimulusTargets{.neurons = {0}, .amplitudes = {name}})};
}

std::vector<double> Acting(StimulusQueue* queue, int64_t step) {
  std::vector<double> names;
  for (const Stimulus& s : queue->Advance(step)) {
    names.push_back(s.targets->amplitudes[0]);
  }
  return names;
}

TEST(StimulusQueue, StimulusActsFromItsBeginToBeforeItsEnd) {
  StimulusQueue queue;
  queue.Add(Make(1, 3, 7));
  EXPECT_THAT(Acting(&queue, 0), IsEmpty());
  EXPECT_THAT(Acting(&queue, 1), ElementsAre(7));
  EXPECT_THAT(Acting(&queue, 2), ElementsAre(7));
  EXPECT_THAT(Acting(&queue, 3), IsEmpty());
}

TEST(StimulusQueue, ThoseThatBeginTogetherActInTheOrderOfAdding) {
  StimulusQueue queue;
  queue.Add(Make(1, 5, 1));
  queue.Add(Make(0, 5, 2));
  queue.Add(Make(1, 5, 3));
  queue.Add(Make(0, 1, 4));
  EXPECT_THAT(Acting(&queue, 0), ElementsAre(2, 4));
  EXPECT_THAT(Acting(&queue, 1), ElementsAre(2, 1, 3));
}

TEST(StimulusQueue, SizeCountsWhatActsOrIsStillToCome) {
  StimulusQueue queue;
  queue.Add(Make(0, 1, 1));
  queue.Add(Make(1, 2, 2));
  EXPECT_EQ(queue.size(), 2u);
  queue.Advance(0);
  EXPECT_EQ(queue.size(), 2u);
  queue.Advance(1);
  EXPECT_EQ(queue.size(), 1u);
  queue.Advance(2);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(StimulusQueue, CopyGoesOnByItself) {
  StimulusQueue queue;
  queue.Add(Make(0, 2, 1));
  queue.Add(Make(1, 2, 2));
  queue.Advance(0);
  StimulusQueue copy = queue;
  queue.Advance(1);
  queue.Advance(2);
  EXPECT_THAT(Acting(&copy, 1), ElementsAre(1, 2));
}

}  // namespace
}  // namespace spiked
