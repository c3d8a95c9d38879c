// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_WATCH_STREAM_H_
#define SPIKED_SERVER_RPC_STREAMS_WATCH_STREAM_H_

#include <memory>

#include "server/rpc/call/stream_reactor.h"
#include "server/session/session.h"
#include "spiked/v1/session.pb.h"

namespace spiked {

// The stream of WatchSession: a message at once, then one after each change;
// the last one has the state DELETING. Changes within kWatchNanos are reported
// as one.
class WatchStream : public StreamReactor<v1::WatchSessionResponse> {
 public:
  WatchStream(const RpcEnvironment& environment,
              std::shared_ptr<Session> session);

 private:
  Filling Fill(int64_t now_nanos, v1::WatchSessionResponse* message) override;
  int64_t WhileWriting(int64_t now_nanos) override;
  void OnClosed() override { session_.reset(); }

  std::shared_ptr<Session> session_;
  SessionUse use_;
  // Revision and progress of building in the last message.
  int64_t revision_ = -1;
  int64_t building_ = -1;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_WATCH_STREAM_H_
