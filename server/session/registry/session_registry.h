// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_SESSION_REGISTRY_H_
#define SPIKED_SERVER_SESSION_REGISTRY_SESSION_REGISTRY_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/build/build_progress.h"
#include "core/build/estimate.h"
#include "core/change/edit_spec.h"
#include "core/spec/network_spec.h"
#include "core/spec/violations.h"
#include "server/base/executor.h"
#include "server/base/memory_reservation.h"
#include "server/base/mutex.h"
#include "server/security/memory_guard.h"
#include "server/security/tenants.h"
#include "server/session/registry/session_claim.h"
#include "server/session/registry/synapse_upload.h"
#include "server/session/registry/uploaded_lists.h"
#include "server/session/scheduling/load_book.h"
#include "server/session/session.h"
#include "server/session/session_lifetime.h"

namespace spiked {

struct SessionLimits {
  int max_sessions = 1000;
  int64_t memory_bytes = int64_t{4} << 30;         // of all sessions together
  size_t history_bytes = size_t{64} << 20;         // of spikes, per session
  int64_t history_total_bytes = int64_t{1} << 30;  // of all sessions together
  int max_session_threads = 1;                     // that step one session
  Quotas quotas;                                   // of tenants
  int64_t guarded_bytes = 0;  // of the process; 0: not guarded
};

// How a session is created.
struct SessionCare {
  LifetimeChange lifetime;  // of the new session
  // Answers with a session that is still CREATING; if it can't be built, it
  // stays for a while and says why.
  bool return_at_once = false;
  UploadedLists uploads;  // that the network's projections get
};

// All sessions by key (session_key.h), and the limits they share. Thread-safe.
class SessionRegistry {
 public:
  // What is passed outlives the registry.
  SessionRegistry(SessionLimits limits, Clock* clock, Scheduler* scheduler,
                  Statistics* statistics);
  ~SessionRegistry();

  struct CreateResult {
    absl::Status status;               // INVALID_ARGUMENT: see violations
    Violations violations;             // paths begin with "network"
    std::shared_ptr<Session> session;  // if the status is OK
  };
  // Checks and builds a network on a thread of its own, where tenants take
  // turns, then calls `done`; at once if there is no place. An empty id in the
  // key is replaced by a new one. Building stops soon once `cancelled`, if
  // there is one, is true, or the session is deleted; then the status is
  // CANCELLED.
  void Create(std::string key, NetworkSpec spec, SessionOptions options,
              std::function<void(CreateResult)> done,
              std::shared_ptr<const std::atomic<bool>> cancelled = nullptr,
              SessionCare care = {});

  struct EditResult {
    absl::Status status;    // INVALID_ARGUMENT: see violations
    Violations violations;  // paths begin with "add", "remove_" or "network"
    Outcome outcome;        // if the status is OK; of Session::Return
  };
  // Adds to the network of a paused session and takes from it, all or nothing,
  // on the thread that builds networks; its other commands wait. `cancelled` as
  // in Create; a deletion of the session cancels it, too. `uploads` are for the
  // projections that are added.
  void Edit(const std::shared_ptr<Session>& session, EditSpec edit,
            UploadedLists uploads, std::function<void(EditResult)> done,
            std::shared_ptr<const std::atomic<bool>> cancelled = nullptr);

  // Finds a session for a call that names it. NOT_FOUND if there is none.
  absl::StatusOr<std::shared_ptr<Session>> Find(const std::string& key) const;

  // Sessions of one tenant ordered by id, beginning after the id `after`.
  std::vector<std::shared_ptr<Session>> ListOf(const std::string& tenant,
                                               const std::string& after,
                                               size_t max_count) const;

  // Sessions of all ordered by key, beginning after `after`.
  std::vector<std::shared_ptr<Session>> List(const std::string& after,
                                             size_t max_count) const;

  // Removes the session, and tells it so; `done` as for Session::Post. Gives up
  // a network that is being built; `done` is called when its memory is free.
  void Delete(const std::string& key, Done done);

  Tenants* tenants() { return &tenants_; }
  const Tenants& tenants() const { return tenants_; }
  MemoryGuard* memory_guard() { return &memory_guard_; }
  const MemoryGuard& memory_guard() const { return memory_guard_; }

  // Deletes the sessions whose time is over, and uploads. To be called about
  // once a second.
  void DeleteExpired();

