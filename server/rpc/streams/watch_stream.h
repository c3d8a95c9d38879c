// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_WATCH_STREAM_H_
#define SPIKED_SERVER_RPC_STREAMS_WATCH_STREAM_H_

#include <memory>
#include <optional>

#include "server/base/mutex.h"
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
  // Takes the next message if it is made, and looks again soon if not.
  Filling TakeMade(int64_t now_nanos, v1::WatchSessionResponse* message);
  void OnClosed() override { session_.reset(); }

  std::shared_ptr<Session> session_;
  SessionUse use_;
  // The next message, which the executor makes if it is large.
  struct Making {
    Mutex mutex;
    std::optional<v1::Session> made ABSL_GUARDED_BY(mutex);
  };
  std::shared_ptr<Making> making_;  // null: nothing is being made
  // Revision and progress of building in the last message.
  int64_t revision_ = -1;
  int64_t building_ = -1;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_WATCH_STREAM_H_
