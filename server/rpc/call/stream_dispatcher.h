// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_STREAM_DISPATCHER_H_
#define SPIKED_SERVER_RPC_CALL_STREAM_DISPATCHER_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>

#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace spiked {

// A stream that is looked after at times of its choice.
class DispatchedStream {
 public:
  virtual ~DispatchedStream() = default;

  // Writes what is due, on the dispatcher's thread, quickly. Returns when to be
  // called again, by the clock; never if it returns nothing.
  virtual std::optional<int64_t> Serve(int64_t now_nanos) = 0;
};

// One thread that writes to all streams, so that the threads that step sessions
// don't: a write costs tens of microseconds per subscriber. Thread-safe.
class StreamDispatcher {
 public:
  // `clock` outlives the thread.
  explicit StreamDispatcher(Clock* clock);
  ~StreamDispatcher();

  // Serves a stream from now on.
  void Add(std::shared_ptr<DispatchedStream> stream);

  // Serves a stream that was added now instead of when it is due. Not one that
  // has ended.
  void Wake(const DispatchedStream* stream);

  // Runs a short task soon, in the order of the posts.
  void Post(std::function<void()> task);

  // Streams see draining() from now on and are all served soon.
  void Drain();
  bool draining() const { return draining_; }

  // Ends the thread. What is added or posted from now on is dropped.
  void Stop();

 private:
  void Run();
  void RunTask() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ServeFirst(int64_t now_nanos) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock* const clock_;
  std::atomic<bool> draining_{false};
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  // By the time when they are due, and where they are in there.
  using Queue = std::multimap<int64_t, std::shared_ptr<DispatchedStream>>;
  void Insert(int64_t due_nanos, std::shared_ptr<DispatchedStream> stream)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Queue streams_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<const DispatchedStream*, Queue::iterator> places_
      ABSL_GUARDED_BY(mutex_);
  // The stream that is being served, and whether it was woken meanwhile.
  const DispatchedStream* served_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool served_again_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_STREAM_DISPATCHER_H_
