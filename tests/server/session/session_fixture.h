// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SERVER_SESSION_SESSION_FIXTURE_H_
#define SPIKED_TESTS_SERVER_SESSION_SESSION_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>

#include "core/build/compile.h"
#include "server/session/session.h"
#include "server/session/session_environment.h"
#include "tests/server/fake_clock.h"
#include "tests/support/network_builder.h"

namespace spiked {

// A session that steps only when the test runs its slices: there are no
// threads, and the test moves the clock.
class SessionFixture : public ::testing::Test {
 protected:
  std::shared_ptr<Session> MakeSession(const NetworkSpec& spec,
                                       SessionOptions options = {}) {
    auto session = std::make_shared<Session>(
        "test", options,
        Session::Environment{&clock_, &scheduler_, &statistics_, 1 << 20});
    auto network = Compile(spec);
    EXPECT_TRUE(network.ok()) << network.status();
    session->Attach(*std::move(network), 1000);
    return session;
  }

  // Posts a command and runs one slice; the result must be there.
  template <typename Command>
  ResultOf<Command> Do(const std::shared_ptr<Session>& session,
                       Command command) {
    auto result = std::make_shared<std::optional<ResultOf<Command>>>();
    session->Post(std::move(command), [result](ResultOf<Command> answer) {
      *result = std::move(answer);
    });
    // An advance takes as many slices as it needs.
    for (int slice = 0; slice < 100'000 && !result->has_value(); ++slice) {
      session->RunSlice();
    }
    EXPECT_TRUE(result->has_value());
    return result->value_or(ResultOf<Command>{});
  }

  // Lets time pass in real-time ticks.
  void RunMs(const std::shared_ptr<Session>& session, int ms) {
    for (int i = 0; i < ms; ++i) {
      clock_.AdvanceMs(1);
      session->RunSlice();
    }
  }

  FakeClock clock_;
  Statistics statistics_;
  Scheduler scheduler_{0, &clock_, &statistics_};
};

}  // namespace spiked

#endif  // SPIKED_TESTS_SERVER_SESSION_SESSION_FIXTURE_H_
