// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/internals/health_service.h"

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using enum grpc::StatusCode;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";
// Requests of the type HealthCheckRequest, serialized.
const std::string kServer;
const std::string kOther = std::string("\x0a\x05other", 7);
// Answers of the type HealthCheckResponse, serialized.
const std::string kServing = "\x08\x01";
const std::string kNotServing = "\x08\x02";
const std::string kServiceUnknown = "\x08\x03";

// A call with serialized messages, one answer at a time.
class RawCall {
 public:
  RawCall(const std::shared_ptr<grpc::Channel>& channel,
          const std::string& path, const std::string& request) {
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(60));
    call_ = grpc::GenericStub(channel).PrepareCall(&context, path, &queue_);
    call_->StartCall(nullptr);
    Wait();
    const grpc::Slice slice(request);
    call_->WriteLast(grpc::ByteBuffer(&slice, 1), {}, nullptr);
    Wait();
  }

  // Returns the next answer; nullopt at the end.
  std::optional<std::string> Read() {
    grpc::ByteBuffer bytes;
    call_->Read(&bytes, nullptr);
    if (!Wait()) return std::nullopt;
    grpc::Slice slice;
    EXPECT_TRUE(bytes.DumpToSingleSlice(&slice).ok());
    return std::string(reinterpret_cast<const char*>(slice.begin()),
                       slice.size());
  }

  grpc::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Wait();
    return status;
  }

  grpc::ClientContext context;

 private:
  bool Wait() {
    void* tag;
    bool ok = false;
    queue_.Next(&tag, &ok);
    return ok;
  }

  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

using HealthServiceTest = RpcFixture;

TEST_F(HealthServiceTest, TellsOfTheServer) {
  RawCall before(channel_, kCheck, kServer);
  EXPECT_EQ(before.Read(), kServing);
  EXPECT_THAT(before.Finish(), IsOk());
  server_->RefuseNewSessions();
  RawCall after(channel_, kCheck, kServer);
  EXPECT_EQ(after.Read(), kNotServing);
  EXPECT_THAT(after.Finish(), IsOk());
}

TEST_F(HealthServiceTest, KnowsNoServices) {
  RawCall other(channel_, kCheck, kOther);
  EXPECT_EQ(other.Read(), std::nullopt);
  EXPECT_THAT(other.Finish(), HasCode(NOT_FOUND));
  for (const std::string& bad :
       {std::string("\x0a\x7fx"), std::string("\x0a"), std::string("\xff"),
        std::string("\x0a\xff\xff\xff\xff\x0f", 6)}) {
    RawCall call(channel_, kCheck, bad);
    EXPECT_EQ(call.Read(), std::nullopt);
    EXPECT_THAT(call.Finish(), HasCode(INVALID_ARGUMENT));
  }
}

TEST_F(HealthServiceTest, IsWatched) {
  RawCall first(channel_, kWatch, kServer);
  RawCall second(channel_, kWatch, kServer);
  RawCall other(channel_, kWatch, kOther);
  EXPECT_EQ(first.Read(), kServing);
  EXPECT_EQ(second.Read(), kServing);
  EXPECT_EQ(other.Read(), kServiceUnknown);
  second.context.TryCancel();
  EXPECT_THAT(second.Finish(), HasCode(CANCELLED));
  server_->RefuseNewSessions();
  EXPECT_EQ(first.Read(), kNotServing);
  StopServer();  // ends what is being watched
  EXPECT_EQ(first.Read(), std::nullopt);
  EXPECT_FALSE(first.Finish().ok());
  EXPECT_FALSE(other.Finish().ok());
}

}  // namespace
}  // namespace spiked::testing
