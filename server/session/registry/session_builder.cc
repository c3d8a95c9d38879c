// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/session_builder.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "core/build/plan.h"
#include "core/change/explicit_lists.h"
#include "server/base/status_payload.h"
#include "server/base/thrown.h"
#include "server/session/core_error.h"
#include "server/session/network_memory.h"
#include "server/session/registry/build_memory.h"
#include "server/session/registry/clients_progress.h"
#include "server/session/registry/session_creation.h"
#include "server/session/scheduling/thread_count.h"
#include "server/session/session_key.h"

namespace spiked {
namespace {

// Networks that are built at the same time.
constexpr int kBuilderThreads = 1;

// The text that a session that could not be built says: enough for a person.
std::string Shorten(absl::string_view text) {
  constexpr size_t kMax = 4000;
  if (text.size() <= kMax) return std::string(text);
  return absl::StrCat(text.substr(0, kMax), "...");
}

// The creation of one session: waits in the builder's queue, then runs on its
// thread.
class SessionBuild : public SessionCreation {
 public:
  using CreateResult = SessionBuilder::CreateResult;

  // `done` is null if its caller has its answer at once.
  SessionBuild(SessionRegistry* registry,
               std::shared_ptr<BuildProgress> progress, NetworkSpec spec,
               SessionCare care, std::function<void(CreateResult)> done)
      : registry_(registry),
        progress_(std::move(progress)),
        return_at_once_(care.return_at_once),
        spec_(std::move(spec)),
        uploads_(std::move(care.uploads)),
        done_(std::move(done)) {}

  void SetSession(std::shared_ptr<Session> session) override {
    session_ = std::move(session);
    use_ = SessionUse(session_->lifetime());
  }
  std::shared_ptr<const BuildProgress> progress() const override {
    return progress_;
  }
  bool GiveUp(Done& done) override;

  // On the builder's thread.
  void Run();

 private:
  // Builds the network and gives it to the session.
  absl::Status Build(Violations* violations);
  // `spec_bytes`: of lists in the specification that are not reserved yet.
  absl::Status BuildNetwork(double spec_bytes, Violations* violations);
  absl::Status Cancelled() const;
  void End(CreateResult result);
  // Answers the deletions that came while the network was built.
  void AnswerDeletions(std::vector<Done> deletions, bool built);

  SessionRegistry* const registry_;
  const std::shared_ptr<BuildProgress> progress_;
  const bool return_at_once_;
  std::shared_ptr<Session> session_;
  SessionUse use_;         // until the building is over
  NetworkSpec spec_;       // until the network is built
  UploadedLists uploads_;  // until they are filled in

