// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_REQUEST_LOG_H_
#define SPIKED_SERVER_RPC_CALL_REQUEST_LOG_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/spec/violations.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/status.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/rpc/call/unary_call.h"
#include "server/security/caller.h"
#include "server/statistics/statistics.h"

namespace spiked {

// The answers to requests with an id, so that one that comes again is answered
// like the first. Failures are not kept: what failed may be tried again. Keys
// begin with the tenant (RequestKey), and what a tenant asks makes the log
// forget its own answers; those of others only if all together are too many
// bytes, and then of the tenant that has the most. Thread-safe.
class RequestLog {
 public:
  static constexpr int64_t kKeepNanos = int64_t{600} * 1'000'000'000;
  static constexpr size_t kMaxAnswers = 10'000;        // of a tenant
  static constexpr size_t kMaxBytes = 64 << 20;        // of its answers
  static constexpr size_t kMaxTotalBytes = 256 << 20;  // of all answers

  // Both outlive the log.
  RequestLog(const Clock* clock, Statistics* statistics)
      : clock_(clock), statistics_(statistics) {}

  struct Answer {
    grpc::Status status;
    std::string bytes;  // the response, if the status is OK
  };
  using Waiter = std::function<void(const Answer&)>;

  enum class Found {
    kNothing,  // the caller must call Finish, once
    kSame,     // `waiter` was called, or will be
    kOther,    // the id belongs to another request
  };
  // Looks for a request; `fingerprint` tells what is asked for.
  Found Begin(const std::string& key, uint64_t fingerprint, Waiter waiter);

  // What became of a request that was begun.
  void Finish(const std::string& key, Answer answer);

  // Of the answers that are kept.
  size_t bytes() {
    MutexLock lock(&mutex_);
    return bytes_;
  }

 private:
  struct Entry {
    uint64_t fingerprint = 0;
    bool finished = false;
    std::vector<Waiter> waiters;
    Answer answer;
  };
  // What a tenant was answered.
  struct Answers {
    std::deque<std::pair<int64_t, std::string>> keys;  // when; oldest first
    size_t bytes = 0;
  };
  void DropOldest(Answers* answers) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOld(int64_t now, Answers* answers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Forgets what a tenant, and from time to time what any, has no room for.
  void MakeRoom(const std::string& tenant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock* const clock_;
  Statistics* const statistics_;
  Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Answers> answers_ ABSL_GUARDED_BY(mutex_);  // by tenant
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of all answers
  int64_t swept_nanos_ ABSL_GUARDED_BY(mutex_) = 0;
};

// The same for equal messages only, whatever the order of their maps.
uint64_t FingerprintOf(const google::protobuf::Message& message);

// What begins the keys of a method's requests: those of tenants are apart.
std::string RequestKey(const Caller& caller, const std::string& method);

// 1 to 64 letters, digits, '-', '_' or '.', or nothing.
void CheckRequestId(const std::string& id, Violations* violations);

// A call that may carry a request id: everything that ends it goes through
// here. A copy is the same call.
template <typename Response>
class OnceCall {
 public:
  using Call = UnaryCall<Response>;

  // False: the call is answered otherwise. `id` empty: there is no id.
  static std::pair<OnceCall, bool> Begin(
      std::shared_ptr<Call> call, std::shared_ptr<RequestLog> log,
      const std::string& method, const std::string& id,
      const google::protobuf::Message& asked);

  // The request is answered even if its client has gone away: it may ask again.
  bool is_kept() const { return !key_.empty(); }
  const std::shared_ptr<Call>& call() const { return call_; }

  void Fail(grpc::Status status) const {
    if (is_kept()) log_->Finish(key_, {status, ""});
    call_->Fail(std::move(status));
  }

  // False: nobody got the answer, nor will.
  template <typename Fill>
  bool Answer(Fill fill) const {
    if (!is_kept()) return call_->Answer(fill);
    Response response;
    fill(&response);
    log_->Finish(key_, {grpc::Status::OK, response.SerializeAsString()});
    call_->Answer([&](Response* r) { *r = std::move(response); });
    return true;
  }

 private:
  std::shared_ptr<Call> call_;
  std::shared_ptr<RequestLog> log_;
  std::string key_;  // empty: not kept
};

grpc::Status RequestIdReused(const std::string& id);

template <typename Response>
std::pair<OnceCall<Response>, bool> OnceCall<Response>::Begin(
    std::shared_ptr<Call> call, std::shared_ptr<RequestLog> log,
    const std::string& method, const std::string& id,
    const google::protobuf::Message& asked) {
  OnceCall once;
  once.call_ = std::move(call);
  once.log_ = std::move(log);
  if (id.empty()) return {std::move(once), true};
  const std::string key = method + "/" + id;
  const auto found =
      once.log_->Begin(key, FingerprintOf(asked),
                       [call = once.call_](const RequestLog::Answer& answer) {
                         if (!answer.status.ok()) {
                           return call->Fail(answer.status);
                         }
                         call->Answer([&](Response* response) {
                           response->ParseFromString(answer.bytes);
                         });
                       });
  if (found == RequestLog::Found::kOther) once.call_->Fail(RequestIdReused(id));
  if (found == RequestLog::Found::kNothing) once.key_ = key;
  const bool is_new = once.is_kept();
  return {std::move(once), is_new};
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_REQUEST_LOG_H_
