// SPDX-License-Identifier: Apache-2.0

#include "server/session/scheduling/thread_count.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

int Choose(int64_t neurons, double synapses, int max, int requested = 0) {
  NetworkPlan plan;
  plan.neuron_count = neurons;
  plan.synapse_count = synapses;
  return ChooseThreadCount(requested, plan, max);
}

TEST(ChooseThreadCount, SmallNetworksHaveOne) {
  EXPECT_EQ(Choose(1, 0, 64), 1);
  EXPECT_EQ(Choose(3999, 1e9, 64), 1);
  EXPECT_EQ(Choose(1'000'000, 999'999, 64), 1);
}

TEST(ChooseThreadCount, LargeNetworksHaveMoreUpToTheLimit) {
  EXPECT_EQ(Choose(4000, 1e6, 64), 2);
  EXPECT_EQ(Choose(80'000, 3e8, 64), 6);
  EXPECT_EQ(Choose(80'000, 3e8, 4), 4);
  EXPECT_EQ(Choose(80'000, 3e8, 1), 1);
  EXPECT_EQ(Choose(int64_t{1} << 40, 1e12, 1024), 1024);
}

TEST(ChooseThreadCount, WhatWasRequestedWinsUpToTheLimit) {
  EXPECT_EQ(Choose(1, 0, 8, 5), 5);
  EXPECT_EQ(Choose(80'000, 3e8, 8, 1), 1);
  EXPECT_EQ(Choose(1, 0, 8, 9), 8);
}

}  // namespace
}  // namespace spiked
