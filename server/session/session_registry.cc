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

namespace spiked {
namespace {

// Networks that are built at the same time.
constexpr int kBuilderThreads = 1;

std::string Megabytes(int64_t bytes) {
  return absl::StrFormat("%.1f MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

SessionRegistry::SessionRegistry(SessionLimits limits, Clock* clock,
                                 Scheduler* scheduler, Statistics* statistics)
    : limits_(limits),
      clock_(clock),
      scheduler_(scheduler),
      statistics_(statistics),
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

void SessionRegistry::Create(std::string id, NetworkSpec spec,
                             SessionOptions options,
                             std::function<void(Creation)> done) {
  builders_.Post([this, id = std::move(id), spec = std::move(spec), options,
                  done = std::move(done)]() mutable {
    Creation creation;
    creation.violations = ValidateNetwork(spec, "network");
    if (!creation.violations.empty()) {
      creation.status = absl::InvalidArgumentError(creation.violations.Text());
      return done(std::move(creation));
    }
    if (id.empty()) {
      MutexLock lock(&mutex_);
      id = NewId();
    }
    auto session = std::make_shared<Session>(
        id, options,
        Session::Environment{clock_, scheduler_, statistics_,
                             limits_.history_bytes});
    creation.status = Reserve(id, session);
    if (creation.status.ok()) Build(session, spec, &creation);
    done(std::move(creation));
  });
}

void SessionRegistry::Build(const std::shared_ptr<Session>& session,
                            const NetworkSpec& spec, Creation* creation) {
  const Estimate estimate = EstimateNetwork(spec);
  const auto bytes = static_cast<int64_t>(estimate.bytes);
  creation->status = ReserveMemory(session->id(), bytes,
                                   static_cast<int64_t>(estimate.build_bytes));
  if (!creation->status.ok()) return Remove(session->id());
  auto network = Compile(spec);
  if (!network.ok()) {
    creation->status = network.status();
    return Remove(session->id());
  }
  session->Attach(*std::move(network), bytes);
  statistics_->sessions_created.Add();
  creation->session = session;
}

absl::Status SessionRegistry::Reserve(const std::string& id,
                                      std::shared_ptr<Session> session) {
  MutexLock lock(&mutex_);
  if (draining_) {
    return absl::UnavailableError(
        "the server is stopping and takes no new sessions");
  }
  if (places_.contains(id)) {
    return absl::AlreadyExistsError(
        absl::StrCat("session \"sessions/", id, "\" already exists"));
  }
  if (places_.size() >= static_cast<size_t>(limits_.max_sessions)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are ", places_.size(), " sessions; at most ",
                     limits_.max_sessions, " are allowed"));
  }
  places_[id] = {std::move(session), 0};
  return absl::OkStatus();
}

absl::Status SessionRegistry::ReserveMemory(const std::string& id,
                                            int64_t bytes, int64_t peak_bytes) {
  MutexLock lock(&mutex_);
  const int64_t free = limits_.memory_bytes - memory_bytes_;
  if (peak_bytes > free) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the network needs about ", Megabytes(bytes), ", and ",
                     Megabytes(peak_bytes), " while it is built; ",
                     Megabytes(std::max<int64_t>(free, 0)),
                     " are free of the server's limit of ",
                     Megabytes(limits_.memory_bytes)));
  }
  places_[id].bytes = bytes;
  memory_bytes_ += bytes;
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
