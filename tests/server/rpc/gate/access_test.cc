// SPDX-License-Identifier: Apache-2.0
//
// Tokens and tenants: admission of calls, and isolation of tenants.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "server/rpc/connection/probe.h"
#include "tests/server/rpc/contract_methods.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using enum grpc::StatusCode;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

Metadata Bearer(const std::string& token, const std::string& tenant = "") {
  Metadata metadata = {{"authorization", "Bearer " + token}};
  if (!tenant.empty()) metadata.emplace_back("spiked-tenant", tenant);
  return metadata;
}

class AccessTest : public RpcFixture {
 protected:
  // "a", "b" and "ops" are the tokens of tenants of the same names.
  AccessTest()
      : RpcFixture({.tokens = &tokens_, .drain = [this] { ++drains_; }}) {
    tokens_.Set({{"a", Role::kUser, HashOf("a")},
                 {"b", Role::kUser, HashOf("b")},
                 {"ops", Role::kAdmin, HashOf("ops")}});
  }

  // Does as RpcFixture::Call, with metadata.
  template <typename Stub, typename Request, typename Response>
  grpc::Status CallAs(const Metadata& metadata, Stub& stub,
                      grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                   const Request&, Response*),
                      const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    return (stub.*method)(&context, request, response);
  }

  grpc::Status CreateAs(const Metadata& metadata, const std::string& id,
                        const std::string& request_id = "") {
    v1::CreateSessionRequest request;
    request.set_session_id(id);
    request.set_request_id(request_id);
    *request.mutable_network() = MakeQuietNetwork();
    request.set_pacing(v1::LOCKSTEP);
    v1::Session session;
    return CallAs(metadata, *sessions_, &SessionStub::CreateSession, request,
                  &session);
  }

  std::vector<std::string> ListAs(const Metadata& metadata) {
    v1::ListSessionsResponse response;
    EXPECT_THAT(CallAs(metadata, *sessions_, &SessionStub::ListSessions,
                       v1::ListSessionsRequest(), &response),
                IsOk());
    std::vector<std::string> names;
    for (const auto& session : response.sessions()) {
      names.push_back(session.name());
    }
    return names;
  }

  grpc::Status DeleteAs(const Metadata& metadata, const std::string& id) {
    v1::DeleteSessionRequest request;
    request.set_name("sessions/" + id);
    v1::DeleteSessionResponse response;
    return CallAs(metadata, *sessions_, &SessionStub::DeleteSession, request,
                  &response);
  }

  v1::ServerInfo InfoAs(const Metadata& metadata) {
    v1::ServerInfo info;
    EXPECT_THAT(
        CallAs(metadata, *servers_, &v1::ServerService::Stub::GetServerInfo,
               v1::GetServerInfoRequest(), &info),
        IsOk());
    return info;
  }

  grpc::Status DrainAs(const Metadata& metadata) {
    v1::DrainServerResponse response;
    return CallAs(metadata, *servers_, &v1::ServerService::Stub::DrainServer,
                  v1::DrainServerRequest(), &response);
  }

  int64_t Failures(AuthFailure failure) {
    return statistics_.auth_failures[static_cast<int>(failure)].Get();
  }

  TokenStore tokens_;
  int drains_ = 0;
};

TEST_F(AccessTest, EveryMethodNeedsAToken) {
  const auto methods = AllMethods();
  EXPECT_GE(methods.size(), 20u);
  for (const MethodDescriptor* method : methods) {
    const std::string path = PathOf(*method);
    for (const Metadata& metadata :
         {Metadata{}, Bearer("wrong"), Metadata{{"authorization", "a"}}}) {
      EXPECT_THAT(CallRaw(path, "", metadata), HasCode(UNAUTHENTICATED))
          << path;
    }
    EXPECT_THAT(CallRaw(path, "", Bearer("a", "b")), HasCode(PERMISSION_DENIED))
        << path;
    EXPECT_THAT(CallRaw(path, "", Bearer("a")), Not(HasCode(UNAUTHENTICATED)))
        << path;
    EXPECT_EQ(Handled(path, UNAUTHENTICATED), 3) << path;
  }
  // None of the calls reached a handler.
  EXPECT_EQ(drains_, 0);
}

// Health needs no token, because probes have none. Reflection is disabled,
// because it cannot check tokens.
TEST_F(AccessTest, HealthNeedsNoToken) {
  EXPECT_TRUE(Probe(Address(), std::chrono::seconds(20)).ok());
  EXPECT_THAT(
      CallRaw("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
              "\x3a\x01*", {}),
      HasCode(UNIMPLEMENTED));
}

