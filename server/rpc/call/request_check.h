// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_REQUEST_CHECK_H_
#define SPIKED_SERVER_RPC_CALL_REQUEST_CHECK_H_

#include <memory>

#include "absl/status/status.h"
#include "core/spec/violations.h"
#include "grpcpp/support/status.h"
#include "server/rpc/call/environment.h"
#include "server/rpc/convert/session_name.h"
#include "server/session/session.h"

namespace spiked {

// A request about a session while it is checked: first the session that it
// means, then the fields that mean something without a network, then those that
// are about the session's network. A request that is wrong is told so rather
// than that its session can't be used.
class RequestCheck {
 public:
  // `violations`: those of fields that come before the session's name.
  RequestCheck(const RpcEnvironment& environment, const SessionTarget& target,
               Violations violations = {});

  // For more of what is wrong with the request.
  Violations* violations() { return &violations_; }

  // Whether there is a session with a network; the rest requires it.
  bool has_session() const { return built_ != nullptr; }
  const std::shared_ptr<Session>& session() const { return session_; }
  const Session::Built& built() const { return built_; }
  const SessionNetwork& network() const { return *built_; }

  bool ok() const { return has_session() && violations_.empty(); }
  // Why the request is refused, if it isn't OK.
  grpc::Status status() const;

 private:
  Violations violations_;
  absl::Status lookup_;  // not OK: there is no session
  std::shared_ptr<Session> session_;
  Session::Built built_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_REQUEST_CHECK_H_
