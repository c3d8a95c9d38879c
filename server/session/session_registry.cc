// SPDX-License-Identifier: Apache-2.0

#include "server/session/session_registry.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/compile.h"
#include "core/estimate.h"
#include "core/validate.h"
#include "server/session/thread_count.h"

namespace spiked {
namespace {

// Networks that are built at the same time.
constexpr int kBuilderThreads = 1;

std::string Megabytes(double bytes) {
  return absl::StrFormat("%.1f MB", bytes / 1e6);
}

}  // namespace

SessionRegistry::SessionRegistry(SessionLimits limits, Clock* clock,
                                 Scheduler* scheduler, Statistics* statistics)
    : limits_(limits),
      clock_(clock),
      scheduler_(scheduler),
      statistics_(statistics),
      history_(std::make_shared<HistoryBudget>(limits.history_total_bytes)),
      builders_(kBuilderThreads) {}

SessionRegistry::~SessionRegistry() = default;

bool SessionRegistry::IsSessionId(const std::string& id) {
  if (id.empty() || id.size() > 63 || !absl::ascii_islower(id[0]) ||
      id.back() == '-') {
    return false;
  }
  return std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

void SessionRegistry::Create(
    std::string id, NetworkSpec spec, SessionOptions options,
    std::function<void(Creation)> done,
    std::shared_ptr<const std::atomic<bool>> cancelled) {
  auto reserved = Reserve(std::move(id), options);
  if (!reserved.ok()) {
    Creation creation;
    creation.status = reserved.status();
    return done(std::move(creation));
  }
  builders_.Post([this, session = *std::move(reserved), spec = std::move(spec),
                  done = std::move(done), cancelled = std::move(cancelled)] {
    Creation creation;
    if (cancelled != nullptr && *cancelled) {
      creation.status = absl::CancelledError("the client went away");
    } else {
      Build(session, spec, &creation);
    }
    {
      MutexLock lock(&mutex_);
      --building_;
    }
    if (!creation.status.ok()) {
      Remove(session->id());
      session->Abandon();
    }
    done(std::move(creation));
  });
}

void SessionRegistry::Build(const std::shared_ptr<Session>& session,
                            const NetworkSpec& spec, Creation* creation) {
  creation->violations = ValidateNetwork(spec, "network");
  if (!creation->violations.empty()) {
    creation->status = absl::InvalidArgumentError(creation->violations.Text());
    return;
  }
  const Estimate estimate = EstimateNetwork(spec);
  creation->status = ReserveMemory(session->id(), estimate);
  if (!creation->status.ok()) return;
  const int thread_count = ChooseThreadCount(
      session->options().thread_count, estimate, limits_.max_session_threads);
  auto network = Compile(spec, thread_count);
  if (!network.ok()) {
    creation->status = network.status();
    return;
  }
  session->Attach(*std::move(network), static_cast<int64_t>(estimate.bytes),
                  thread_count);
  statistics_->sessions_created.Add();
  creation->session = session;
}

absl::StatusOr<std::shared_ptr<Session>> SessionRegistry::Reserve(
    std::string id, SessionOptions options) {
  MutexLock lock(&mutex_);
  if (draining_) {
    return absl::UnavailableError(
        "the server is stopping and takes no new sessions");
  }
  if (id.empty()) id = NewId();
  if (places_.contains(id)) {
    return absl::AlreadyExistsError(
        absl::StrCat("session \"sessions/", id, "\" already exists"));
  }
  if (places_.size() >= static_cast<size_t>(limits_.max_sessions)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are ", places_.size(), " sessions; at most ",
                     limits_.max_sessions, " are allowed"));
  }
  if (building_ >= kMaxBuilding) {
    return absl::ResourceExhaustedError(
        absl::StrCat(building_, " networks are waiting to be built; at most ",
                     kMaxBuilding, " are allowed"));
  }
  ++building_;
  auto session = std::make_shared<Session>(
      id, options,
      Session::Environment{clock_, scheduler_, statistics_,
                           limits_.history_bytes, history_});
  places_[id] = {session, 0};
  return session;
}

absl::Status SessionRegistry::ReserveMemory(const std::string& id,
                                            const Estimate& estimate) {
  MutexLock lock(&mutex_);
  const int64_t free = limits_.memory_bytes - memory_bytes_;
  // As floating-point numbers: an estimate may pass 2^63.
  if (estimate.build_bytes > static_cast<double>(free)) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the network needs about ", Megabytes(estimate.bytes), ", and ",
        Megabytes(estimate.build_bytes), " while it is built; ",
        Megabytes(static_cast<double>(std::max<int64_t>(free, 0))),
        " are free of the server's limit of ",
        Megabytes(static_cast<double>(limits_.memory_bytes))));
  }
  places_[id].bytes = static_cast<int64_t>(estimate.bytes);
  memory_bytes_ += places_[id].bytes;
  return absl::OkStatus();
}

void SessionRegistry::Remove(const std::string& id) {
  MutexLock lock(&mutex_);
  const auto it = places_.find(id);
  if (it == places_.end()) return;
  memory_bytes_ -= it->second.bytes;
  places_.erase(it);
}

absl::StatusOr<std::shared_ptr<Session>> SessionRegistry::Find(
    const std::string& id) const {
  MutexLock lock(&mutex_);
  const auto it = places_.find(id);
  if (it == places_.end()) {
    return absl::NotFoundError(
        absl::StrCat("session \"sessions/", id, "\" not found"));
  }
  return it->second.session;
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

void SessionRegistry::Delete(const std::string& id, Done done) {
  auto session = Find(id);
  if (!session.ok()) {
    Outcome outcome;
    outcome.status = session.status();
    return done(std::move(outcome));
  }
  // The session answers NOT_FOUND to the second of two deletions.
  (*session)->Post(DeleteCommand{},
                   [this, id, done = std::move(done)](Outcome outcome) {
                     if (outcome.status.ok()) {
                       Remove(id);
                       statistics_->sessions_deleted.Add();
                     }
                     done(std::move(outcome));
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
  return memory_bytes_;
}

int SessionRegistry::session_count() const {
  MutexLock lock(&mutex_);
  return static_cast<int>(places_.size());
}

std::string SessionRegistry::NewId() {
  static std::random_device random;
  std::string id;
  do {
    id = absl::StrFormat("s-%08x", random());
  } while (places_.contains(id));
  return id;
}

}  // namespace spiked
