// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/gate/transit_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace spiked {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr int64_t kSecond = 1'000'000'000;
constexpr char kA[] = "ipv4:127.0.0.1:1";
constexpr char kB[] = "ipv4:127.0.0.1:2";

class TransitBookTest : public ::testing::Test {
 protected:
  TransitBook::Bytes OnTheirWay(const TransitBook::Bytes& read_bytes,
                                int64_t now_nanos = kSecond) {
    return book_.OnTheirWay([&] { return read_bytes; }, now_nanos);
  }
  TransitBook book_;
};

TEST_F(TransitBookTest, WhatNobodyHasTakenIsOnItsWay) {
  EXPECT_THAT(OnTheirWay({{kA, 70'000}, {kB, 5}}),
              UnorderedElementsAre(Pair(kA, 70'000), Pair(kB, 5)));
}

TEST_F(TransitBookTest, WhatCallsHaveTakenIsNot) {
  const auto use = book_.Find(kA);
  use->CountCall(300);
  EXPECT_EQ(OnTheirWay({{kA, 500 + 1'000'000}})[kA], 1'000'000 - 56);
  use->CountMessage(1'000'000);
  EXPECT_EQ(OnTheirWay({{kA, 500 + 1'000'000}})[kA], 0);
}

TEST_F(TransitBookTest, WhatSurroundsCallsAndMessagesIsNot) {
  // A message of 16 MiB in frames of HTTP/2's least length, 16 KiB, encrypted
  // in records of as much.
  const int64_t length = 16 << 20;
  const int64_t frames = length / (16 << 10);
  const auto use = book_.Find(kA);
  use->CountCall(200);
  use->CountMessage(length);
  EXPECT_EQ(OnTheirWay({{kA, 250 + length + frames * (9 + 22)}})[kA], 0);
  // A client that reads a million messages tells its window after each.
  for (int i = 0; i < 1'000'000; ++i) use->CountSent();
  EXPECT_EQ(OnTheirWay({{kA, 250 + length + frames * (9 + 22) + 13'000'000 +
                                 26'000'000}})[kA],
            0);
}

TEST_F(TransitBookTest, AllowancesAreNotSaved) {
  const auto use = book_.Find(kA);
  for (int i = 0; i < 100'000; ++i) use->CountCall(100);
  EXPECT_EQ(OnTheirWay({{kA, 5'000'000}})[kA], 0);
  EXPECT_EQ(OnTheirWay({{kA, 6'000'000}})[kA], 1'000'000);
}

TEST_F(TransitBookTest, PingsAreNoRequests) {
  EXPECT_EQ(OnTheirWay({{kA, 0}}, kSecond)[kA], 0);
  EXPECT_EQ(OnTheirWay({{kA, 6'400}}, 101 * kSecond)[kA], 0);
  EXPECT_EQ(OnTheirWay({{kA, 6'500}}, 101 * kSecond)[kA], 100);
}

TEST_F(TransitBookTest, AMessageTakenWhileConnectionsAreReadCountsOnce) {
  const auto use = book_.Find(kA);
  const auto measured = book_.OnTheirWay(
      [&] {
        const TransitBook::Bytes read = {{kA, 4'000}};
        use->CountMessage(16'000);  // the rest has come meanwhile
        return read;
      },
      kSecond);
  EXPECT_EQ(measured.at(kA), 4'000);
  EXPECT_EQ(OnTheirWay({{kA, 16'000}})[kA], 0);
  EXPECT_EQ(OnTheirWay({{kA, 17'000}})[kA], 1'000);
}

TEST_F(TransitBookTest, ForgetsConnectionsThatAreGone) {
  book_.Find(kA)->CountMessage(1'000'000);
  EXPECT_EQ(OnTheirWay({{kB, 5}}).count(kA), 0U);
  // A new connection of the same address and port.
  EXPECT_EQ(OnTheirWay({{kA, 1'000}})[kA], 1'000);
}

TEST_F(TransitBookTest, RemembersConnectionsThatHaveCalls) {
  const auto use = book_.Find(kA);
  use->CountMessage(1'000'000);
  OnTheirWay({});
  EXPECT_EQ(book_.Find(kA), use);
  EXPECT_EQ(OnTheirWay({{kA, 1'000'000}})[kA], 0);
}

TEST_F(TransitBookTest, KnowsPeersByEitherName) {
  EXPECT_EQ(book_.Find("ipv6:%5B::1%5D:50000"), book_.Find("ipv6:[::1]:50000"));
  EXPECT_EQ(book_.Find("ipv6:%5Bfe80::1%25eth0%5D:50000"),
            book_.Find("ipv6:[fe80::1]:50000"));
  EXPECT_NE(book_.Find("ipv6:%5B::1%5D:50000"),
            book_.Find("ipv6:%5B::1%5D:50001"));
  EXPECT_EQ(book_.Find("unix:"), book_.Find("unix:"));
}

}  // namespace
}  // namespace spiked
