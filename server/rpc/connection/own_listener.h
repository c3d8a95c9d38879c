// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_OWN_LISTENER_H_
#define SPIKED_SERVER_RPC_CONNECTION_OWN_LISTENER_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/channel.h"
#include "server/rpc/connection/listener_verdict.h"
#include "server/rpc/connection/tls.h"

namespace spiked {

// One of the server's own addresses, "127.0.0.1:50051" or "unix:/path", as a
// client sees it. Used by one thread.
//
// Each try calls the health service over a new connection, with TLS where the
// listener has it, and accepts any server certificate. The connection that
// answered last stays open, and is asked again and again while a new one is
// not answered: a new one needs a few turns of gRPC's threads more than an open
// one, so if the open one is answered many times and the new one never, the
// threads had time enough, and the listener doesn't accept.
//
// Where clients must show a certificate, the try shows the server's own. If the
// server's authorities don't accept that one from clients, it is enough that
// the listener accepts the connection and then ends it.
class OwnListener {
 public:
  // `tls` is ignored for Unix sockets. A try takes up to `timeout`, or a few
  // times as long where clients must show a certificate.
  OwnListener(std::string address, const TlsFiles& tls,
              std::chrono::nanoseconds timeout);

  ListenerTry Try();

  const std::string& address() const { return address_; }

 private:
  void Call(std::chrono::nanoseconds timeout, ListenerTry* result);

  const std::string address_;  // to which a client can connect
  const TlsFiles tls_;
  const std::chrono::nanoseconds timeout_;
  std::shared_ptr<grpc::Channel> open_;  // the one that answered last; or null
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_OWN_LISTENER_H_
