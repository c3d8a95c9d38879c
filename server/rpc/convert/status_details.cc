// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/status_details.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/status_payload.h"
#include "spiked/v1/error_details.pb.h"

namespace spiked {
namespace {

constexpr char kDomain[] = "spiked";
constexpr char kTypePrefix[] = "type.googleapis.com/google.rpc.";
// Alone, the longest violation fits even if every byte is escaped.
constexpr size_t kMaxText = 700;
constexpr size_t kMaxField = 200;
// Tags, lengths, type names, reason and metadata.
constexpr size_t kOverheadBytes = 600;
constexpr size_t kOverheadBytesPerViolation = 12;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

// Bytes of the UTF-8 character that begins at `i`; 0 if there is none. Overlong
// forms pass: what matters is that parsers find whole characters.
size_t CharacterBytes(const std::string& text, size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  const size_t bytes = first < 0x80   ? 1
                       : first < 0xC2 ? 0
                       : first < 0xE0 ? 2
                       : first < 0xF0 ? 3
                       : first < 0xF5 ? 4
                                      : 0;
  if (i + bytes > text.size()) return 0;
  for (size_t k = 1; k < bytes; ++k) {
    if ((text[i + k] & 0xC0) != 0x80) return 0;
  }
  return bytes;
}

// Valid UTF-8 of at most `max` bytes. Texts that quote a part of a request may
// have cut a character in two.
std::string Shorten(const std::string& text, size_t max) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    const size_t bytes = CharacterBytes(text, i);
    if (result.size() + std::max<size_t>(bytes, 1) > max - 3) {
      return result + "...";
    }
    result += bytes == 0 ? "?" : text.substr(i, bytes);
    i += std::max<size_t>(bytes, 1);
  }
  return result;
}

// Bytes of a text in the trailer "grpc-message", which is percent-encoded.
size_t EncodedBytes(const std::string& text) {
  size_t bytes = 0;
  for (char c : text) {
    bytes +=
        absl::ascii_isprint(static_cast<unsigned char>(c)) && c != '%' ? 1 : 3;
  }
  return bytes;
}

template <typename Message>
void Pack(const Message& detail, v1::Status* status) {
  google::protobuf::Any* any = status->add_details();
  any->set_type_url(kTypePrefix + Message::descriptor()->name());
  any->set_value(detail.SerializeAsString());
}

v1::Status MakeStatus(absl::StatusCode code, const std::string& message,
                      Reason reason, const ErrorMetadata& metadata) {
  v1::Status status;
  status.set_code(static_cast<int>(code));
  status.set_message(message);
  v1::ErrorInfo info;
  info.set_reason(NameOf(reason));
  info.set_domain(kDomain);
  for (const auto& [key, value] : metadata) {
    (*info.mutable_metadata())[key] = value;
  }
  Pack(info, &status);
  return status;
}

grpc::Status ToGrpc(const v1::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      status.message(), status.SerializeAsString());
}

// "network.dt_ms: 0 is not in [0.001, 100]"
std::string Line(const v1::BadRequest::FieldViolation& violation) {
  return absl::StrCat(violation.field(), ": ", violation.description());
}

// A violation with texts that are short enough for a trailer.
v1::BadRequest::FieldViolation MakeShort(const Violation& violation) {
  v1::BadRequest::FieldViolation result;
  result.set_field(Shorten(violation.field, kMaxField));
  result.set_description(Shorten(violation.description, kMaxText));
  return result;
}

// Bytes of a violation in the trailers: its line is in the plain text, and in
// the base64 of the details twice, as a part of the text and as two fields.
size_t TrailerBytes(const v1::BadRequest::FieldViolation& violation) {
  const std::string line = Line(violation) + "\n";
  return EncodedBytes(line) +
         (2 * line.size() + kOverheadBytesPerViolation) * 4 / 3;
}

// As many violations as a trailer can carry, at least one.
v1::BadRequest MakeBadRequest(const Violations& violations) {
  v1::BadRequest bad_request;
  size_t bytes = kOverheadBytes;
  for (const Violation& violation : violations.list()) {
    v1::BadRequest::FieldViolation next = MakeShort(violation);
    bytes += TrailerBytes(next);
    const bool is_first = bad_request.field_violations_size() == 0;
    if (bytes > kMaxTrailerBytes && !is_first) break;
    *bad_request.add_field_violations() = std::move(next);
  }
  return bad_request;
}

// How many violations there are, as the first line of a text.
std::string Heading(size_t count, size_t shown) {
  std::string text;
  if (count > 1) {
    absl::StrAppend(&text, count == Violations::kMax ? "at least " : "", count,
                    " violations");
    if (shown < count) absl::StrAppend(&text, ", the first ", shown);
    text += ":\n";
  }
  return text;
}

// The text for people: a heading, and a line for each violation that is shown.
// `count` says how many there are.
std::string TextOf(const v1::BadRequest& shown, size_t count) {
  std::string text = Heading(count, shown.field_violations_size());
  for (const auto& violation : shown.field_violations()) {
    absl::StrAppend(&text, Line(violation), "\n");
  }
  text.pop_back();
  return text;
}

