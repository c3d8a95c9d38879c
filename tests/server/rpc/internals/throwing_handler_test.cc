// SPDX-License-Identifier: Apache-2.0
//
// A handler that throws on one of gRPC's threads ends its own call.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

#include "server/rpc/connection/tcp_connections.h"
#include "server/rpc/gate/call_observer.h"
#include "server/rpc/gate/gate.h"
#include "server/rpc/internals/first_message.h"
#include "server/rpc/internals/guarded_service.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using enum grpc::StatusCode;

class ThrowingService : public v1::SessionService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetSession(grpc::CallbackServerContext*,
                                       const v1::GetSessionRequest*,
                                       v1::Session*) override {
    throw std::bad_alloc();
  }
  grpc::ServerWriteReactor<v1::WatchSessionResponse>* WatchSession(
      grpc::CallbackServerContext*, const v1::WatchSessionRequest*) override {
    throw std::length_error("too long");
  }
  grpc::ServerUnaryReactor* PauseSession(grpc::CallbackServerContext* context,
                                         const v1::PauseSessionRequest*,
                                         v1::Session*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// The registry and clock are the fixture's; the server is one of its own.
class ThrowingHandlerTest : public RpcFixture {
 protected:
  ThrowingHandlerTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.SetContextAllocator(std::make_unique<CallContextAllocator>());
    builder.RegisterService(guarded_.get());
    std::vector<
        std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
        observers;
    observers.push_back(MakeCallObserverFactory(&calls_, &clock_));
    builder.experimental().SetInterceptorCreators(std::move(observers));
    throwing_ = builder.BuildAndStart();
    sessions_ = v1::SessionService::NewStub(grpc::CreateChannel(
        absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }
  ~ThrowingHandlerTest() override { throwing_->Shutdown(); }

  Gate gate_{"1", nullptr, registry_.tenants(), registry_.ledger().get(),
             &statistics_};
  RequestReader requests_{&clock_, ReceivedBytes, registry_.ledger(), 16 << 20};
  TransitBook transit_;
  ThrowingService service_;
  std::unique_ptr<grpc::Service> guarded_ =
      GuardService("spiked.v1.SessionService", &service_, &gate_, &requests_,
                   &transit_, &registry_);
  std::unique_ptr<grpc::Server> throwing_;
};

TEST_F(ThrowingHandlerTest, ItsCallEndsAsInternalAndOthersGoOn) {
  for (int i = 0; i < 3; ++i) {
    v1::Session session;
    EXPECT_THAT(Get("sessions/x", &session), HasCode(INTERNAL));
    v1::WatchSessionRequest request;
    grpc::ClientContext context;
    const auto watch = sessions_->WatchSession(&context, request);
    v1::WatchSessionResponse response;
    EXPECT_FALSE(watch->Read(&response));
    EXPECT_THAT(watch->Finish(), HasCode(INTERNAL));
    EXPECT_THAT(Pause("sessions/x"), IsOk());
  }
}

}  // namespace
}  // namespace spiked::testing
