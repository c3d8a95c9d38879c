// SPDX-License-Identifier: Apache-2.0

#include "server/session/session_key.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

TEST(SessionKeys, ArePutTogetherAndTakenApart) {
  EXPECT_EQ(SessionKey("", "demo"), "demo");
  EXPECT_EQ(SessionKey("acme", "demo"), "acme/demo");
  for (const char* tenant : {"", "acme"}) {
    EXPECT_EQ(TenantOf(SessionKey(tenant, "demo")), tenant);
    EXPECT_EQ(IdOf(SessionKey(tenant, "demo")), "demo");
    EXPECT_EQ(IdOf(SessionKey(tenant, "")), "");
  }
}

}  // namespace
}  // namespace spiked
