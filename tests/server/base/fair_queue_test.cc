// SPDX-License-Identifier: Apache-2.0

#include "server/base/fair_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace spiked {
namespace {

std::string PopAll(FairQueue<char>* queue) {
  std::string all;
  while (!queue->empty()) all += queue->Pop();
  return all;
}

TEST(FairQueue, WithOneOwnerIsAQueue) {
  FairQueue<char> queue;
  EXPECT_TRUE(queue.empty());
  for (char c : {'a', 'b', 'c'}) queue.Push("", c);
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.First(), 'a');
  EXPECT_EQ(PopAll(&queue), "abc");
  EXPECT_EQ(queue.size(), 0u);
}

TEST(FairQueue, OwnersTakeTurns) {
  FairQueue<char> queue;
  for (char c : {'1', '2', '3', '4'}) queue.Push("digits", c);
  for (char c : {'a', 'b'}) queue.Push("letters", c);
  EXPECT_EQ(queue.Pop(), '1');
  EXPECT_EQ(queue.Pop(), 'a');
  // A new owner waits for one item of each other, and a returning one is last.
  queue.Push("signs", '+');
  EXPECT_EQ(PopAll(&queue), "2b+34");
}

// An owner that had run out of items waits for one item of a busy one only.
TEST(FairQueue, ComingBackCostsNoMoreThanOneTurn) {
  FairQueue<char> queue;
  for (int i = 0; i < 100; ++i) queue.Push("busy", '.');
  std::string order;
  for (int i = 0; i < 3; ++i) {
    queue.Push("now and then", '!');
    order += queue.Pop();
    order += queue.Pop();
  }
  EXPECT_EQ(order, ".!.!.!");
}

TEST(FairQueue, HoldsWhatCannotBeCopied) {
  FairQueue<std::unique_ptr<int>> queue;
  queue.Push("a", std::make_unique<int>(7));
  EXPECT_EQ(*queue.Pop(), 7);
}

}  // namespace
}  // namespace spiked
