// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/page_token.h"

#include <gtest/gtest.h>

#include "server/rpc/convert/session_name.h"

namespace spiked {
namespace {

TEST(PageToken, ComesBackAsItWas) {
  Violations violations;
  EXPECT_EQ(ParsePageToken(MakePageToken("demo-1"), &violations), "demo-1");
  EXPECT_EQ(ParsePageToken("", &violations), "");
  EXPECT_TRUE(violations.empty());
}

TEST(PageToken, RefusesWhatIsNotOurs) {
  for (const std::string token :
       {"demo-1", "!", "YWZ0ZXI6", "=", "YWZ0ZXI6Lw", "\xFF"}) {
    Violations violations;
    EXPECT_EQ(ParsePageToken(token, &violations), "");
    EXPECT_EQ(violations.size(), 1u) << token;
  }
}

TEST(PageSize, HasADefaultAndALimit) {
  Violations violations;
  EXPECT_EQ(ParsePageSize(0, &violations), 50u);
  EXPECT_EQ(ParsePageSize(7, &violations), 7u);
  EXPECT_EQ(ParsePageSize(1001, &violations), 1000u);
  EXPECT_TRUE(violations.empty());
  ParsePageSize(-1, &violations);
  EXPECT_EQ(violations.Text(), "page_size: -1 is not in [0, 2^31)");
}

TEST(SessionName, LeadsToTheCallersSessions) {
  Violations violations;
  const Caller acme = {.tenant =
                           std::make_shared<Tenant>("acme", TenantQuota{})};
  EXPECT_EQ(ParseSessionName(acme, "sessions/a-1", "name", &violations),
            "acme/a-1");
  EXPECT_TRUE(violations.empty());
  EXPECT_EQ(KeyFor(acme, "x"), "acme/x");
  // No name leads to another tenant's session.
  EXPECT_EQ(ParseSessionName(acme, "sessions/b/x", "name", &violations), "");
  EXPECT_EQ(ParseSessionName(Caller(), "sessions/b/x", "name", &violations),
            "");
  EXPECT_EQ(violations.size(), 2u);
}

TEST(SessionName, RefusesOtherForms) {
  Violations violations;
  EXPECT_EQ(ParseSessionName(Caller(), "sessions/a-1", "name", &violations),
            "a-1");
  EXPECT_TRUE(violations.empty());
  for (const std::string name :
       {"", "a", "sessions", "sessions/", "sessions/A", "sessions/a-",
        "sessions/a/b", "session/a", "sessions/a "}) {
    Violations violations;
    EXPECT_EQ(ParseSessionName(Caller(), name, "session", &violations), "");
    ASSERT_EQ(violations.size(), 1u) << name;
    EXPECT_EQ(violations.list()[0].field, "session");
  }
}

}  // namespace
}  // namespace spiked
