// SPDX-License-Identifier: Apache-2.0
//
// Sessions in answers. A session's message has all of its populations, of which
// there may be 10,000: then it is made on the executor, whichever method
// answers with it, and neither on one of gRPC's few threads nor by a worker.

#ifndef SPIKED_SERVER_RPC_CALL_SESSION_MESSAGE_H_
#define SPIKED_SERVER_RPC_CALL_SESSION_MESSAGE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "server/rpc/call/environment.h"
#include "server/session/session.h"
#include "spiked/v1/session.pb.h"

namespace spiked {

// A session as a message shall have it: at the moment of `status`, with or
// without its projections.
struct SessionView {
  std::shared_ptr<const Session> session;
  SessionStatus status;
  bool projections = false;
};

// An estimate of the size of the message in bytes, for RpcEnvironment::Run.
size_t SizeOf(const SessionView& view);

// Makes the message and hands it to `use`: now, or later on the executor if it
// is large. If something throws, `end` gets the status to end the call with.
void MakeSessionMessage(const RpcEnvironment& environment, SessionView view,
                        std::function<void(v1::Session)> use,
                        RpcEnvironment::EndCall end);

// Answers a call with a session; see MakeSessionMessage.
template <typename Call>
void AnswerWithSession(const RpcEnvironment& environment,
                       const std::shared_ptr<Call>& call, SessionView view) {
  MakeSessionMessage(
      environment, std::move(view),
      [call](v1::Session made) {
        call->Answer(
            [&](v1::Session* response) { *response = std::move(made); });
      },
      [call](grpc::Status status) { call->Fail(std::move(status)); });
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_SESSION_MESSAGE_H_
