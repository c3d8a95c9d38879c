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

// A stream that the dispatcher serves at times that the stream chooses.
class DispatchedStream {
 public:
  virtual ~DispatchedStream() = default;

  // Writes the data that is due; called on the dispatcher's thread, and must be
  // quick. Returns the time of the next call by the clock in nanoseconds;
  // nullopt: no more calls. A stream whose Serve throws is not called again; it
  // should end its own call before that (RunOrEnd).
  virtual std::optional<int64_t> Serve(int64_t now_nanos) = 0;
};

// One thread that writes to all streams, so that the threads that step sessions
// don't have to: a write costs tens of microseconds per subscriber.
// Thread-safe.
class StreamDispatcher {
 public:
  // `clock` outlives the thread.
  explicit StreamDispatcher(Clock* clock);
  ~StreamDispatcher();

  // Serves a stream from now on.
  void Add(std::shared_ptr<DispatchedStream> stream);

  // Serves a stream now instead of at its next time. Does nothing for a stream
  // that was not added or has ended.
  void Wake(const DispatchedStream* stream);

  // Runs a short task soon on the dispatcher's thread; tasks run in the order
  // in which they were posted.
  void Post(std::function<void()> task);

  // Sets draining() and serves all streams soon, so that they end.
  void Drain();
  bool draining() const { return draining_; }

  // Ends the thread. Streams and tasks that come later are dropped.
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
  // Streams by the time at which they are due, in nanoseconds.
  using Queue = std::multimap<int64_t, std::shared_ptr<DispatchedStream>>;
  void Insert(int64_t due_nanos, std::shared_ptr<DispatchedStream> stream)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Queue streams_ ABSL_GUARDED_BY(mutex_);
  // Where each stream is in streams_.
  std::unordered_map<const DispatchedStream*, Queue::iterator> places_
      ABSL_GUARDED_BY(mutex_);
  // The stream that is being served, and whether it was woken meanwhile.
  const DispatchedStream* served_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool served_again_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_STREAM_DISPATCHER_H_
