// SPDX-License-Identifier: Apache-2.0

#include "server/session/core_error.h"

#include <gtest/gtest.h>

#include "server/base/status_payload.h"

namespace spiked {
namespace {

TEST(CoreError, EachCodeOfCoreHasAReason) {
  EXPECT_TRUE(FromCore(absl::OkStatus()).ok());
  EXPECT_EQ(ReasonOf(FromCore(absl::CancelledError("x"))), Reason::kCancelled);
  EXPECT_EQ(ReasonOf(FromCore(absl::InvalidArgumentError("x"))),
            Reason::kInvalidRequest);
  EXPECT_EQ(ReasonOf(FromCore(absl::ResourceExhaustedError("x"))),
            Reason::kLimitReached);
  EXPECT_EQ(ReasonOf(FromCore(absl::FailedPreconditionError("x"))),
            Reason::kSessionState);
  EXPECT_EQ(ReasonOf(FromCore(absl::InternalError("x"))), Reason::kInternal);
}

TEST(CoreError, CodeAndTextStay) {
  const absl::Status status =
      FromCore(absl::ResourceExhaustedError("too many"));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "too many");
}

}  // namespace
}  // namespace spiked
