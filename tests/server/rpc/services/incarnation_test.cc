// SPDX-License-Identifier: Apache-2.0
//
// A session that is deleted and created again is another one, and no call that
// means the first reaches the second.

#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "tests/server/rpc/contract_methods.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

using enum grpc::StatusCode;
using google::protobuf::MethodDescriptor;

constexpr char kExpected[] = "expected_incarnation_id";

class IncarnationTest : public RpcFixture {
 protected:
  v1::Session CreateDemo() { return Create("demo", MakeBusyNetwork(3)); }

  // Creates a session, deletes it and creates another of the same name.
  void Replace() {
    earlier_ = CreateDemo().incarnation_id();
    ASSERT_THAT(Delete("sessions/demo"), IsOk());
    now_ = CreateDemo().incarnation_id();
  }

  // Calls a method for the session "demo", with an incarnation.
  grpc::Status CallFor(const MethodDescriptor& method,
                       const std::string& incarnation_id) {
    // What requests need to be valid, as far as that can be told without the
    // session. A new method may need a line here.
    static const auto* const kRequired = new std::map<std::string, std::string>{
        {"ChangeNetwork", "changes {}"},
        {"EditNetwork", "remove_populations: 'x'"},
        {"GetPopulationSpectrum", "bin_steps: 1 window_steps: 2"},
        {"InjectStimulus", "stimuli {}"},
        {"StreamRates", "bin_steps: 1"}};
    const std::unique_ptr<google::protobuf::Message> request(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(method.input_type())
            ->New());
    const auto required = kRequired->find(method.name());
    if (required != kRequired->end()) {
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
          required->second, request.get()));
    }
    const auto* field = method.input_type()->FindFieldByName(kExpected);
    if (field == nullptr) {
      ADD_FAILURE() << method.input_type()->full_name() << " has no "
                    << kExpected;
      return grpc::Status::OK;
    }
    const auto* reflection = request->GetReflection();
    reflection->SetString(request.get(), SessionFieldOf(method),
                          "sessions/demo");
    reflection->SetString(request.get(), field, incarnation_id);
    return CallRaw(PathOf(method), request->SerializeAsString());
  }

  std::string earlier_;
  std::string now_;
};

TEST_F(IncarnationTest, EverySessionHasItsOwn) {
  Replace();
  EXPECT_THAT(now_, MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(now_.size(), 32u);
  EXPECT_NE(now_, earlier_);
  EXPECT_NE(Create("other", MakeQuietNetwork()).incarnation_id(), now_);
  EXPECT_EQ(Get("sessions/demo").incarnation_id(), now_);
  // A reset begins a new epoch of the same session.
  EXPECT_THAT(Reset("sessions/demo"), IsOk());
  EXPECT_EQ(Get("sessions/demo").incarnation_id(), now_);
}

TEST_F(IncarnationTest, NoMethodReachesAnother) {
  Replace();
  int count = 0;
  for (const MethodDescriptor* method : AllMethods()) {
    if (SessionFieldOf(*method) == nullptr) continue;
    SCOPED_TRACE(method->full_name());
    ++count;
    const grpc::Status status = CallFor(*method, earlier_);
    EXPECT_THAT(status, HasCode(ABORTED));
    const v1::ErrorInfo info = ErrorInfoOf(status);
    EXPECT_EQ(info.reason(), "INCARNATION_MISMATCH");
    if (info.metadata_size() < 2) continue;
    EXPECT_EQ(info.metadata().at("incarnation_id"), now_);
    EXPECT_EQ(info.metadata().at("expected_incarnation_id"), earlier_);
  }
  EXPECT_GE(count, 20);
  // DeleteSession and the others did nothing.
  const v1::Session session = Get("sessions/demo");
  EXPECT_EQ(session.incarnation_id(), now_);
  EXPECT_EQ(session.epoch(), 0);
  EXPECT_EQ(session.step(), 0);
}

TEST_F(IncarnationTest, EveryMethodReachesTheOneThatIsMeant) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (SessionFieldOf(*method) == nullptr) continue;
    const std::string id = CreateDemo().incarnation_id();
    EXPECT_THAT(CallFor(*method, id), Not(HasCode(ABORTED)))
        << method->full_name();
    if (method->name() != "DeleteSession") {
      EXPECT_THAT(Delete("sessions/demo"), IsOk());
    }
    EXPECT_THAT(CallFor(*method, id), HasCode(NOT_FOUND))
        << method->full_name();
  }
}

TEST_F(IncarnationTest, RefusesWhatIsNoIncarnation) {
  CreateDemo();
  for (const MethodDescriptor* method : AllMethods()) {
    if (SessionFieldOf(*method) == nullptr) continue;
    const grpc::Status status = CallFor(*method, "x");
    EXPECT_THAT(status, HasCode(INVALID_ARGUMENT)) << method->full_name();
    EXPECT_THAT(status.error_message(),
                HasSubstr("expected_incarnation_id: \"x\" is not the "
                          "incarnation of a session: 32 hexadecimal digits"))
        << method->full_name();
  }
}

// Answers that say where a session is say of which session that is.
TEST_F(IncarnationTest, EveryAnswerOfASessionHasIt) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (SessionFieldOf(*method) == nullptr) continue;
    const auto* type = method->output_type();
    if (type->field_count() == 0) continue;
    const auto* session = type->FindFieldByName("session");
    if (session != nullptr) type = session->message_type();
    EXPECT_NE(type->FindFieldByName("incarnation_id"), nullptr)
        << type->full_name();
  }
}

TEST_F(IncarnationTest, AResumedStreamIsNotSpliced) {
  CreateDemo();
  v1::StreamSpikesRequest request;
  request.set_session("sessions/demo");
  request.set_start_step(0);
  v1::SpikeBatch first;
  v1::SpikeBatch last;
  {
    grpc::ClientContext context;
    const auto reader = recordings_->StreamSpikes(&context, request);
    ASSERT_TRUE(reader->Read(&first));
    Advance("sessions/demo", 10);
    do {
      ASSERT_TRUE(reader->Read(&last));
      EXPECT_EQ(last.incarnation_id(), "");
    } while (last.end_step() < 10);
    context.TryCancel();
    reader->Finish();
  }
  EXPECT_EQ(first.incarnation_id(), Get("sessions/demo").incarnation_id());
  ASSERT_THAT(Delete("sessions/demo"), IsOk());
  CreateDemo();
  Advance("sessions/demo", 20);

  // The position exists in the other session, too.
  request.set_epoch(last.epoch());
  request.set_start_step(last.end_step());
  request.set_expected_incarnation_id(first.incarnation_id());
  grpc::ClientContext context;
  const auto reader = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  EXPECT_FALSE(reader->Read(&batch));
  const grpc::Status status = reader->Finish();
  EXPECT_THAT(status, HasCode(ABORTED));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "INCARNATION_MISMATCH");
}

TEST_F(IncarnationTest, AStreamOfStimuliIsForOne) {
  const std::string id = CreateDemo().incarnation_id();
  grpc::ClientContext context;
  auto stream = stimuli_->StreamStimuli(&context);
  v1::StreamStimuliRequest request;
  request.set_session("sessions/demo");
  v1::StreamStimuliResponse response;
  stream->Write(request);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.incarnation_id(), id);
  request.set_sequence(1);
  request.set_expected_incarnation_id(id);
  stream->Write(request);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.incarnation_id(), "");
  request.set_sequence(2);
  request.set_expected_incarnation_id(std::string(32, '0'));
  stream->Write(request);
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_THAT(stream->Finish(), HasCode(INVALID_ARGUMENT));
}

}  // namespace
}  // namespace spiked::testing
