// SPDX-License-Identifier: Apache-2.0

#include "core/network/stimulus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A stimulus that tests recognise by its amplitude.
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

// The ordinal that selects a rate's random numbers doesn't depend on earlier
// stimuli or on those for other populations.
TEST(StimulusQueue, RatesThatBeginTogetherAreCountedByPopulation) {
  const auto rates = [](int64_t begin, int population) {
    StimulusTargets targets = {.population = population, .neurons = {0}};
    targets.rates.emplace();
    return Stimulus{begin, 9,
                    std::make_shared<StimulusTargets>(std::move(targets))};
  };
  StimulusQueue queue;
  queue.Add(rates(2, 0));
  queue.Add(rates(0, 0));
  queue.Add(rates(2, 1));
  queue.Add(Make(2, 9, 1));
  queue.Add(rates(2, 0));
  queue.Add(rates(2, 1));
  queue.Advance(0);
  queue.Advance(1);
  std::vector<int> ordinals;
  for (const Stimulus& s : queue.Advance(2)) ordinals.push_back(s.ordinal);
  EXPECT_THAT(ordinals, ElementsAre(0, 0, 0, 0, 1, 1));
}

TEST(StimulusQueue, RatesWithoutEndAreReplacedByTheNextForTheirReceptor) {
  const auto rates = [](int64_t begin, int64_t end, int population,
                        int receptor, double name) {
    StimulusTargets targets = {.population = population,
                               .receptor = receptor,
                               .neurons = {0},
                               .amplitudes = {name}};
    targets.rates.emplace();
    return Stimulus{begin, end,
                    std::make_shared<StimulusTargets>(std::move(targets))};
  };
  StimulusQueue queue;
  queue.Add(rates(0, kForever, 0, 0, 1));
  queue.Add(rates(0, kForever, 0, 1, 2));
  queue.Add(rates(0, kForever, 1, 0, 3));
  queue.Add(rates(0, 9, 0, 0, 4));
  queue.Add(Make(0, 9, 5));
  queue.Add(rates(1, 9, 0, 0, 6));
  queue.Add(rates(2, kForever, 0, 0, 7));
  queue.Add(rates(2, kForever, 0, 0, 8));
  EXPECT_THAT(Acting(&queue, 0), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(Acting(&queue, 1), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(Acting(&queue, 2), ElementsAre(2, 3, 4, 5, 6, 8));
  EXPECT_THAT(Acting(&queue, 9), ElementsAre(2, 3, 8));
  EXPECT_EQ(queue.neuron_count(), 3);
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
