// SPDX-License-Identifier: Apache-2.0

#include "core/model/spike_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spiked {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void Commit(SpikeHistory* history, int64_t step, uint32_t neuron) {
  history->Commit(step, {neuron});
}

TEST(SpikeHistory, RemembersAsManyStepsAsItIsLong) {
  SpikeHistory history(3);
  for (int64_t step = 0; step < 10; ++step) {
    Commit(&history, step, static_cast<uint32_t>(step));
    for (int64_t back = 0; back < 3; ++back) {
      if (step - back < 0) continue;
      EXPECT_THAT(history.At(step - back), ElementsAre(step - back));
    }
  }
}

TEST(SpikeHistory, IsEmptyBeforeTheFirstStep) {
  SpikeHistory history(3);
  Commit(&history, 0, 7);
  EXPECT_THAT(history.At(-1), IsEmpty());
  EXPECT_THAT(history.At(-2), IsEmpty());
}

TEST(SpikeHistory, SilentStepReplacesWhatWasThere) {
  SpikeHistory history(1);
  Commit(&history, 0, 7);
  history.Commit(1, {});
  EXPECT_THAT(history.At(1), IsEmpty());
}

}  // namespace
}  // namespace spiked
