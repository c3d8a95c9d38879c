// SPDX-License-Identifier: Apache-2.0

#include "server/base/status_payload.h"

#include <gtest/gtest.h>

namespace spiked {
namespace {

TEST(StatusPayload, ARefusalHasTheCodeOfItsReason) {
  const absl::Status status = Refusal(Reason::kSessionNotFound, "it is gone");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "it is gone");
  EXPECT_EQ(ReasonOf(status), Reason::kSessionNotFound);
  EXPECT_STREQ(NameOf(Reason::kSessionNotFound), "SESSION_NOT_FOUND");
}

TEST(StatusPayload, EveryReasonIsKept) {
  for (int i = 0; i <= static_cast<int>(Reason::kInternal); ++i) {
    const auto reason = static_cast<Reason>(i);
    const absl::Status status = Refusal(reason, "");
    EXPECT_EQ(ReasonOf(status), reason);
    EXPECT_EQ(status.code(), CodeOf(reason));
    EXPECT_FALSE(status.ok());
  }
}

TEST(StatusPayload, AQuotaIsAReasonAndMayEnd) {
  const absl::Status status = WithRetry(QuotaError("sessions", "full"), 7);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), Reason::kQuotaExceeded);
  EXPECT_EQ(QuotaOf(status), "sessions");
  EXPECT_EQ(RetryNanosOf(status), 7);
}

TEST(StatusPayload, FactsAreKeptByKey) {
  const absl::Status status = WithMetadata(
      WithMetadata(Refusal(Reason::kInternal, ""), "a", "1"), "b", "2");
  const std::map<std::string, std::string> facts = {{"a", "1"}, {"b", "2"}};
  EXPECT_EQ(MetadataOf(status), facts);
  EXPECT_EQ(ReasonOf(status), Reason::kInternal);
}

TEST(StatusPayload, ErrorsOfOthersHaveNone) {
  const absl::Status status = absl::NotFoundError("no file");
  EXPECT_FALSE(ReasonOf(status).has_value());
  EXPECT_FALSE(QuotaOf(status).has_value());
  EXPECT_FALSE(RetryNanosOf(status).has_value());
  EXPECT_TRUE(MetadataOf(status).empty());
}

}  // namespace
}  // namespace spiked
