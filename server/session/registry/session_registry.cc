// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/session_registry.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "core/build/plan.h"
#include "core/change/explicit_lists.h"
#include "server/base/status_payload.h"
#include "server/session/core_error.h"
#include "server/session/registry/build_memory.h"
#include "server/session/registry/clients_progress.h"
#include "server/session/scheduling/thread_count.h"
#include "server/session/session_key.h"

namespace spiked {
namespace {

// Networks that are built at the same time.
constexpr int kBuilderThreads = 1;
// What a client that comes while the server stops should wait.
constexpr int64_t kRetryElsewhereNanos = 5'000'000'000;

absl::Status NotFound(const std::string& id) {
  return Refusal(Reason::kSessionNotFound,
                 absl::StrCat("session \"sessions/", id, "\" not found"));
}

// What a session that could not be built says: enough for a person.
std::string Shorten(absl::string_view text) {
  constexpr size_t kMax = 4000;
  if (text.size() <= kMax) return std::string(text);
  return absl::StrCat(text.substr(0, kMax), "...");
}

}  // namespace

SessionRegistry::SessionRegistry(SessionLimits limits, Clock* clock,
                                 Scheduler* scheduler, Statistics* statistics)
    : limits_(std::move(limits)),
      clock_(clock),
      scheduler_(scheduler),
      statistics_(statistics),
      tenants_(limits_.quotas),
      memory_guard_(limits_.guarded_bytes),
      history_(std::make_shared<HistoryBudget>(limits_.history_total_bytes)),
      loads_(scheduler->worker_count()),
      uploads_(clock),
      builders_(kBuilderThreads) {}

SessionRegistry::~SessionRegistry() {
  // Else the builder's thread would be waited for until all is built.
  MutexLock lock(&mutex_);
  for (const auto& [id, place] : places_) {
    if (place.building != nullptr) place.building->progress->Cancel();
  }
}

bool SessionRegistry::IsSessionId(const std::string& id) {
  if (id.empty() || id.size() > 63 || !absl::ascii_islower(id[0]) ||
      id.back() == '-') {
    return false;
  }
  return std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

void SessionRegistry::Create(std::string key, NetworkSpec spec,
                             SessionOptions options,
                             std::function<void(CreateResult)> done,
                             std::shared_ptr<const std::atomic<bool>> cancelled,
                             SessionCare care) {
  auto building = std::make_shared<Building>();
  building->progress = std::make_shared<ClientsProgress>(std::move(cancelled));
  building->return_at_once = care.return_at_once;
  building->uploads = std::move(care.uploads);
  // Before others can find the session, and delete it.
  if (!care.return_at_once) building->done = done;
  auto reserved = Reserve(std::move(key), options, care.lifetime, building);
  CreateResult result;
  if (!reserved.ok()) {
    result.status = reserved.status();
    return done(std::move(result));
  }
  const std::shared_ptr<Session> session = *std::move(reserved);
  if (care.return_at_once) {
    result.session = session;
    done(std::move(result));
  }
  builders_.Post(
      [this, session, spec = std::move(spec), building]() mutable {
        RunBuilding(session, &spec, building);
      },
      TenantOf(session->key()));
}

void SessionRegistry::RunBuilding(const std::shared_ptr<Session>& session,
                                  NetworkSpec* spec,
                                  const std::shared_ptr<Building>& building) {
  {
    MutexLock lock(&mutex_);
    if (building->deleted) return;
    building->begun = true;
  }
  CreateResult result;
  {
    const double spec_bytes = ListedBytes(*spec);
    MemoryReservation lists;
    result.status =
        FillInUploads(session->key(), std::exchange(building->uploads, {}),
                      *building->progress, spec, &lists);
    if (result.status.ok()) {
      Build(session, spec, spec_bytes, building->progress.get(), &result);
    }
    *spec = NetworkSpec();  // before anybody is told that the memory is free
  }
  const bool built = result.status.ok();
  bool keep = !built && building->return_at_once;
  if (keep) session->FailBuilding(Shorten(result.status.message()));
  std::function<void(CreateResult)> done;
  std::vector<Done> deletions;
  {
    MutexLock lock(&mutex_);
    EndBuilding(TenantOf(session->key()));
    done = std::move(building->done);
    deletions = std::move(building->deletions);
    keep = keep && deletions.empty();
    const auto it = places_.find(session->key());
    // Gone, if it was deleted as soon as it was built.
    if (it != places_.end() && it->second.session == session) {
      it->second.building = nullptr;
      if (!built) {
        memory_bytes_ -= std::exchange(it->second.bytes, 0);
        it->second.claim->ReleaseNetwork();
      }
      if (keep) {
        it->second.failed_nanos = clock_->NowNanos();
      } else if (!built) {
        places_.erase(it);
      }
    }
  }
  session->lifetime()->EndUse();
  if (!built) {
    const bool cancelled = absl::IsCancelled(result.status);
    (cancelled ? statistics_->builds_cancelled : statistics_->builds_failed)
        .Add();
    if (!keep) session->Abandon();
  }
  if (done != nullptr) done(std::move(result));
  for (size_t i = 0; i < deletions.size(); ++i) {
    if (built) {  // before it noticed: deleted like any other
      Delete(session->key(), std::move(deletions[i]));
      continue;
    }
    Outcome outcome;
    outcome.session = session->status();
    if (i == 0) {
      statistics_->sessions_deleted.Add();
    } else {
      outcome.status = NotFound(session->id());
    }
    deletions[i](std::move(outcome));
  }
}

absl::Status SessionRegistry::FillInUploads(const std::string& key,
                                            const UploadedLists& uploads,
                                            const BuildProgress& progress,
                                            NetworkSpec* spec,
                                            MemoryReservation* memory) {
  if (uploads.empty()) return absl::OkStatus();
  auto taken = TakeMemory(tenants_.Get(TenantOf(key)), uploads.bytes(),
                          "the network's list of synapses");
  if (!taken.ok()) return taken.status();
  *memory = *std::move(taken);
  uploads.FillIn(progress, spec);
  return absl::OkStatus();
}

void SessionRegistry::Build(const std::shared_ptr<Session>& session,
                            NetworkSpec* spec, double spec_bytes,
                            BuildProgress* progress, CreateResult* result) {
  const auto stopped = [&] {
    if (!progress->cancelled()) return false;
    result->status = Refusal(
        Reason::kCancelled,
        absl::StrCat("session \"sessions/", session->id(),
                     "\" was deleted, or its client went away, before it was "
                     "built"));
    return true;
  };
  if (stopped()) return;
  progress->Begin(BuildProgress::Phase::kValidating);
  NetworkPlan plan = Plan(*spec);
  if (!plan.violations.empty()) {
    result->violations = std::move(plan.violations);
    result->status =
        Refusal(Reason::kInvalidRequest, result->violations.Text());
    return;
  }
  const int thread_count = ChooseThreadCount(session->options().thread_count,
                                             plan, limits_.max_session_threads);
  Estimate estimate = EstimateNetwork(plan, thread_count);
  estimate.bytes += KeptListBytes(*spec);
  result->status = ReserveMemory(session->key(), estimate, spec_bytes);
  if (!result->status.ok()) return;
  auto network = Compile(plan, thread_count, progress);
  if (stopped()) return;
  if (!network.ok()) {
    result->status = FromCore(network.status());
    return;
  }
  DropExplicitLists(spec);
  session->Attach(*std::move(network), static_cast<int64_t>(estimate.bytes),
                  thread_count, std::move(*spec));
  statistics_->sessions_created.Add();
  result->session = session;
}

absl::StatusOr<std::shared_ptr<Session>> SessionRegistry::Reserve(
    std::string key, SessionOptions options, const LifetimeChange& lifetime,
    const std::shared_ptr<Building>& building) {
  MutexLock lock(&mutex_);
  if (draining_) {
    return WithRetry(
        Refusal(Reason::kServerStopping,
                "the server is stopping and takes no new sessions"),
        kRetryElsewhereNanos);
  }
  if (absl::Status status = memory_guard_.Check(); !status.ok()) return status;
  if (IdOf(key).empty()) key = NewKey(TenantOf(key));
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
  std::shared_ptr<Tenant> tenant = tenants_.Get(TenantOf(key));
  const auto waiting = building_.find(tenant->name());
  if (waiting != building_.end() && waiting->second >= kMaxBuilding) {
    return Refusal(Reason::kLimitReached,
                   absl::StrCat(waiting->second,
                                " networks are waiting to be built; at most ",
                                kMaxBuilding, " are allowed"));
  }
  auto claim = SessionClaim::Make(tenant);
  if (!claim.ok()) return claim.status();
  ++building_[tenant->name()];
  auto session = std::make_shared<Session>(
      key, options,
      Session::Environment{
          clock_, scheduler_, statistics_, limits_.history_bytes, &loads_,
          [this, key](int64_t bytes) { return ReserveMore(key, bytes); },
          tenant, &memory_guard_, history_,
          [this, tenant](int64_t bytes, const std::string& what) {
            return TakeMemory(tenant, bytes, what);
          }});
  session->SetBuilding(building->progress);
  session->lifetime()->Change(lifetime);
  session->lifetime()->BeginUse();  // until it is built
  places_[key] = {session, 0, *std::move(claim), building};
  return session;
}

void SessionRegistry::EndBuilding(const std::string& tenant) {
  const auto it = building_.find(tenant);
  if (--it->second == 0) building_.erase(it);
}

absl::Status SessionRegistry::ReserveMemory(const std::string& key,
                                            const Estimate& estimate,
                                            double spec_bytes) {
  MutexLock lock(&mutex_);
  const int64_t free = FreeBytes();
  // As floating-point numbers: an estimate may pass 2^63.
  if (estimate.build_bytes + spec_bytes > static_cast<double>(free)) {
    return Refusal(
        Reason::kLimitReached,
        absl::StrCat("the network needs about ", Megabytes(estimate.bytes),
                     ", and ", Megabytes(estimate.build_bytes + spec_bytes),
                     " while it is built; ",
                     Megabytes(static_cast<double>(std::max<int64_t>(free, 0))),
                     " are free of the server's limit of ",
                     Megabytes(static_cast<double>(limits_.memory_bytes))));
  }
  Place& place = places_[key];
  absl::Status status = place.claim->ClaimNetwork(estimate);
  if (!status.ok()) return status;
  place.network_bytes = static_cast<int64_t>(estimate.bytes);
  place.bytes = place.network_bytes;
  memory_bytes_ += place.bytes;
  return status;
}

absl::Status SessionRegistry::ReserveMore(const std::string& key,
                                          int64_t bytes) {
  if (bytes > 0) {
    if (absl::Status status = memory_guard_.Check(); !status.ok()) {
      return status;
    }
  }
  MutexLock lock(&mutex_);
  const int64_t free = FreeBytes();
  if (bytes > std::max<int64_t>(free, 0)) {
    return Refusal(
        Reason::kLimitReached,
        absl::StrCat("the changes need about ",
                     Megabytes(static_cast<double>(bytes)), "; ",
                     Megabytes(static_cast<double>(std::max<int64_t>(free, 0))),
                     " are free of the server's limit of ",
                     Megabytes(static_cast<double>(limits_.memory_bytes))));
  }
  const auto it = places_.find(key);
  if (it == places_.end()) return absl::OkStatus();  // it is being deleted
  absl::Status claimed = it->second.claim->ClaimMore(bytes);
  if (!claimed.ok()) return claimed;
  it->second.bytes += bytes;
  memory_bytes_ += bytes;
  return absl::OkStatus();
}

void SessionRegistry::Remove(const std::string& key) {
  MutexLock lock(&mutex_);
  const auto it = places_.find(key);
  if (it == places_.end()) return;
  memory_bytes_ -= it->second.bytes;
  places_.erase(it);
}

absl::StatusOr<std::shared_ptr<Session>> SessionRegistry::Find(
    const std::string& key) const {
  MutexLock lock(&mutex_);
  const auto it = places_.find(key);
  if (it == places_.end()) return NotFound(IdOf(key));
  it->second.session->lifetime()->Touch();
  return it->second.session;
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

void SessionRegistry::Delete(const std::string& key, Done done) {
  auto session = Find(key);
  if (!session.ok()) {
    Outcome outcome;
    outcome.status = session.status();
    return done(std::move(outcome));
  }
  if ((*session)->built() == nullptr && DeleteUnbuilt(key, done)) return;
  {
    MutexLock lock(&mutex_);
    const auto it = places_.find(key);
    if (it != places_.end() && it->second.editing != nullptr) {
      it->second.editing->Cancel();
    }
  }
  // The session answers NOT_FOUND to the second of two deletions.
  (*session)->Post(DeleteCommand{},
                   [this, key, done = std::move(done)](Outcome outcome) {
                     if (outcome.status.ok()) {
                       Remove(key);
                       statistics_->sessions_deleted.Add();
                     }
                     done(std::move(outcome));
                   });
}

bool SessionRegistry::DeleteUnbuilt(const std::string& key, Done& done) {
  std::shared_ptr<Session> session;
  std::function<void(CreateResult)> create_done;
  {
    MutexLock lock(&mutex_);
    const auto it = places_.find(key);
    if (it == places_.end()) return false;
    const std::shared_ptr<Building>& building = it->second.building;
    if (building != nullptr && building->begun) {
      building->progress->Cancel();
      building->deletions.push_back(std::move(done));
      return true;
    }
    if (building == nullptr && it->second.failed_nanos == 0) return false;
    if (building != nullptr) {
      building->deleted = true;
      EndBuilding(TenantOf(key));
      create_done = std::move(building->done);
      statistics_->builds_cancelled.Add();
    }
    session = it->second.session;
    places_.erase(it);
  }
  session->Abandon();
  if (create_done != nullptr) {
    CreateResult result;
    result.status = Refusal(Reason::kCancelled,
                            absl::StrCat("session \"sessions/", IdOf(key),
                                         "\" was deleted before it was built"));
    create_done(std::move(result));
  }
  statistics_->sessions_deleted.Add();
  Outcome outcome;
  outcome.session = session->status();
  done(std::move(outcome));
  return true;
}

void SessionRegistry::DeleteExpired() {
  std::vector<std::pair<std::string, Counter*>> ended;
  {
    const int64_t now = clock_->NowNanos();
    MutexLock lock(&mutex_);
    for (const auto& [key, place] : places_) {
      const SessionLifetime::End end = place.session->lifetime()->Check();
      if (end == SessionLifetime::End::kIdle) {
        ended.emplace_back(key, &statistics_->sessions_idle);
      } else if (end == SessionLifetime::End::kExpired) {
        ended.emplace_back(key, &statistics_->sessions_expired);
      } else if (place.failed_nanos > 0 &&
                 now - place.failed_nanos >= kKeepFailedNanos) {
        ended.emplace_back(key, nullptr);
      }
    }
  }
  for (const auto& [key, counter] : ended) {
    Delete(key, [counter = counter](const Outcome& outcome) {
      if (outcome.status.ok() && counter != nullptr) counter->Add();
    });
  }
  uploads_.DropExpired();
}

absl::StatusOr<MemoryReservation> SessionRegistry::TakeMemory(
    const std::shared_ptr<Tenant>& tenant, int64_t bytes,
    const std::string& what) {
  if (absl::Status status = memory_guard_.Check(); !status.ok()) return status;
  MutexLock lock(&mutex_);
  const int64_t free = FreeBytes();
  if (bytes > free) {
    return Refusal(
        Reason::kLimitReached,
        absl::StrCat(what, " needs ", Megabytes(static_cast<double>(bytes)),
                     "; ",
                     Megabytes(static_cast<double>(std::max<int64_t>(free, 0))),
                     " are free of the server's limit of ",
                     Megabytes(static_cast<double>(limits_.memory_bytes))));
  }
  const auto amount = static_cast<double>(bytes);
  if (absl::Status status = tenant->Claim(Resource::kMemoryBytes, amount);
      !status.ok()) {
    return status;
  }
  *taken_bytes_ += bytes;
  return MemoryReservation([taken = taken_bytes_, tenant, bytes, amount] {
    tenant->Release(Resource::kMemoryBytes, amount);
    *taken -= bytes;
  });
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

int64_t SessionRegistry::memory_bytes() const {
  MutexLock lock(&mutex_);
  return memory_bytes_ + *taken_bytes_;
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
