// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_UNARY_CALL_H_
#define SPIKED_SERVER_RPC_CALL_UNARY_CALL_H_

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "grpcpp/support/server_callback.h"
#include "server/base/mutex.h"
#include "server/rpc/gate/call_net.h"

namespace spiked {

// A call with one answer, which may come later and from any thread. If the
// client goes away first, the call ends at once and the answer is dropped,
// because a gRPC server cannot shut down before every call has ended.
// Thread-safe.
template <typename Response>
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  // `response` belongs to gRPC and is valid until the call ends.
  static std::shared_ptr<UnaryCall> Make(Response* response) {
    std::shared_ptr<UnaryCall> call(new UnaryCall(response));
    call->self_ = call;
    return call;
  }

  // Says that the request is not needed any more. Before that a cancellation
  // doesn't end the call, because gRPC would free the request. False if the
  // client has gone away.
  bool ReleaseRequest() {
    {
      MutexLock lock(&mutex_);
      request_in_use_ = false;
      if (!*cancelled_) return true;
    }
    Fail(grpc::Status::CANCELLED);
    return false;
  }

  // The same, and frees the memory of the request, which gRPC would keep until
  // the call ends, however long that waits for a session. Requires: nothing has
  // ended the call yet.
  template <typename Request>
  bool ReleaseRequest(const Request* request) {
    // gRPC made it for this handler, and only destroys it.
    *const_cast<Request*>(request) = Request();
    return ReleaseRequest();
  }

  // Has `then` called once if the client goes away before the call has ended;
  // at once if it has gone away. It must not block.
  void WhenCancelled(std::function<void()> then) {
    {
      MutexLock lock(&mutex_);
      if (!*cancelled_) {
        when_cancelled_ = std::move(then);
        return;
      }
    }
    then();
  }

  // Ends the call with OK after `fill(Response*)`, which must be quick; with
  // INTERNAL, and false, if `fill` throws. False, without calling `fill`, if
  // the call has ended.
  template <typename Fill>
  bool Answer(Fill fill) {
    grpc::Status status;
    {
      MutexLock lock(&mutex_);
      if (ended_) return false;
      ended_ = true;
      RunOrEnd([&] { fill(response_); },
               [&](grpc::Status thrown) { status = std::move(thrown); });
    }
    const bool ok = status.ok();
    Finish(std::move(status));
    return ok;
  }

  // Ends the call with an error, unless it has ended.
  void Fail(grpc::Status status) {
    {
      MutexLock lock(&mutex_);
      if (ended_) return;
      ended_ = true;
    }
    Finish(std::move(status));
  }

  // A flag that becomes true when the client has gone away.
  std::shared_ptr<const std::atomic<bool>> cancelled() const {
    return cancelled_;
  }

 private:
  explicit UnaryCall(Response* response) : response_(response) {}

  void OnCancel() override {
    std::function<void()> then;
    bool fail = false;
    {
      MutexLock lock(&mutex_);
      *cancelled_ = true;
      then = std::move(when_cancelled_);
      fail = !request_in_use_;  // else ReleaseRequest will end it
    }
    if (fail) Fail(grpc::Status::CANCELLED);
    if (then != nullptr) then();
  }

  void OnDone() override {
    const auto self = std::move(self_);  // may be the last reference
  }

  Response* const response_;
  const std::shared_ptr<std::atomic<bool>> cancelled_ =
      std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<UnaryCall> self_;  // until OnDone
  Mutex mutex_;
  bool request_in_use_ ABSL_GUARDED_BY(mutex_) = true;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> when_cancelled_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_UNARY_CALL_H_
