// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_EXECUTOR_H_
#define SPIKED_SERVER_BASE_EXECUTOR_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "server/base/fair_queue.h"
#include "server/base/mutex.h"

namespace spiked {

// Threads that run tasks in the order in which they were posted, except that
// the owners of tasks take turns. For work that may take long: checking and
// building networks. Thread-safe.
class Executor {
 public:
  explicit Executor(int threads);

  // Runs all posted tasks, then joins the threads.
  ~Executor();

  // Adds a task to run on one of the threads. `owner` is the name of the tenant
  // that the task is for.
  void Post(std::function<void()> task, const std::string& owner = "");

 private:
  void Run();

  Mutex mutex_;
  CondVar posted_;
  FairQueue<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_EXECUTOR_H_
