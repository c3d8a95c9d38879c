// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/stream_dispatcher.h"

#include <sys/prctl.h>

#include <utility>

#include "server/base/log_thrown.h"

namespace spiked {

StreamDispatcher::StreamDispatcher(Clock* clock)
    : clock_(clock), thread_([this] { Run(); }) {}

StreamDispatcher::~StreamDispatcher() { Stop(); }

void StreamDispatcher::Add(std::shared_ptr<DispatchedStream> stream) {
  {
    MutexLock lock(&mutex_);
    if (stopping_) return;
    Insert(clock_->NowNanos(), std::move(stream));
  }
  changed_.NotifyOne();
}

void StreamDispatcher::Insert(int64_t due_nanos,
                              std::shared_ptr<DispatchedStream> stream) {
  const DispatchedStream* key = stream.get();
  places_[key] = streams_.emplace(due_nanos, std::move(stream));
}

void StreamDispatcher::Wake(const DispatchedStream* stream) {
  {
    MutexLock lock(&mutex_);
    if (stream == served_) served_again_ = true;
    const auto it = places_.find(stream);
    if (it == places_.end()) return;
    auto held = std::move(it->second->second);
    streams_.erase(it->second);
    Insert(clock_->NowNanos(), std::move(held));
  }
  changed_.NotifyOne();
}

void StreamDispatcher::Post(std::function<void()> task) {
  {
    MutexLock lock(&mutex_);
    if (stopping_) return;
    tasks_.push_back(std::move(task));
  }
  changed_.NotifyOne();
}

void StreamDispatcher::Drain() {
  draining_ = true;
  {
    MutexLock lock(&mutex_);
    const int64_t now = clock_->NowNanos();
    Queue streams = std::exchange(streams_, {});
    for (auto& [nanos, stream] : streams) Insert(now, std::move(stream));
  }
  changed_.NotifyOne();
}

void StreamDispatcher::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyOne();
  if (thread_.joinable()) thread_.join();
  // Tasks and streams are destroyed after the lock is released, because their
  // destructors may call the dispatcher.
  decltype(tasks_) tasks;
  decltype(streams_) streams;
  MutexLock lock(&mutex_);
  tasks.swap(tasks_);
  streams.swap(streams_);
  places_.clear();
}

void StreamDispatcher::Run() {
  // The kernel may delay a timer by its slack, 50 us by default.
  prctl(PR_SET_TIMERSLACK, 1);
  MutexLock lock(&mutex_);
  while (!stopping_) {
    const int64_t now = clock_->NowNanos();
    if (!tasks_.empty()) {
      RunTask();
    } else if (streams_.empty()) {
      changed_.Wait(&mutex_);
    } else if (streams_.begin()->first > now) {
      clock_->WaitUntil(&changed_, &mutex_, streams_.begin()->first);
    } else {
      ServeFirst(now);
    }
  }
}

void StreamDispatcher::RunTask() {
  std::function<void()> task = std::move(tasks_.front());
  tasks_.pop_front();
  mutex_.Unlock();
  RunAndReport(task, LogThrownBy("a task of the dispatcher"));
  task = nullptr;
  mutex_.Lock();
}

void StreamDispatcher::ServeFirst(int64_t now_nanos) {
  std::shared_ptr<DispatchedStream> stream =
      std::move(streams_.begin()->second);
  streams_.erase(streams_.begin());
  places_.erase(stream.get());
  served_ = stream.get();
  served_again_ = false;
  mutex_.Unlock();
  std::optional<int64_t> due;
  const auto serve = [&] { due = stream->Serve(now_nanos); };
  RunAndReport(serve, LogThrownBy("a stream"));  // which is then dropped
  if (!due.has_value()) stream.reset();
  mutex_.Lock();
  served_ = nullptr;
  if (!due.has_value()) return;
  Insert(served_again_ ? now_nanos : *due, std::move(stream));
}

}  // namespace spiked
