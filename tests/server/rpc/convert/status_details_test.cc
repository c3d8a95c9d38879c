// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/status_details.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "spiked/v1/error_details.pb.h"

namespace spiked {
namespace {

using ::testing::HasSubstr;

v1::Status Parse(const grpc::Status& status) {
  v1::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  // Stock libraries require both to be equal.
  EXPECT_EQ(details.code(), status.error_code());
  EXPECT_EQ(details.message(), status.error_message());
  return details;
}

v1::ErrorInfo ErrorInfoOf(const grpc::Status& status) {
  const v1::Status details = Parse(status);
  EXPECT_EQ(details.details(0).type_url(),
            "type.googleapis.com/google.rpc.ErrorInfo");
  v1::ErrorInfo info;
  EXPECT_TRUE(info.ParseFromString(details.details(0).value()));
  return info;
}

v1::BadRequest BadRequestOf(const grpc::Status& status) {
  const v1::Status details = Parse(status);
  EXPECT_EQ(details.details(1).type_url(),
            "type.googleapis.com/google.rpc.BadRequest");
  v1::BadRequest bad_request;
  EXPECT_TRUE(bad_request.ParseFromString(details.details(1).value()));
  return bad_request;
}

// The bytes of the trailer: the percent-encoded text and the details in base64.
size_t TrailerBytes(const grpc::Status& status) {
  size_t bytes = (status.error_details().size() + 2) / 3 * 4;
  for (char c : status.error_message()) {
    bytes += c >= 0x20 && c < 0x7F && c != '%' ? 1 : 3;
  }
  return bytes;
}

TEST(StatusDetails, LeavesOkAlone) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_EQ(ToGrpcStatus(absl::OkStatus()).error_details(), "");
}

TEST(StatusDetails, HasCodeTextReasonAndDomain) {
  const auto status =
      ToGrpcStatus(Refusal(Reason::kSessionNotFound, "session gone"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "session gone");
  const v1::ErrorInfo info = ErrorInfoOf(status);
  EXPECT_EQ(info.reason(), "SESSION_NOT_FOUND");
  EXPECT_EQ(info.domain(), "spiked");
}

TEST(StatusDetails, AbortedTellsWhereTheSessionIs) {
  Outcome outcome;
  outcome.status = Refusal(Reason::kStepMismatch, "expected_step: 5 is not 7");
  outcome.session.step = 7;
  outcome.session.epoch = 2;
  const v1::ErrorInfo info = ErrorInfoOf(ToGrpcStatus(outcome));
  EXPECT_EQ(info.reason(), "STEP_MISMATCH");
  EXPECT_EQ(info.metadata().at("current_step"), "7");
  EXPECT_EQ(info.metadata().at("epoch"), "2");
}

TEST(StatusDetails, ALateStimulusTellsHowManyAre) {
  InjectResult result;
  result.status = Refusal(Reason::kLateStimulus, "2 stimuli would be late");
  result.session.step = 7;
  result.late_count = 2;
  const v1::ErrorInfo info = ErrorInfoOf(ToGrpcStatus(result));
  EXPECT_EQ(info.reason(), "LATE_STIMULUS");
  EXPECT_EQ(info.metadata().at("current_step"), "7");
  EXPECT_EQ(info.metadata().at("late_count"), "2");
}

TEST(StatusDetails, AChangeTellsItsViolationsOrWhereTheSessionIs) {
  ChangeResult result;
  result.status = Refusal(Reason::kStepPassed, "at_step: 5 has passed");
  result.session.step = 7;
  const v1::ErrorInfo info = ErrorInfoOf(ToGrpcStatus(result));
  EXPECT_EQ(info.reason(), "STEP_PASSED");
  EXPECT_EQ(info.metadata().at("current_step"), "7");
  result.status = Refusal(Reason::kInvalidRequest, "");
  result.violations.Add("changes[0]", "is bad");
  EXPECT_EQ(ToGrpcStatus(result).error_message(), "changes[0]: is bad");
}

// tests/repository/test_refusals.py sees to it that refusals have a reason.
TEST(StatusDetails, WithoutAReasonAnErrorIsInternal) {
  EXPECT_EQ(ErrorInfoOf(ToGrpcStatus(absl::NotFoundError("file"))).reason(),
            "INTERNAL");
}

TEST(StatusDetails, OneViolationIsTheText) {
  Violations violations;
  violations.Add("network.dt_ms", "0 is not in [0.001, 100]");
  const auto status = ToGrpcStatus(violations, Reason::kInvalidNetwork);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "network.dt_ms: 0 is not in [0.001, 100]");
  EXPECT_EQ(ErrorInfoOf(status).reason(), "INVALID_NETWORK");
  const auto bad_request = BadRequestOf(status);
  ASSERT_EQ(bad_request.field_violations_size(), 1);
  EXPECT_EQ(bad_request.field_violations(0).field(), "network.dt_ms");
  EXPECT_EQ(bad_request.field_violations(0).description(),
            "0 is not in [0.001, 100]");
}

TEST(StatusDetails, SeveralViolationsAreCounted) {
  Violations violations;
  violations.Add("a", "is bad");
  violations.Add("b", "is worse");
  const auto status = ToGrpcStatus(violations);
  EXPECT_EQ(status.error_message(), "2 violations:\na: is bad\nb: is worse");
}

TEST(StatusDetails, ManyViolationsFitIntoTheTrailers) {
  Violations violations;
  for (int i = 0; i < 90; ++i) {
    violations.Add(absl::StrCat("network.projections[", i, "].delay_ms"),
                   "0.04 is shorter than one step (0.1 ms)");
  }
  const auto status = ToGrpcStatus(violations);
  EXPECT_LE(TrailerBytes(status), kMaxTrailerBytes);
  EXPECT_GT(TrailerBytes(status), kMaxTrailerBytes * 3 / 4);
  const int shown = BadRequestOf(status).field_violations_size();
  EXPECT_GT(shown, 10);
  EXPECT_THAT(status.error_message(),
              HasSubstr(absl::StrCat("90 violations, the first ", shown, ":")));
}

TEST(StatusDetails, SaysWhenThereMayBeMore) {
  Violations violations;
  for (int i = 0; i < 1000; ++i) violations.Add("a", "is bad");
  EXPECT_THAT(ToGrpcStatus(violations).error_message(),
              HasSubstr("at least 100 violations"));
}

TEST(StatusDetails, CutsLongTextsBetweenCharacters) {
  std::string long_text;
  for (int i = 0; i < 10'000; ++i) long_text += "\u20ac";
  Violations violations;
  violations.Add(long_text, long_text);
  violations.Add("b", "is bad");
  for (const auto& status : {ToGrpcStatus(violations),
                             ToGrpcStatus(absl::InternalError(long_text))}) {
    EXPECT_LE(TrailerBytes(status), kMaxTrailerBytes);
    Parse(status);  // fails for half a character
    EXPECT_THAT(status.error_message(), HasSubstr("\u20ac..."));
  }
}

TEST(StatusDetails, ReplacesWhatIsNotUtf8) {
  Violations violations;
  violations.Add("name", "\"\xE2\x82\" and \xFF");
  EXPECT_EQ(ToGrpcStatus(violations).error_message(), "name: \"??\" and ?");
}

}  // namespace
}  // namespace spiked