  enum class Stage {
    kWaiting,
    kBuilding,
    kFailed,  // and the session stays to say so
    kOver     // the session is built, or gone
  };
  Mutex mutex_;
  Stage stage_ ABSL_GUARDED_BY(mutex_) = Stage::kWaiting;
  std::function<void(CreateResult)> done_ ABSL_GUARDED_BY(mutex_);
  std::vector<Done> deletions_ ABSL_GUARDED_BY(mutex_);
};

void SessionBuild::Run() {
  {
    MutexLock lock(&mutex_);
    if (stage_ != Stage::kWaiting) return;
    stage_ = Stage::kBuilding;
  }
  CreateResult result;
  if (const auto thrown =
          ThrownBy([&] { result.status = Build(&result.violations); })) {
    spec_ = NetworkSpec();
    result.status = registry_->BuildingThrew(session_->key(), *thrown);
  }
  if (result.status.ok()) result.session = session_;
  End(std::move(result));
}

absl::Status SessionBuild::Build(Violations* violations) {
  const double spec_bytes = ListedBytes(spec_);
  const auto lists =
      std::exchange(uploads_, {})
          .FillIn(*registry_->ledger(), registry_->TenantFor(session_->key()),
                  *progress_, &spec_);
  absl::Status status =
      lists.ok() ? BuildNetwork(spec_bytes, violations) : lists.status();
  spec_ = NetworkSpec();  // before its memory is said to be free
  return status;
}

absl::Status SessionBuild::BuildNetwork(double spec_bytes,
                                        Violations* violations) {
  if (progress_->cancelled()) return Cancelled();
  progress_->Begin(BuildProgress::Phase::kValidating);
  NetworkPlan plan = Plan(spec_);
  if (!plan.violations.empty()) {
    *violations = std::move(plan.violations);
    return Refusal(Reason::kInvalidRequest, violations->Text());
  }
  const int thread_count =
      ChooseThreadCount(session_->options().thread_count, plan,
                        registry_->limits().max_session_threads);
  Estimate estimate = EstimateNetwork(plan, thread_count);
  estimate.bytes += KeptListBytes(spec_);
  auto memory = NetworkMemory::ForNew(
      *registry_->ledger(), registry_->TenantFor(session_->key()), estimate,
      estimate.build_bytes + spec_bytes);
  if (!memory.ok()) return memory.status();
  auto network = Compile(plan, thread_count, progress_.get());
  if (progress_->cancelled()) return Cancelled();
  if (!network.ok()) return FromCore(network.status());
  DropExplicitLists(&spec_);
  session_->Attach(*std::move(network), static_cast<int64_t>(estimate.bytes),
                   thread_count, std::move(spec_), *std::move(memory));
  registry_->statistics()->sessions_created.Add();
  return absl::OkStatus();
}

absl::Status SessionBuild::Cancelled() const {
  return Refusal(
      Reason::kCancelled,
      absl::StrCat("session \"sessions/", session_->id(),
                   "\" was deleted, or its client went away, before it was "
                   "built"));
}

void SessionBuild::End(CreateResult result) {
  const bool built = result.status.ok();
  bool keep = !built && return_at_once_;
  if (keep) session_->FailBuilding(Shorten(result.status.message()));
  std::function<void(CreateResult)> done;
  std::vector<Done> deletions;
  {
    MutexLock lock(&mutex_);
    done = std::move(done_);
    deletions = std::move(deletions_);
    keep = keep && deletions.empty();
    stage_ = keep ? Stage::kFailed : Stage::kOver;
  }
  if (built) {
    registry_->EndCreation(*session_);
  } else if (keep) {
    registry_->KeepFailed(*session_);
  } else {
    registry_->Remove(*session_);
  }
  use_ = SessionUse();
  if (!built) {
    Statistics& statistics = *registry_->statistics();
    (absl::IsCancelled(result.status) ? statistics.builds_cancelled
                                      : statistics.builds_failed)
        .Add();
    if (!keep) session_->Abandon();
  }
  if (done != nullptr) done(std::move(result));
  AnswerDeletions(std::move(deletions), built);
}

void SessionBuild::AnswerDeletions(std::vector<Done> deletions, bool built) {
  for (size_t i = 0; i < deletions.size(); ++i) {
    if (built) {  // before it noticed: deleted like any other
      registry_->Delete(session_->key(), std::move(deletions[i]),
                        session_->incarnation_id());
      continue;
    }
    Outcome outcome;
    outcome.session = session_->status();
    if (i == 0) {
      registry_->statistics()->sessions_deleted.Add();
    } else {
      outcome.status = SessionRegistry::NotFound(session_->key());
    }
    deletions[i](std::move(outcome));
  }
}

bool SessionBuild::GiveUp(Done& done) {
  std::function<void(CreateResult)> create_done;
  bool failed = false;
  {
    MutexLock lock(&mutex_);
    if (stage_ == Stage::kOver) return false;
    if (stage_ == Stage::kBuilding) {
      progress_->Cancel();
      deletions_.push_back(std::move(done));
      return true;
    }
    failed = stage_ == Stage::kFailed;
    stage_ = Stage::kOver;
    create_done = std::move(done_);
  }
  registry_->Remove(*session_);
  session_->Abandon();
  if (!failed) registry_->statistics()->builds_cancelled.Add();
  if (create_done != nullptr) {
    CreateResult result;
    result.status = Refusal(Reason::kCancelled,
                            absl::StrCat("session \"sessions/", session_->id(),
                                         "\" was deleted before it was built"));
    create_done(std::move(result));
  }
  registry_->statistics()->sessions_deleted.Add();
  Outcome outcome;
  outcome.session = session_->status();
  done(std::move(outcome));
  return true;
}

}  // namespace

SessionBuilder::SessionBuilder(SessionRegistry* registry)
    : registry_(registry), executor_(kBuilderThreads) {}

SessionBuilder::~SessionBuilder() { *stopping_ = true; }

std::shared_ptr<BuildProgress> SessionBuilder::MakeProgress(
    std::shared_ptr<const std::atomic<bool>> gone) const {
  return std::make_shared<ClientsProgress>(std::move(gone), stopping_);
}

void SessionBuilder::Create(std::string key, NetworkSpec spec,
                            SessionOptions options,
                            std::function<void(CreateResult)> done,
                            std::shared_ptr<const std::atomic<bool>> cancelled,
                            SessionCare care) {
  const bool return_at_once = care.return_at_once;
  const LifetimeChange lifetime = std::move(care.lifetime);
  const auto build = std::make_shared<SessionBuild>(
      registry_, MakeProgress(std::move(cancelled)), std::move(spec),
      std::move(care), return_at_once ? nullptr : done);
  const auto session = registry_->Add(std::move(key), options, lifetime, build);
  CreateResult result;
  if (!session.ok()) {
    result.status = session.status();
    return done(std::move(result));
  }
  if (return_at_once) {
    result.session = *session;
    done(std::move(result));
  }
  executor_.Post([build] { build->Run(); }, TenantOf((*session)->key()));
}

}  // namespace spiked
