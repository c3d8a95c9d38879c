// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_SESSION_REGISTRY_H_
#define SPIKED_SERVER_SESSION_REGISTRY_SESSION_REGISTRY_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "server/security/memory_ledger.h"
#include "server/security/tenant_claim.h"
#include "server/security/tenants.h"
#include "server/session/registry/session_creation.h"
#include "server/session/registry/synapse_upload.h"
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

// All sessions by key (session_key.h), and the limits that they share. Their
// networks are built and edited by SessionBuilder and SessionEditor.
// Thread-safe.
class SessionRegistry {
 public:
  // The pointers outlive the registry. `report_failure` is told the key of a
  // session that fails by an error of the server; may be null.
  using ReportFailure =
      std::function<void(const std::string& key, const std::string& what)>;
  SessionRegistry(SessionLimits limits, Clock* clock, Scheduler* scheduler,
                  Statistics* statistics,
                  ReportFailure report_failure = nullptr);

  // Puts a session that is being created in its place. An empty id in the key
  // is replaced by a new one. An error if there is no place.
  absl::StatusOr<std::shared_ptr<Session>> Add(
      std::string key, SessionOptions options, const LifetimeChange& lifetime,
      const std::shared_ptr<SessionCreation>& creation);

  // How a creation ends; these do nothing if the session is gone already. The
  // session has its network.
  void EndCreation(const Session& session);
  // The session gets no network and stays for a while to say why.
  void KeepFailed(const Session& session);
  // Takes the session out of its place.
  void Remove(const Session& session);

  // Finds a session for a call that names it. NOT_FOUND if there is none;
  // ABORTED if it must be another incarnation (Session::incarnation_id) than it
  // is. An empty `incarnation_id` means any.
  absl::StatusOr<std::shared_ptr<Session>> Find(
      const std::string& key, const std::string& incarnation_id = "") const;

  // Sessions of one tenant ordered by id, beginning after the id `after`.
  std::vector<std::shared_ptr<Session>> ListOf(const std::string& tenant,
                                               const std::string& after,
                                               size_t max_count) const;

  // Sessions of all ordered by key, beginning after `after`.
  std::vector<std::shared_ptr<Session>> List(const std::string& after,
                                             size_t max_count) const;

  // Removes the session, and tells it so; `done` as for Session::Post. Gives up
  // a network that is being built or edited; `done` is called when its memory
  // is free. Errors are those of Find.
  void Delete(const std::string& key, Done done,
              const std::string& incarnation_id = "");

  Tenants* tenants() { return &tenants_; }
  const Tenants& tenants() const { return tenants_; }
  // The tenant of a session's key.
  std::shared_ptr<Tenant> TenantFor(const std::string& key);
  Clock* clock() const { return clock_; }
  Statistics* statistics() const { return statistics_; }

  // The memory that sessions, requests and answers share.
  const std::shared_ptr<MemoryLedger>& ledger() const { return ledger_; }
  int64_t memory_bytes() const { return ledger_->reserved_bytes(); }

  // Deletes the sessions whose time is over, and uploads. To be called about
  // once a second.
  void DeleteExpired();

  SynapseUploads* uploads() { return &uploads_; }
  const LoadBook& loads() const { return loads_; }

  // A tenant's networks that may wait to be built or edited: each holds a
  // request.
  static constexpr int kMaxBuilding = 64;
  // Counts an edit of a session among them until the last copy of the result is
  // gone. RESOURCE_EXHAUSTED if there are too many.
  absl::StatusOr<std::shared_ptr<const void>> TakeEditPlace(
      const std::string& key);

  // How long a session stays that could not be built.
  static constexpr int64_t kKeepFailedNanos = int64_t{600} * 1'000'000'000;

  // From now on no session is created.
  void Drain();
  bool draining() const;

  // Pauses all sessions, without waiting for it.
  void PauseAll();

  const SessionLimits& limits() const { return limits_; }
  const HistoryBudget& history() const { return *history_; }
  int session_count() const;

  // ^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$
  static bool IsSessionId(const std::string& id);

  // The error of a session whose building throws.
  absl::Status BuildingThrew(const std::string& key,
                             const std::string& what) const;
  // The error of a session that isn't there.
  static absl::Status NotFound(const std::string& key);

 private:
  struct Place {
    std::shared_ptr<Session> session;
    TenantClaim claim;                          // to a session
    std::shared_ptr<SessionCreation> creation;  // null: it is over
    int64_t failed_nanos = 0;  // when building failed; 0: it didn't
  };

  // Find and Delete look here. Finding a session is a call that names it.
  absl::StatusOr<const Place*> FindFor(const std::string& key,
                                       const std::string& incarnation_id) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Null if the session is not in its place.
  Place* FindPlace(const Session& session)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // An error if there is no room for one more session.
  absl::Status CheckRoom(const std::string& key) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // An error if too many networks of the tenant wait to be built or edited.
  absl::Status CheckBuilding(const std::string& tenant) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string NewKey(const std::string& tenant)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SessionLimits limits_;
  Clock* const clock_;
  Scheduler* const scheduler_;
  Statistics* const statistics_;
  const ReportFailure report_failure_;
  Tenants tenants_;
  const std::shared_ptr<MemoryLedger> ledger_;
  const std::shared_ptr<HistoryBudget> history_;
  mutable Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  // Edits that wait or are made, by tenant; counted down without the lock.
  std::map<std::string, std::shared_ptr<std::atomic<int>>> edits_
      ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Place> places_ ABSL_GUARDED_BY(mutex_);
  LoadBook loads_;
  SynapseUploads uploads_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_SESSION_REGISTRY_H_
