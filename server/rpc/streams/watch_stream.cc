// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/watch_stream.h"

#include <utility>

#include "server/rpc/call/session_message.h"
#include "server/rpc/call/stream_times.h"
#include "server/rpc/convert/status_details.h"

namespace spiked {
namespace {

// A number that changes with each phase and percent of building; 0 if the
// session is not being created.
int64_t BuildingOf(const Session& session, const SessionStatus& status) {
  const BuildProgress* building = session.building();
  if (status.state != SessionState::kCreating || building == nullptr) return 0;
  return 1000 * static_cast<int64_t>(building->phase()) +
         static_cast<int64_t>(100 * building->fraction());
}

}  // namespace

WatchStream::WatchStream(const RpcEnvironment& environment,
                         std::shared_ptr<Session> session)
    : StreamReactor(environment, StreamKind::kWatch),
      session_(std::move(session)),
      use_(session_->lifetime()) {}

WatchStream::Filling WatchStream::Fill(int64_t now_nanos,
                                       v1::WatchSessionResponse* message) {
  if (making_ != nullptr) return TakeMade(now_nanos, message);
  const SessionStatus status = session_->status();
  const int64_t building = BuildingOf(*session_, status);
  if (status.revision == revision_ && building == building_) {
    // Not with OK, which would mean that the session was deleted.
    if (draining()) {
      End(ToGrpcStatus(
          Refusal(Reason::kServerStopping, "the server is stopping")));
    }
    return {.due_nanos = now_nanos + kWatchNanos};
  }
  revision_ = status.revision;
  building_ = building;
  making_ = std::make_shared<Making>();
  MakeSessionMessage(
      environment(), {session_, status},
      [making = making_](v1::Session session) {
        MutexLock lock(&making->mutex);
        making->made = std::move(session);
      },
      EndOfThrown());
  return TakeMade(now_nanos, message);
}

WatchStream::Filling WatchStream::TakeMade(int64_t now_nanos,
                                           v1::WatchSessionResponse* message) {
  {
    MutexLock lock(&making_->mutex);
    if (!making_->made.has_value()) {
      return {.due_nanos = now_nanos + kLookAgainNanos};
    }
    *message->mutable_session() = *std::move(making_->made);
  }
  making_ = nullptr;
  return {.write = true,
          .last = message->session().state() == v1::DELETING,
          .due_nanos = now_nanos + kWatchNanos};
}

int64_t WatchStream::WhileWriting(int64_t now_nanos) {
  return now_nanos + kWatchNanos;
}

}  // namespace spiked