TEST_F(AccessTest, RefusalsSayWhy) {
  const auto refusal = [&](const Metadata& metadata) {
    return CreateAs(metadata, "x");
  };
  grpc::Status status = refusal({});
  EXPECT_EQ(status.error_message(),
            "a token is required: send it as the metadata \"authorization: "
            "Bearer TOKEN\"");
  EXPECT_EQ(ErrorInfoOf(status).reason(), "UNAUTHENTICATED");
  status = refusal(Bearer("nobody's"));
  EXPECT_EQ(status.error_message(), "the token is not valid");
  status = refusal({{"authorization", "Bearer a"}, {"authorization", "b"}});
  EXPECT_THAT(status.error_message(), HasSubstr("is not one \"Bearer TOKEN\""));
  status = refusal(Bearer("a", "b"));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "PERMISSION_DENIED");
  // The message doesn't tell whether the tenant exists.
  EXPECT_EQ(status.error_message(), refusal(Bearer("a", "c")).error_message());
  status = refusal(Bearer("ops", "c"));
  EXPECT_EQ(status.error_message(), "spiked-tenant: there is no tenant \"c\"");
  EXPECT_EQ(Failures(AuthFailure::kMissing), 1);
  EXPECT_EQ(Failures(AuthFailure::kUnknown), 1);
  EXPECT_EQ(Failures(AuthFailure::kMalformed), 1);
  EXPECT_EQ(Failures(AuthFailure::kForbidden), 3);
}

TEST_F(AccessTest, RefusalsDoNotFloodTheLogNorTellTokens) {
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) CreateAs(Bearer("my-secret"), "x");
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("msg=\"call refused\""));
  EXPECT_THAT(log, HasSubstr("reason=unknown"));
  EXPECT_THAT(log, Not(HasSubstr("my-secret")));
  EXPECT_LE(std::count(log.begin(), log.end(), '\n'), 60);
  EXPECT_EQ(Failures(AuthFailure::kUnknown), 100);
}

TEST_F(AccessTest, TheSchemeMayBeWrittenInAnyCase) {
  EXPECT_THAT(CreateAs({{"authorization", "bearer a"}}, "x"), IsOk());
  EXPECT_THAT(CreateAs({{"authorization", "BEARER  a "}}, "y"), IsOk());
}

TEST_F(AccessTest, TokensComeAndGo) {
  tokens_.Set({{"a", Role::kUser, HashOf("new")}});
  EXPECT_THAT(CreateAs(Bearer("a"), "x"), HasCode(UNAUTHENTICATED));
  EXPECT_THAT(CreateAs(Bearer("new"), "x"), IsOk());
}

TEST_F(AccessTest, TenantsHaveNamesOfTheirOwn) {
  EXPECT_THAT(CreateAs(Bearer("a"), "demo"), IsOk());
  EXPECT_THAT(CreateAs(Bearer("a"), "demo"), HasCode(ALREADY_EXISTS));
  EXPECT_THAT(CreateAs(Bearer("b"), "demo"), IsOk());
  EXPECT_THAT(CreateAs(Bearer("b"), "other"), IsOk());
  EXPECT_THAT(ListAs(Bearer("a")), ElementsAre("sessions/demo"));
  EXPECT_THAT(ListAs(Bearer("b")),
              ElementsAre("sessions/demo", "sessions/other"));
  EXPECT_THAT(DeleteAs(Bearer("a"), "other"), HasCode(NOT_FOUND));
  EXPECT_THAT(DeleteAs(Bearer("a"), "demo"), IsOk());
  EXPECT_THAT(ListAs(Bearer("a")), IsEmpty());
  EXPECT_THAT(ListAs(Bearer("b")),
              ElementsAre("sessions/demo", "sessions/other"));
}

TEST_F(AccessTest, RequestIdsAreOfTheTenant) {
  EXPECT_THAT(CreateAs(Bearer("a"), "demo", "same"), IsOk());
  EXPECT_THAT(CreateAs(Bearer("b"), "demo", "same"), IsOk());
  EXPECT_THAT(ListAs(Bearer("b")), ElementsAre("sessions/demo"));
  // Reusing an id within a tenant for another request fails.
  EXPECT_THAT(CreateAs(Bearer("a"), "demo", "same"), IsOk());
  EXPECT_THAT(CreateAs(Bearer("a"), "other", "same"), HasCode(ALREADY_EXISTS));
}

