// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/stimulus_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/rpc/call/session_lookup.h"
#include "server/rpc/call/stream_times.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/status_details.h"

namespace spiked {
namespace {

// Checks a field that names the session again, in a later message.
void CheckSame(const char* field, const std::string& value,
               const std::string& first, Violations* violations) {
  if (value.empty() || value == first) return;
  violations->Add(field, absl::StrCat("\"", value,
                                      "\" is not that of the first message, \"",
                                      first, "\""));
}

}  // namespace

StimulusStream* StimulusStream::Open(const RpcEnvironment& environment,
                                     const RequestMemory* memory) {
  auto stream = std::make_shared<StimulusStream>(environment, memory);
  stream->self_ = stream;
  environment.dispatcher->Add(stream);
  stream->StartRead(stream->request_.ForNext());
  return stream.get();
}

StimulusStream::StimulusStream(const RpcEnvironment& environment,
                               const RequestMemory* memory)
    : environment_(environment),
      memory_(memory),
      statistics_(environment.statistics->stream(StreamKind::kStimuli)) {
  statistics_.open.Add(1);
}

void StimulusStream::OnReadDone(bool ok) {
  RunOrEnd([&] { Read(ok); },
           [this](grpc::Status status) {
             FinishWith(life_.End(std::move(status)));
           });
}

void StimulusStream::Read(bool ok) {
  if (ok) {
    const absl::Status memory = request_.TakeMemory(
        *memory_, environment_.caller.tenant, environment_.connection.get());
    if (!memory.ok()) return FinishWith(life_.End(ToGrpcStatus(memory)));
  }
  if (!ok || !request_.Parse()) {
    return FinishWith(life_.End(ToGrpcStatus(Refusal(
        Reason::kMessagesLost,
        "the stream ended without end_of_input; messages may be lost"))));
  }
  if (grpc::Status status = CheckRequest(); !status.ok()) {
    return FinishWith(life_.End(std::move(status)));
  }
  // From here until the answer is written the stream counts as writing.
  if (!life_.BeginWrite()) return;
  const auto self = shared_from_this();
  const auto end = [self](grpc::Status status) {
    self->EndInsteadOfAnswer(std::move(status));
  };
  RunOrEnd(
      [&] {
        environment_.Run(
            SizeOfReading(environment_, target_,
                          {request_->ByteSizeLong(), request_->stimuli_size()}),
            [self] { self->Process(); }, end);
      },
      end);
}

grpc::Status StimulusStream::CheckRequest() {
  Violations violations;
  if (request_->sequence() != sequence_) {
    violations.Add("sequence",
                   absl::StrCat(request_->sequence(), " instead of ", sequence_,
                                "; messages were lost or repeated"));
  }
  SessionTarget target = TargetOf(*request_);
  if (target_.name.empty()) {
    const std::string key =
        ParseTarget(environment_.caller, target, &violations);
    if (!violations.empty()) return ToGrpcStatus(violations);
    const auto session =
        FindBuilt(*environment_.registry, key, target.incarnation_id);
    if (!session.ok()) return ToGrpcStatus(session.status());
    target_ = {std::move(target.name), (*session)->incarnation_id()};
    session_ = *session;
    use_.emplace((*session)->lifetime());
    has_session_ = true;
  } else {
    CheckSame("session", target.name, target_.name, &violations);
    CheckSame("expected_incarnation_id", target.incarnation_id,
              target_.incarnation_id, &violations);
  }
  ++sequence_;
  return violations.empty() ? grpc::Status::OK : ToGrpcStatus(violations);
}

void StimulusStream::Process() {
  const std::shared_ptr<Session> session = session_.lock();
  if (session == nullptr) return EndAsDeleted();
  Violations violations;
  CheckStimulusCount(request_->stimuli_size(), 0, &violations);
  CheckEnum(request_->late_policy(), "late_policy", &violations);
  std::vector<StimulusSpec> stimuli;
  Session::Built built = session->built();
  if (violations.empty()) {
    stimuli = ReadStimuli(request_->stimuli(), *built, &violations);
  }
  // Free the list now: the answer may wait for the session.
  stimulus_count_ = request_->stimuli_size();
  v1::StreamStimuliRequest read;
  read.mutable_stimuli()->Swap(request_.mutable_message()->mutable_stimuli());
  if (violations.empty()) {
    Inject(*session, std::move(built), std::move(stimuli));
  } else {
    Answer(ToGrpcStatus(violations).error_message());
  }
}

void StimulusStream::Inject(Session& session, Session::Built built,
                            std::vector<StimulusSpec> stimuli) {
  // Posted even without stimuli, because the answer tells the credits.
  const bool refuse = request_->late_policy() == v1::REFUSE_LATE;
  session.Post(
      InjectCommand{std::move(stimuli),
                    refuse ? LatePolicy::kRefuse : LatePolicy::kApplyNext},
      [self = shared_from_this()](const InjectResult& result) {
        self->Answer(result);
      },
      std::move(built));
}

void StimulusStream::Answer(const InjectResult& result) {
  RunOrEnd([&] { AnswerOrThrow(result); },
           [this](grpc::Status status) { EndInsteadOfAnswer(status); });
}

void StimulusStream::AnswerOrThrow(const InjectResult& result) {
  if (result.session.state == SessionState::kDeleting) return EndAsDeleted();
  response_.Clear();
  response_.set_late_count(result.late_count);
  response_.set_credits(std::max<int64_t>(0, result.stimulus_room));
  if (result.status.ok()) {
    response_.set_applied_step(result.applied_step);
  } else {
    response_.set_error(ToGrpcStatus(result).error_message());
    response_.set_refused_count(stimulus_count_);
  }
  WriteAnswer();
}

grpc::Status StimulusStream::Deleted() const {
  return ToGrpcStatus(
      Refusal(Reason::kSessionNotFound,
              absl::StrCat("session \"", target_.name, "\" was deleted")));
}

void StimulusStream::EndInsteadOfAnswer(grpc::Status status) {
  life_.End(std::move(status));
  FinishWith(life_.EndWrite(true));
}

void StimulusStream::EndAsDeleted() { EndInsteadOfAnswer(Deleted()); }

void StimulusStream::Answer(std::string error) {
  response_.Clear();
  response_.set_error(std::move(error));
  response_.set_refused_count(stimulus_count_);
  WriteAnswer();
}

void StimulusStream::WriteAnswer() {
  if (request_->sequence() == 0) {
    response_.set_incarnation_id(target_.incarnation_id);
  }
  response_.set_sequence(request_->sequence());
  if (request_->end_of_input()) life_.End(grpc::Status::OK);  // after writing
  statistics_.messages.Add();
  statistics_.bytes.Add(static_cast<int64_t>(response_.ByteSizeLong()));
  written_ = ToBytes(response_);
  environment_.dispatcher->Post(
      [self = shared_from_this()] { self->StartWrite(&self->written_); });
}

void StimulusStream::OnWriteDone(bool ok) {
  std::optional<grpc::Status> end = life_.EndWrite(ok);
  if (end.has_value()) return FinishWith(std::move(end));
  StartRead(request_.ForNext());
}

std::optional<int64_t> StimulusStream::Serve(int64_t now_nanos) {
  if (environment_.dispatcher->draining()) {
    FinishWith(life_.End(ToGrpcStatus(
        Refusal(Reason::kServerStopping, "the server is stopping"))));
  } else if (IsDeleted()) {
    FinishWith(life_.End(Deleted()));
  }
  if (life_.state() == StreamLife::State::kFinishing) return std::nullopt;
  return now_nanos + kLookForSessionNanos;
}

bool StimulusStream::IsDeleted() const {
  if (!has_session_) return false;
  const std::shared_ptr<Session> session = session_.lock();
  return session == nullptr ||
         session->status().state == SessionState::kDeleting;
}

void StimulusStream::OnDone() {
  statistics_.open.Add(-1);
  const auto self = std::move(self_);  // may be the last reference
}

void StimulusStream::FinishWith(std::optional<grpc::Status> status) {
  if (status.has_value()) Finish(*std::move(status));
}

}  // namespace spiked
