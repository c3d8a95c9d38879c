// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_STREAM_LIFE_H_
#define SPIKED_SERVER_RPC_CALL_STREAM_LIFE_H_

#include <optional>

#include "grpcpp/support/status.h"
#include "server/base/mutex.h"

namespace spiked {

// The life of a stream towards the client, with gRPC's two rules: Finish
// exactly once, and never with a write in flight. Thread-safe.
//
//             BeginWrite                    End, Cancel
//      IDLE -------------> WRITING    IDLE ------------> FINISHING
//      IDLE <------------- WRITING ---------------------> FINISHING
//             EndWrite(ok)           EndWrite after End or Cancel, or not ok
//
// Methods that return a status ask the caller to call Finish with it, now and
// without holding a lock, because gRPC may call back from within.
class StreamLife {
 public:
  enum class State { kIdle, kWriting, kFinishing };

  State state() const {
    MutexLock lock(&mutex_);
    return state_;
  }

  // True: the caller must now start a write. False: it must not.
  bool BeginWrite() {
    MutexLock lock(&mutex_);
    if (state_ != State::kIdle) return false;
    state_ = State::kWriting;
    return true;
  }

  // Call when a write is done. A failed write means that the client is gone: it
  // ends the stream.
  std::optional<grpc::Status> EndWrite(bool ok) {
    MutexLock lock(&mutex_);
    state_ = State::kIdle;
    if (!ok && !end_.has_value()) end_ = grpc::Status::CANCELLED;
    return FinishIfIdle();
  }

  // Ends the stream with a status, after the write in flight if there is one. A
  // second end is ignored.
  std::optional<grpc::Status> End(grpc::Status status) {
    MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = std::move(status);
    return FinishIfIdle();
  }

  // Ends the stream because the client has gone away.
  std::optional<grpc::Status> Cancel() { return End(grpc::Status::CANCELLED); }

 private:
  std::optional<grpc::Status> FinishIfIdle()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (state_ != State::kIdle || !end_.has_value()) return std::nullopt;
    state_ = State::kFinishing;
    return end_;
  }

  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_STREAM_LIFE_H_
