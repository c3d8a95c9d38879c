// SPDX-License-Identifier: Apache-2.0

#include "server/http/message.h"

#include <gtest/gtest.h>

#include <string>

namespace spiked {
namespace {

TEST(HttpMessage, HasAMethodAndAPathWithoutItsQuery) {
  HttpRequest request;
  EXPECT_EQ(ReadHead("GET /metrics?name[]=x HTTP/1.1\r\nHost: a\r\n\r\nbody",
                     &request),
            HeadState::kComplete);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/metrics");
  EXPECT_EQ(ReadHead("HEAD / HTTP/1.0\r\n\r\n", &request),
            HeadState::kComplete);
  EXPECT_EQ(request.method, "HEAD");
  EXPECT_EQ(request.path, "/");
}

TEST(HttpMessage, IsUnfinishedUntilAnEmptyLine) {
  const std::string whole = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
  HttpRequest request;
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(ReadHead(whole.substr(0, i), &request), HeadState::kUnfinished)
        << i;
  }
  EXPECT_EQ(ReadHead(whole, &request), HeadState::kComplete);
}

TEST(HttpMessage, OfAnotherFormIsMalformed) {
  for (const char* line :
       {"", "GET", "GET /", "GET / HTTP/2", "GET x HTTP/1.1", "GET  HTTP/1.1",
        " / HTTP/1.1", "GET /a b HTTP/1.1", "\x16\x03\x01"}) {
    HttpRequest request;
    EXPECT_EQ(ReadHead(std::string(line) + "\r\n\r\n", &request),
              HeadState::kMalformed)
        << line;
  }
}

TEST(HttpMessage, IsTooLongIfItDoesNotEnd) {
  HttpRequest request;
  const std::string begin = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(ReadHead(begin + std::string(kMaxHeadBytes, 'x'), &request),
            HeadState::kTooLong);
}

}  // namespace
}  // namespace spiked