  // Takes a part of the memory that sessions share. RESOURCE_EXHAUSTED, with
  // `what` as the subject of the text, if it isn't free.
  absl::StatusOr<MemoryReservation> TakeMemory(
      const std::shared_ptr<Tenant>& tenant, int64_t bytes,
      const std::string& what);

  SynapseUploads* uploads() { return &uploads_; }
  const LoadBook& loads() const { return loads_; }

  // A tenant's networks that may wait to be built: each holds a request.
  static constexpr int kMaxBuilding = 64;

  // How long a session stays that could not be built.
  static constexpr int64_t kKeepFailedNanos = int64_t{600} * 1'000'000'000;

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
  // A session that is being created.
  struct Building {
    std::shared_ptr<BuildProgress> progress;
    std::function<void(CreateResult)> done;  // null: was called
    bool return_at_once = false;
    UploadedLists uploads;  // until they are filled in
    bool begun = false;
    bool deleted = false;  // before it was begun
    std::vector<Done> deletions;
  };

  // Puts a session that is being created in its place.
  absl::StatusOr<std::shared_ptr<Session>> Reserve(
      std::string key, SessionOptions options, const LifetimeChange& lifetime,
      const std::shared_ptr<Building>& building);
  absl::Status ReserveMemory(const std::string& key, const Estimate& estimate,
                             double spec_bytes);
  // For a session that is there already; less than 0 is given back.
  absl::Status ReserveMore(const std::string& key, int64_t bytes);
  // On the builder's thread.
  void RunBuilding(const std::shared_ptr<Session>& session, NetworkSpec* spec,
                   const std::shared_ptr<Building>& building);
  void EndBuilding(const std::string& tenant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Copies the lists of uploads into the specification, in memory that is
  // taken before.
  absl::Status FillInUploads(const std::string& key,
                             const UploadedLists& uploads,
                             const BuildProgress& progress, NetworkSpec* spec,
                             MemoryReservation* memory);
  // `spec_bytes`: of lists in the specification that are not reserved yet.
  void Build(const std::shared_ptr<Session>& session, NetworkSpec* spec,
             double spec_bytes, BuildProgress* progress, CreateResult* result);

  // Edits (session_registry_edit.cc), on the builder's thread.
  struct Editing;
  void RunEdit(const std::shared_ptr<Editing>& editing);
  std::optional<Session::EditedNetwork> BuildEdited(Editing& editing);
  absl::Status ReserveEdit(Editing& editing);
  void EndEdit(const Editing& editing, bool edited);
  // Gives up a session that is being created, or failed to be. False: it is
  // neither.
  bool DeleteUnbuilt(const std::string& key, Done& done);
  void Remove(const std::string& key);
  std::string NewKey(const std::string& tenant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SessionLimits limits_;
  Clock* const clock_;
  Scheduler* const scheduler_;
  Statistics* const statistics_;
  Tenants tenants_;
  MemoryGuard memory_guard_;
  const std::shared_ptr<HistoryBudget> history_;
  mutable Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  struct Place {
    std::shared_ptr<Session> session;
    int64_t bytes = 0;
    std::unique_ptr<SessionClaim> claim;
    std::shared_ptr<Building> building;      // null: it is over
    int64_t network_bytes = 0;               // of `bytes`
    std::shared_ptr<BuildProgress> editing;  // null: it isn't being edited
    int64_t failed_nanos = 0;  // when building failed; 0: it didn't
  };
  std::map<std::string, Place> places_ ABSL_GUARDED_BY(mutex_);
  // Of all that is not taken.
  int64_t FreeBytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return limits_.memory_bytes - memory_bytes_ - *taken_bytes_;
  }
  int64_t memory_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of sessions
  // By TakeMemory. Grows under the lock only; shared, because what is taken may
  // be given back when the registry is gone.
  const std::shared_ptr<std::atomic<int64_t>> taken_bytes_ =
      std::make_shared<std::atomic<int64_t>>(0);
  // Networks that are being built, or wait for it, by tenant; none is 0.
  std::map<std::string, int> building_ ABSL_GUARDED_BY(mutex_);
  LoadBook loads_;
  SynapseUploads uploads_;
  Executor builders_;  // last: its threads use the rest
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_SESSION_REGISTRY_H_
