// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/request_check.h"

#include <gtest/gtest.h>

#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

class RequestCheckTest : public RpcFixture {
 protected:
  RequestCheckTest() {
    environment_.registry = &registry_;
    environment_.caller.tenant = registry_.tenants()->Get("");
  }
  RpcEnvironment environment_{};
};

TEST_F(RequestCheckTest, FindsTheSessionAndItsNetwork) {
  Create("demo", MakeQuietNetwork(10));
  const RequestCheck check(environment_, {"sessions/demo"});
  ASSERT_TRUE(check.ok());
  EXPECT_TRUE(check.status().ok());
  EXPECT_EQ(check.session()->id(), "demo");
  EXPECT_EQ(check.built(), check.session()->built());
  EXPECT_EQ(check.network().network->neuron_count, 10);
}

TEST_F(RequestCheckTest, SaysThatThereIsNoSession) {
  const RequestCheck check(environment_, {"sessions/x"});
  EXPECT_FALSE(check.has_session());
  EXPECT_FALSE(check.ok());
  EXPECT_EQ(check.status().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(RequestCheckTest, ViolationsComeBeforeTheSession) {
  RequestCheck check(environment_, {"sessions/x"});
  check.violations()->Add("bin_steps", "is bad");
  EXPECT_EQ(check.status().error_message(), "bin_steps: is bad");

  Create("demo", MakeQuietNetwork(10));
  RequestCheck found(environment_, {"sessions/demo"});
  found.violations()->Add("bin_steps", "is bad");
  EXPECT_TRUE(found.has_session());
  EXPECT_FALSE(found.ok());
  EXPECT_EQ(found.status().error_message(), "bin_steps: is bad");
}

TEST_F(RequestCheckTest, TheNameComesAfterTheFieldsBeforeIt) {
  Violations before;
  before.Add("bin_steps", "is bad");
  const RequestCheck check(environment_, {"nonsense"}, std::move(before));
  EXPECT_FALSE(check.has_session());
  const std::string text = check.status().error_message();
  EXPECT_EQ(text.find("2 violations:\nbin_steps: is bad\nsession: "), 0u)
      << text;
}

TEST_F(RequestCheckTest, TakesNoOtherIncarnation) {
  const std::string earlier =
      Create("demo", MakeQuietNetwork(10)).incarnation_id();
  ASSERT_THAT(Delete("sessions/demo"), IsOk());
  const std::string now = Create("demo", MakeQuietNetwork(10)).incarnation_id();
  EXPECT_TRUE(RequestCheck(environment_, {"sessions/demo", now}).ok());
  const RequestCheck check(environment_, {"sessions/demo", earlier});
  EXPECT_FALSE(check.has_session());
  EXPECT_EQ(check.status().error_message(),
            absl::StrCat("session \"sessions/demo\" was deleted and created "
                         "again: its incarnation is ",
                         now, ", not ", earlier));
}

TEST_F(RequestCheckTest, SaysInWhichFieldTheNameIs) {
  const RequestCheck check(environment_, {"nonsense", "", "name"});
  EXPECT_EQ(check.status().error_message().find("name: "), 0u);
}

}  // namespace
}  // namespace spiked::testing
