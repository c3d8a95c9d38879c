// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_SERVICES_SESSION_SERVICE_H_
#define SPIKED_SERVER_RPC_SERVICES_SESSION_SERVICE_H_

#include <functional>
#include <utility>

#include "core/spec/violations.h"
#include "server/rpc/call/environment.h"
#include "server/rpc/convert/session_name.h"
#include "server/session/command.h"
#include "server/session/session.h"
#include "spiked/v1/session.grpc.pb.h"

namespace spiked {

// SessionService of proto/spiked/v1/session.proto. Handlers don't block: they
// hand a command to the session, whose answer ends the call. Thread-safe.
class SessionService : public v1::SessionService::CallbackService {
 public:
  explicit SessionService(const RpcEnvironment& environment)
      : environment_(environment) {}

  grpc::ServerUnaryReactor* CreateSession(
      grpc::CallbackServerContext* context,
      const v1::CreateSessionRequest* request, v1::Session* response) override;
  grpc::ServerUnaryReactor* GetSession(grpc::CallbackServerContext* context,
                                       const v1::GetSessionRequest* request,
                                       v1::Session* response) override;
  grpc::ServerUnaryReactor* ListSessions(
      grpc::CallbackServerContext* context,
      const v1::ListSessionsRequest* request,
      v1::ListSessionsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteSession(
      grpc::CallbackServerContext* context,
      const v1::DeleteSessionRequest* request,
      v1::DeleteSessionResponse* response) override;
  grpc::ServerUnaryReactor* StartSession(grpc::CallbackServerContext* context,
                                         const v1::StartSessionRequest* request,
                                         v1::Session* response) override;
  grpc::ServerUnaryReactor* UpdateSession(
      grpc::CallbackServerContext* context,
      const v1::UpdateSessionRequest* request, v1::Session* response) override;
  grpc::ServerUnaryReactor* PauseSession(grpc::CallbackServerContext* context,
                                         const v1::PauseSessionRequest* request,
                                         v1::Session* response) override;
  grpc::ServerUnaryReactor* ResetSession(grpc::CallbackServerContext* context,
                                         const v1::ResetSessionRequest* request,
                                         v1::Session* response) override;
  grpc::ServerUnaryReactor* AdvanceSession(
      grpc::CallbackServerContext* context,
      const v1::AdvanceSessionRequest* request,
      v1::AdvanceSessionResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchSessionResponse>* WatchSession(
      grpc::CallbackServerContext* context,
      const v1::WatchSessionRequest* request) override;
  grpc::ServerUnaryReactor* GetSessionMetrics(
      grpc::CallbackServerContext* context,
      const v1::GetSessionMetricsRequest* request,
      v1::SessionMetrics* response) override;

 private:
  // Hands a command to a session and answers with the session after it.
  template <typename Command>
  grpc::ServerUnaryReactor* Post(const RpcEnvironment& environment,
                                 const SessionTarget& target, Command command,
                                 Violations violations, v1::Session* response) {
    return PostTo(
        environment, target,
        [command = std::move(command)](Session& session, Done done) {
          session.Post(command, std::move(done));
        },
        std::move(violations), response);
  }
  grpc::ServerUnaryReactor* PostTo(
      const RpcEnvironment& environment, const SessionTarget& target,
      const std::function<void(Session&, Done)>& post, Violations violations,
      v1::Session* response);

  const RpcEnvironment environment_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_SERVICES_SESSION_SERVICE_H_