// Every method answers for another tenant's session as for one that doesn't
// exist.
TEST_F(AccessTest, AnotherTenantsSessionDoesNotExist) {
  ASSERT_THAT(CreateAs(Bearer("a"), "there"), IsOk());
  int with_session = 0;
  for (const MethodDescriptor* method : AllMethods()) {
    const auto* field = SessionFieldOf(*method);
    if (field == nullptr) continue;
    ++with_session;
    const auto call = [&](const std::string& id) {
      const std::unique_ptr<Message> request(
          MessageFactory::generated_factory()
              ->GetPrototype(method->input_type())
              ->New());
      request->GetReflection()->SetString(request.get(), field,
                                          "sessions/" + id);
      return CallRaw(PathOf(*method), request->SerializeAsString(),
                     Bearer("b"));
    };
    const grpc::Status there = call("there");
    const grpc::Status nowhere = call("nowhr");
    EXPECT_FALSE(there.ok()) << method->full_name();
    EXPECT_EQ(there.error_code(), nowhere.error_code()) << method->full_name();
    std::string text = there.error_message();
    const size_t at = text.find("there");
    if (at != std::string::npos) text.replace(at, 5, "nowhr");
    EXPECT_EQ(text, nowhere.error_message()) << method->full_name();
  }
  EXPECT_GE(with_session, 12);
  EXPECT_THAT(ListAs(Bearer("a")), ElementsAre("sessions/there"));
}

TEST_F(AccessTest, AnAdminActsForAnyTenant) {
  ASSERT_THAT(CreateAs(Bearer("a"), "demo"), IsOk());
  EXPECT_THAT(ListAs(Bearer("ops")), IsEmpty());
  EXPECT_THAT(ListAs(Bearer("ops", "a")), ElementsAre("sessions/demo"));
  EXPECT_THAT(CreateAs(Bearer("ops", "b"), "made"), IsOk());
  EXPECT_THAT(ListAs(Bearer("b")), ElementsAre("sessions/made"));
  EXPECT_THAT(DeleteAs(Bearer("ops", "a"), "demo"), IsOk());
  EXPECT_THAT(ListAs(Bearer("a")), IsEmpty());
  // A user may name its own tenant.
  EXPECT_THAT(ListAs(Bearer("b", "b")), ElementsAre("sessions/made"));
}

TEST_F(AccessTest, StreamsAreOfTheTenantToo) {
  ASSERT_THAT(CreateAs(Bearer("a"), "demo"), IsOk());
  const auto first = [&](const std::string& token) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    context.AddMetadata("authorization", "Bearer " + token);
    auto stream = stimuli_->StreamStimuli(&context);
    v1::StreamStimuliRequest request;
    request.set_session("sessions/demo");
    request.set_end_of_input(true);
    stream->Write(request);
    v1::StreamStimuliResponse response;
    while (stream->Read(&response)) {
    }
    return stream->Finish();
  };
  EXPECT_THAT(first("a"), IsOk());
  EXPECT_THAT(first("b"), HasCode(NOT_FOUND));
}

TEST_F(AccessTest, TheServerTellsATenantItsOwnOnly) {
  ASSERT_THAT(CreateAs(Bearer("a"), "x"), IsOk());
  ASSERT_THAT(CreateAs(Bearer("a"), "y"), IsOk());
  const v1::ServerInfo a = InfoAs(Bearer("a"));
  EXPECT_EQ(a.tenant(), "a");
  EXPECT_FALSE(a.admin());
  EXPECT_EQ(a.session_count(), 2);
  EXPECT_GT(a.memory_bytes(), 0);
  const v1::ServerInfo b = InfoAs(Bearer("b"));
  EXPECT_EQ(b.session_count(), 0);
  EXPECT_EQ(b.memory_bytes(), 0);
  const v1::ServerInfo ops = InfoAs(Bearer("ops"));
  EXPECT_TRUE(ops.admin());
  EXPECT_EQ(ops.session_count(), 2);
  EXPECT_EQ(ops.memory_bytes(), a.memory_bytes());
}

TEST_F(AccessTest, AnAdminDrainsTheServerOnce) {
  EXPECT_THAT(DrainAs(Bearer("a")), HasCode(PERMISSION_DENIED));
  EXPECT_EQ(drains_, 0);
  EXPECT_THAT(DrainAs(Bearer("ops")), IsOk());
  EXPECT_THAT(DrainAs(Bearer("ops")), IsOk());
  EXPECT_EQ(drains_, 1);
}

using OpenServerTest = RpcFixture;

TEST_F(OpenServerTest, NobodyIsAnAdminWithoutTokens) {
  v1::DrainServerResponse response;
  EXPECT_THAT(Call(*servers_, &v1::ServerService::Stub::DrainServer,
                   v1::DrainServerRequest(), &response),
              HasCode(PERMISSION_DENIED));
}

}  // namespace
}  // namespace spiked::testing
