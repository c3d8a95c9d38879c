// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_REGISTRY_H_
#define SPIKED_SERVER_SESSION_SESSION_REGISTRY_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/estimate.h"
#include "core/network_spec.h"
#include "core/violations.h"
#include "server/base/executor.h"
#include "server/base/mutex.h"
#include "server/session/session.h"

namespace spiked {

struct SessionLimits {
  int max_sessions = 1000;
  int64_t memory_bytes = int64_t{4} << 30;         // of all sessions together
  size_t history_bytes = size_t{64} << 20;         // of spikes, per session
  int64_t history_total_bytes = int64_t{1} << 30;  // of all sessions together
  int max_session_threads = 1;                     // that step one session
};

// All sessions by id, and the limits they share. Thread-safe.
class SessionRegistry {
 public:
  // What is passed outlives the registry.
  SessionRegistry(SessionLimits limits, Clock* clock, Scheduler* scheduler,
                  Statistics* statistics);
  ~SessionRegistry();

  struct Creation {
    absl::Status status;               // INVALID_ARGUMENT: see violations
    Violations violations;             // paths begin with "network"
    std::shared_ptr<Session> session;  // if the status is OK
  };
  // Checks and builds a network on a thread of its own, then calls `done`; at
  // once if there is no place. An empty id is replaced by a new one. A network
  // that is waiting is not built once `cancelled`, if there is one, is true.
  void Create(std::string id, NetworkSpec spec, SessionOptions options,
              std::function<void(Creation)> done,
              std::shared_ptr<const std::atomic<bool>> cancelled = nullptr);

  // NOT_FOUND if there is none.
  absl::StatusOr<std::shared_ptr<Session>> Find(const std::string& id) const;

  // Sessions ordered by id, beginning after `after`.
  std::vector<std::shared_ptr<Session>> List(const std::string& after,
                                             size_t max_count) const;

  // Removes the session, and tells it so; `done` as for Session::Post.
  void Delete(const std::string& id, Done done);

  // From now on no session is created.
  void Drain();
  bool draining() const;

  // Pauses all sessions, without waiting for it.
  void PauseAll();

  const SessionLimits& limits() const { return limits_; }
  int64_t memory_bytes() const;
  const HistoryBudget& history() const { return *history_; }
  int session_count() const;

  // ^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$
  static bool IsSessionId(const std::string& id);

 private:
  // Networks that may wait to be built: each holds a request.
  static constexpr int kMaxBuilding = 64;

  // A session that is being created, in its place.
  absl::StatusOr<std::shared_ptr<Session>> Reserve(std::string id,
                                                   SessionOptions options);
  absl::Status ReserveMemory(const std::string& id, const Estimate& estimate);
  void Build(const std::shared_ptr<Session>& session, const NetworkSpec& spec,
             Creation* creation);
  void Remove(const std::string& id);
  std::string NewId() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SessionLimits limits_;
  Clock* const clock_;
  Scheduler* const scheduler_;
  Statistics* const statistics_;
  const std::shared_ptr<HistoryBudget> history_;
  mutable Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  struct Place {
    std::shared_ptr<Session> session;
    int64_t bytes = 0;
  };
  std::map<std::string, Place> places_ ABSL_GUARDED_BY(mutex_);
  int64_t memory_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int building_ ABSL_GUARDED_BY(mutex_) = 0;
  Executor builders_;  // last: its threads use the rest
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_REGISTRY_H_
