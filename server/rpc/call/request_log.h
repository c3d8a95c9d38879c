// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_REQUEST_LOG_H_
#define SPIKED_SERVER_RPC_CALL_REQUEST_LOG_H_

#include <algorithm>
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

// The answers to requests with an id, so that a repeated request is answered
// like the first. Failures are not kept: a failed request may be tried again.
// Keys begin with the tenant's name (RequestKey). A tenant's requests make the
// log forget only that tenant's own oldest answers, unless the answers of all
// tenants are too many bytes: then it forgets the oldest of the tenant that has
// the most bytes. Thread-safe.
class RequestLog {
 public:
  static constexpr int64_t kKeepNanos = int64_t{600} * 1'000'000'000;
  static constexpr size_t kMaxAnswers = 10'000;        // per tenant
  static constexpr size_t kMaxBytes = 64 << 20;        // per tenant
  static constexpr size_t kMaxTotalBytes = 256 << 20;  // of all tenants

  // Both outlive the log. `max_total_bytes`: of all tenants, at most
  // kMaxTotalBytes.
  RequestLog(const Clock* clock, Statistics* statistics,
             size_t max_total_bytes = kMaxTotalBytes)
      : clock_(clock),
        statistics_(statistics),
        max_total_bytes_(std::min(max_total_bytes, kMaxTotalBytes)) {}

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
  // Looks for a request by its key; `fingerprint` is FingerprintOf the request.
  Found Begin(const std::string& key, uint64_t fingerprint, Waiter waiter);

  // Gives the result of a request for which Begin returned kNothing: keeps it
  // if it is OK, and passes it to the waiters.
  void Finish(const std::string& key, Answer answer);

  // The total size of the kept answers in bytes.
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
  // The kept answers of one tenant.
  struct Answers {
    std::deque<std::pair<int64_t, std::string>> keys;  // (time, key) by time
    size_t bytes = 0;
  };
  void DropOldest(Answers* answers) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOld(int64_t now, Answers* answers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Drops answers of the tenant that are too old or too many; every kSweepNanos
  // those of all tenants, too. Then keeps all within max_total_bytes_.
  void MakeRoom(const std::string& tenant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock* const clock_;
  Statistics* const statistics_;
  const size_t max_total_bytes_;
  Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Answers> answers_ ABSL_GUARDED_BY(mutex_);  // by tenant
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of all tenants
  int64_t swept_nanos_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A hash of a message's content, which does not depend on the order of maps.
uint64_t FingerprintOf(const google::protobuf::Message& message);

// The prefix of the keys of a method's requests, "tenant/method", which keeps
// tenants apart.
std::string RequestKey(const Caller& caller, const std::string& method);

// Checks that an id is 1 to 64 letters, digits, '-', '_' or '.', or empty.
void CheckRequestId(const std::string& id, Violations* violations);

// A call that may carry a request id. It must be ended by Fail or Answer of
// this class, which tell the log. A copy is the same call.
template <typename Response>
class OnceCall {
 public:
  using Call = UnaryCall<Response>;

  // Begins a call. The bool is false if the log answers the call instead,
  // because its id is known. An empty `id` means that there is none.
  static std::pair<OnceCall, bool> Begin(
      std::shared_ptr<Call> call, std::shared_ptr<RequestLog> log,
      const std::string& method, const std::string& id,
      const google::protobuf::Message& asked);

  // Whether the answer is kept in the log: then the request is carried out even
  // if its client has gone away, because the client may ask again.
  bool is_kept() const { return !key_.empty(); }
  const std::shared_ptr<Call>& call() const { return call_; }

  void Fail(grpc::Status status) const {
    if (is_kept()) log_->Finish(key_, {status, ""});
    call_->Fail(std::move(status));
  }

  // Answers with the response that `fill` writes. False if the client is gone
  // and the answer isn't kept either.
  template <typename Fill>
  bool Answer(Fill fill) const {
    if (!is_kept()) return call_->Answer(fill);
    RunOrEnd(
        [&] {
          Response response;
          fill(&response);
          log_->Finish(key_, {grpc::Status::OK, response.SerializeAsString()});
          call_->Answer([&](Response* r) { *r = std::move(response); });
        },
        [&](grpc::Status status) { Fail(std::move(status)); });
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
