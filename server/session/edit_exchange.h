// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_EDIT_EXCHANGE_H_
#define SPIKED_SERVER_SESSION_EDIT_EXCHANGE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "core/build/build_progress.h"
#include "core/network/state.h"
#include "core/numbers/thread_team.h"
#include "server/base/mutex.h"
#include "server/session/network_memory.h"
#include "server/session/session_network.h"

namespace spiked {

// A network that takes the place of another, and the state in it.
struct EditedNetwork {
  std::shared_ptr<SessionNetwork> built;
  State state;
  double nanos_per_step;  // TimeFirstSteps
  int64_t memory_bytes;
  NetworkMemory memory = {};
  // Made by the thread that edits, whose niceness its threads inherit; null:
  // one thread.
  std::unique_ptr<ThreadTeam> team = nullptr;
};

// Where the thread that edits a network leaves the result for the session's
// worker, and where a deletion stops it. For one edit at a time. Thread-safe.
class EditExchange {
 public:
  // An edit begins. Without a progress it can't be stopped.
  void Begin(std::shared_ptr<BuildProgress> progress) {
    MutexLock lock(&mutex_);
    progress_ = std::move(progress);
  }

  // Stops the edit under way, if there is one.
  void Cancel() {
    MutexLock lock(&mutex_);
    if (progress_ != nullptr) progress_->Cancel();
  }

  // Leaves the result: the edited network, or why there is none.
  void Finish(absl::StatusOr<EditedNetwork> edited) {
    MutexLock lock(&mutex_);
    edited_ = std::move(edited);
  }

  // Takes the result, which ends the edit; nothing if it isn't there yet.
  std::optional<absl::StatusOr<EditedNetwork>> Take() {
    MutexLock lock(&mutex_);
    if (edited_.has_value()) progress_ = nullptr;
    return std::exchange(edited_, std::nullopt);
  }

 private:
  Mutex mutex_;
  std::shared_ptr<BuildProgress> progress_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::StatusOr<EditedNetwork>> edited_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_EDIT_EXCHANGE_H_
