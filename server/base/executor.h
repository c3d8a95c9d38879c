// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_EXECUTOR_H_
#define SPIKED_SERVER_BASE_EXECUTOR_H_

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "server/base/fair_queue.h"
#include "server/base/mutex.h"
#include "server/base/thrown.h"

namespace spiked {

// Threads that run tasks in the order in which they were posted, except that
// the owners of tasks take turns. For work that may take long: checking and
// building networks. Thread-safe.
class Executor {
 public:
  // `report` is told what tasks throw; the threads go on with the next.
  explicit Executor(int threads, ReportThrown report = nullptr);
  ~Executor() { Stop(); }

  // Runs all posted tasks, then joins the threads. Tasks that come later are
  // dropped. Not for tasks to call.
  void Stop();

  // Adds a task to run on one of the threads. `owner` is the name of the tenant
  // that the task is for.
  void Post(std::function<void()> task, const std::string& owner = "");

  // Adds a task that comes before all that Post has added; such tasks' owners
  // take turns, too. For what goes on with work that had its turn: as many
  // tasks as Post has run at most, or others would wait without an end.
  void PostFirst(std::function<void()> task, const std::string& owner);

 private:
  using Tasks = FairQueue<std::function<void()>>;

  void Run();

  const ReportThrown report_;
  Mutex mutex_;
  CondVar posted_;
  Tasks first_ ABSL_GUARDED_BY(mutex_);  // of PostFirst
  Tasks tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_EXECUTOR_H_
