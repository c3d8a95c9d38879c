// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/session_registry.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_payload.h"
#include "server/session/session_environment.h"
#include "server/session/session_key.h"

namespace spiked {
namespace {

// How long a client that comes while the server stops should wait.
constexpr int64_t kRetryElsewhereNanos = 5'000'000'000;

// The error of a call that means an earlier session of the same name.
absl::Status OtherIncarnation(const Session& session,
                              const std::string& expected) {
  const absl::Status refusal = Refusal(
      Reason::kIncarnationMismatch,
      absl::StrCat("session \"sessions/", session.id(),
                   "\" was deleted and created again: its incarnation is ",
                   session.incarnation_id(), ", not ", expected));
  return WithMetadata(
      WithMetadata(refusal, "incarnation_id", session.incarnation_id()),
      "expected_incarnation_id", expected);
}

}  // namespace

SessionRegistry::SessionRegistry(SessionLimits limits, Clock* clock,
                                 Scheduler* scheduler, Statistics* statistics,
                                 ReportFailure report_failure)
    : limits_(std::move(limits)),
      clock_(clock),
      scheduler_(scheduler),
      statistics_(statistics),
      report_failure_(std::move(report_failure)),
      tenants_(limits_.quotas),
      ledger_(std::make_shared<MemoryLedger>(limits_.memory_bytes,
                                             limits_.guarded_bytes)),
      history_(std::make_shared<HistoryBudget>(limits_.history_total_bytes)),
      loads_(scheduler->worker_count()),
      uploads_(clock) {}

bool SessionRegistry::IsSessionId(const std::string& id) {
  if (id.empty() || id.size() > 63 || !absl::ascii_islower(id[0]) ||
      id.back() == '-') {
    return false;
  }
  return std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

absl::Status SessionRegistry::NotFound(const std::string& key) {
  return Refusal(
      Reason::kSessionNotFound,
      absl::StrCat("session \"sessions/", IdOf(key), "\" not found"));
}

absl::Status SessionRegistry::BuildingThrew(const std::string& key,
                                            const std::string& what) const {
  const std::string text =
      absl::StrCat("an error of the server while a network was built: ", what);
  if (report_failure_ != nullptr) report_failure_(key, text);
  return Refusal(Reason::kInternal, text);
}

std::shared_ptr<Tenant> SessionRegistry::TenantFor(const std::string& key) {
  return tenants_.Get(TenantOf(key));
}

absl::Status SessionRegistry::CheckRoom(const std::string& key) const {
  if (places_.contains(key)) {
    return Refusal(
        Reason::kSessionExists,
        absl::StrCat("session \"sessions/", IdOf(key), "\" already exists"));
  }
  if (places_.size() >= static_cast<size_t>(limits_.max_sessions)) {
    return Refusal(
        Reason::kLimitReached,
        absl::StrCat("there are ", places_.size(), " sessions; at most ",
                     limits_.max_sessions, " are allowed"));
  }
  return CheckBuilding(TenantOf(key));
}

absl::Status SessionRegistry::CheckBuilding(const std::string& tenant) const {
  auto waiting =
      std::count_if(places_.begin(), places_.end(), [&](const auto& entry) {
        const Place& place = entry.second;
        return place.creation != nullptr && place.failed_nanos == 0 &&
               TenantOf(entry.first) == tenant;
      });
  if (const auto edits = edits_.find(tenant); edits != edits_.end()) {
    waiting += *edits->second;
  }
  if (waiting < kMaxBuilding) return absl::OkStatus();
  return Refusal(
      Reason::kLimitReached,
      absl::StrCat(waiting,
                   " networks are waiting to be built or edited; at most ",
                   kMaxBuilding, " are allowed"));
}

absl::StatusOr<std::shared_ptr<const void>> SessionRegistry::TakeEditPlace(
    const std::string& key) {
  const std::string tenant = TenantOf(key);
  MutexLock lock(&mutex_);
  if (absl::Status status = CheckBuilding(tenant); !status.ok()) return status;
  std::shared_ptr<std::atomic<int>>& count = edits_[tenant];
  if (count == nullptr) count = std::make_shared<std::atomic<int>>(0);
  ++*count;
  return std::shared_ptr<const void>(count.get(),
                                     [count](const void*) { --*count; });
}

absl::StatusOr<std::shared_ptr<Session>> SessionRegistry::Add(
    std::string key, SessionOptions options, const LifetimeChange& lifetime,
    const std::shared_ptr<SessionCreation>& creation) {
  MutexLock lock(&mutex_);
  if (draining_) {
    return WithRetry(
        Refusal(Reason::kServerStopping,
                "the server is stopping and takes no new sessions"),
        kRetryElsewhereNanos);
  }
  if (absl::Status status = ledger_->guard()->Check(); !status.ok()) {
    return status;
  }
  if (IdOf(key).empty()) key = NewKey(TenantOf(key));
  if (absl::Status status = CheckRoom(key); !status.ok()) return status;
  std::shared_ptr<Tenant> tenant = TenantFor(key);
  TenantAmounts one_session{};
  one_session[static_cast<int>(Resource::kSessions)] = 1;
  auto claim = TenantClaim::Make(tenant, one_session);
  if (!claim.ok()) return claim.status();
  auto session = std::make_shared<Session>(
      key, options,
      Session::Environment{
          clock_, scheduler_, statistics_, limits_.history_bytes, &loads_,
          tenant, ledger_, history_,
          scheduler_->ShareOf(tenant->name(), tenant->weight()),
          report_failure_});
  session->SetBuilding(creation->progress());
  session->lifetime()->Change(lifetime);
  creation->SetSession(session);
  places_[key] = {session, *std::move(claim), creation};
  return session;
}

SessionRegistry::Place* SessionRegistry::FindPlace(const Session& session) {
  const auto it = places_.find(session.key());
  return it == places_.end() || it->second.session.get() != &session
             ? nullptr
             : &it->second;
}

void SessionRegistry::EndCreation(const Session& session) {
  MutexLock lock(&mutex_);
  if (Place* place = FindPlace(session)) place->creation = nullptr;
}

void SessionRegistry::KeepFailed(const Session& session) {
  MutexLock lock(&mutex_);
  if (Place* place = FindPlace(session)) {
    place->failed_nanos = clock_->NowNanos();
  }
}

void SessionRegistry::Remove(const Session& session) {
  MutexLock lock(&mutex_);
  if (FindPlace(session) != nullptr) places_.erase(session.key());
}

absl::StatusOr<const SessionRegistry::Place*> SessionRegistry::FindFor(
    const std::string& key, const std::string& incarnation_id) const {
  const auto it = places_.find(key);
  if (it == places_.end()) return NotFound(key);
  const Session& session = *it->second.session;
  if (!incarnation_id.empty() && session.incarnation_id() != incarnation_id) {
    return OtherIncarnation(session, incarnation_id);
  }
  session.lifetime()->Touch();
  return &it->second;
}

absl::StatusOr<std::shared_ptr<Session>> SessionRegistry::Find(
    const std::string& key, const std::string& incarnation_id) const {
  MutexLock lock(&mutex_);
  const absl::StatusOr<const Place*> place = FindFor(key, incarnation_id);
  if (!place.ok()) return place.status();
  return (*place)->session;
}

std::vector<std::shared_ptr<Session>> SessionRegistry::ListOf(
    const std::string& tenant, const std::string& after,
    size_t max_count) const {
  MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Session>> sessions;
  for (auto it = places_.upper_bound(SessionKey(tenant, after));
       it != places_.end() && sessions.size() < max_count; ++it) {
    if (TenantOf(it->first) == tenant) {
      sessions.push_back(it->second.session);
    } else if (!tenant.empty()) {
      break;  // the sessions of a tenant follow each other
    }
  }
  return sessions;
}

std::vector<std::shared_ptr<Session>> SessionRegistry::List(
    const std::string& after, size_t max_count) const {
  MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Session>> sessions;
  for (auto it = places_.upper_bound(after);
       it != places_.end() && sessions.size() < max_count; ++it) {
    sessions.push_back(it->second.session);
  }
  return sessions;
}

void SessionRegistry::Delete(const std::string& key, Done done,
                             const std::string& incarnation_id) {
  std::shared_ptr<Session> session;
  std::shared_ptr<SessionCreation> creation;
  absl::Status refusal;
  {
    MutexLock lock(&mutex_);
    const absl::StatusOr<const Place*> place = FindFor(key, incarnation_id);
    refusal = place.status();
    if (place.ok()) {
      session = (*place)->session;
      creation = (*place)->creation;
    }
  }
  if (refusal.ok() && session->built() == nullptr) {
    if (creation != nullptr && creation->GiveUp(done)) return;
    // It may have been built meanwhile.
    if (session->built() == nullptr) refusal = NotFound(key);
  }
  if (!refusal.ok()) {
    Outcome outcome;
    outcome.status = std::move(refusal);
    return done(std::move(outcome));
  }
  // The session answers NOT_FOUND to the second of two deletions.
  // It is there as long as it answers.
  session->Post(DeleteCommand{}, [this, deleted = session.get(),
                                  done = std::move(done)](Outcome outcome) {
    if (outcome.status.ok()) {
      Remove(*deleted);
      statistics_->sessions_deleted.Add();
    }
    done(std::move(outcome));
  });
}

void SessionRegistry::DeleteExpired() {
  // By incarnation: a client may delete one of them first and use its name
  // again.
  struct Ended {
    std::string key;
    std::string incarnation_id;
    Counter* counter;  // may be null
  };
  std::vector<Ended> ended;
  {
    const int64_t now = clock_->NowNanos();
    MutexLock lock(&mutex_);
    for (const auto& [key, place] : places_) {
      const SessionLifetime::End end = place.session->lifetime()->Check();
      const std::string& incarnation = place.session->incarnation_id();
      if (end == SessionLifetime::End::kIdle) {
        ended.push_back({key, incarnation, &statistics_->sessions_idle});
      } else if (end == SessionLifetime::End::kExpired) {
        ended.push_back({key, incarnation, &statistics_->sessions_expired});
      } else if (place.failed_nanos > 0 &&
                 now - place.failed_nanos >= kKeepFailedNanos) {
        ended.push_back({key, incarnation, nullptr});
      }
    }
  }
  for (const Ended& session : ended) {
    Delete(
        session.key,
        [counter = session.counter](const Outcome& outcome) {
          if (outcome.status.ok() && counter != nullptr) counter->Add();
        },
        session.incarnation_id);
  }
  uploads_.DropExpired();
}

void SessionRegistry::Drain() {
  MutexLock lock(&mutex_);
  draining_ = true;
}

bool SessionRegistry::draining() const {
  MutexLock lock(&mutex_);
  return draining_;
}

void SessionRegistry::PauseAll() {
  for (const auto& session : List("", SIZE_MAX)) {
    session->Post(PauseCommand{}, [](Outcome) {});
  }
}

int SessionRegistry::session_count() const {
  MutexLock lock(&mutex_);
  return static_cast<int>(places_.size());
}

std::string SessionRegistry::NewKey(const std::string& tenant) {
  static std::random_device random;
  std::string key;
  do {
    key = SessionKey(tenant, absl::StrFormat("s-%08x", random()));
  } while (places_.contains(key));
  return key;
}

}  // namespace spiked
