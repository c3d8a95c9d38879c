// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/watch_stream.h"

#include <utility>

#include "server/rpc/convert.h"
#include "server/rpc/status_details.h"
#include "server/rpc/stream_times.h"

namespace spiked {

WatchStream::WatchStream(const RpcEnvironment& environment,
                         std::shared_ptr<Session> session)
    : StreamReactor(environment, StreamKind::kWatch),
      session_(std::move(session)) {}

WatchStream::Filling WatchStream::Fill(int64_t now_nanos,
                                       v1::WatchSessionResponse* message) {
  const SessionStatus status = session_->status();
  const bool last = status.state == SessionState::kDeleting;
  if (status.revision == revision_) {
    // OK would say that the session is gone.
    if (draining()) {
      End(ToGrpcStatus(absl::UnavailableError("the server is stopping")));
    }
    return {.due_nanos = now_nanos + kWatchNanos};
  }
  revision_ = status.revision;
  message->Clear();
  ToProto(*session_, status, message->mutable_session());
  return {.write = true, .last = last, .due_nanos = now_nanos + kWatchNanos};
}

int64_t WatchStream::WhileWriting(int64_t now_nanos) {
  return now_nanos + kWatchNanos;
}

}  // namespace spiked