v1::QuotaFailure MakeQuotaFailure(const std::string& quota,
                                  const std::string& description) {
  v1::QuotaFailure failure;
  auto* violation = failure.add_violations();
  violation->set_subject(quota);
  violation->set_description(description);
  return failure;
}

v1::RetryInfo MakeRetryInfo(int64_t nanos) {
  v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(nanos / kNanosPerSecond);
  retry.mutable_retry_delay()->set_nanos(
      static_cast<int32_t>(nanos % kNanosPerSecond));
  return retry;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status,
                          const ErrorMetadata& metadata) {
  if (status.ok()) return grpc::Status::OK;
  const std::string text = Shorten(std::string(status.message()), kMaxText);
  ErrorMetadata all = MetadataOf(status);
  all.insert(metadata.begin(), metadata.end());
  v1::Status details = MakeStatus(
      status.code(), text, ReasonOf(status).value_or(Reason::kInternal), all);
  if (const auto quota = QuotaOf(status); quota.has_value()) {
    Pack(MakeQuotaFailure(*quota, text), &details);
  }
  if (const auto nanos = RetryNanosOf(status); nanos.has_value()) {
    Pack(MakeRetryInfo(*nanos), &details);
  }
  return ToGrpc(details);
}

grpc::Status ToGrpcStatus(const Outcome& outcome) {
  ErrorMetadata metadata;
  switch (ReasonOf(outcome.status).value_or(Reason::kInternal)) {
    case Reason::kStepMismatch:
    case Reason::kStepPassed:
    case Reason::kNetworkEdited:
      metadata["current_step"] = absl::StrCat(outcome.session.step);
      metadata["epoch"] = absl::StrCat(outcome.session.epoch);
      break;
    default:
      break;
  }
  return ToGrpcStatus(outcome.status, metadata);
}

grpc::Status ToGrpcStatus(const InjectResult& result) {
  if (ReasonOf(result.status) != Reason::kLateStimulus) {
    return ToGrpcStatus(static_cast<const Outcome&>(result));
  }
  return ToGrpcStatus(result.status,
                      {{"current_step", absl::StrCat(result.session.step)},
                       {"late_count", absl::StrCat(result.late_count)}});
}

grpc::Status ToGrpcStatus(const ChangeResult& result) {
  if (!result.violations.empty()) return ToGrpcStatus(result.violations);
  return ToGrpcStatus(static_cast<const Outcome&>(result));
}

grpc::Status OtherEpochStatus(int64_t wanted, SpikeRing::Position now) {
  return ToGrpcStatus(
      Refusal(
          Reason::kEpochMismatch,
          absl::StrCat("epoch: ", wanted, " is not the session's epoch (",
                       now.epoch, "): it was reset, or its network edited")),
      {{"epoch", absl::StrCat(now.epoch)},
       {"current_step", absl::StrCat(now.step)}});
}

grpc::Status ToGrpcStatus(const SpikeCursor::Opened& refused,
                          const SpikeCursor::Opening& opening) {
  const std::string step = absl::StrCat(opening.step.value_or(0));
  switch (refused.problem) {
    case SpikeCursor::Problem::kNone:
      break;
    case SpikeCursor::Problem::kOtherEpoch:
      return OtherEpochStatus(opening.epoch.value_or(0), refused.end);
    case SpikeCursor::Problem::kEvicted:
      return ToGrpcStatus(
          Refusal(Reason::kHistoryEvicted,
                  absl::StrCat("start_step: ", step,
                               " is not in the session's history "
                               "any more, whose oldest step is ",
                               refused.oldest_step)),
          {{"oldest_step", absl::StrCat(refused.oldest_step)},
           {"epoch", absl::StrCat(refused.end.epoch)}});
    case SpikeCursor::Problem::kFuture:
      return ToGrpcStatus(
          Refusal(Reason::kStepNotInHistory,
                  absl::StrCat("start_step: ", step,
                               " is not in the session's history up to step ",
                               refused.end.step)));
  }
  return grpc::Status::OK;
}

grpc::Status SlowConsumerStatus(SpikeRing::Position next, int64_t next_sequence,
                                const std::string& incarnation_id) {
  return ToGrpcStatus(
      Refusal(Reason::kSlowConsumer,
              absl::StrCat("the client reads more slowly than data come, and "
                           "would lose some; "
                           "go on from step ",
                           next.step, " of epoch ", next.epoch)),
      {{"next_step", absl::StrCat(next.step)},
       {"epoch", absl::StrCat(next.epoch)},
       {"next_sequence", absl::StrCat(next_sequence)},
       {"incarnation_id", incarnation_id}});
}

grpc::Status ToGrpcStatus(const Violations& violations, Reason reason) {
  const v1::BadRequest bad_request = MakeBadRequest(violations);
  v1::Status status =
      MakeStatus(absl::StatusCode::kInvalidArgument,
                 TextOf(bad_request, violations.size()), reason, {});
  Pack(bad_request, &status);
  return ToGrpc(status);
}

}  // namespace spiked
