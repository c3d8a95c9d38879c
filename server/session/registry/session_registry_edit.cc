// SPDX-License-Identifier: Apache-2.0
//
// SessionRegistry: edits of a session's network. The session lends its state,
// the edited network is built, the state is brought into it, and the session
// goes on with both; or, if anything is wrong, with what it had.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/build/compile.h"
#include "core/change/carry_over.h"
#include "core/change/explicit_lists.h"
#include "server/base/status_payload.h"
#include "server/session/core_error.h"
#include "server/session/registry/build_memory.h"
#include "server/session/registry/clients_progress.h"
#include "server/session/registry/session_registry.h"
#include "server/session/scheduling/thread_count.h"
#include "server/session/session_key.h"

namespace spiked {

struct SessionRegistry::Editing {
  std::shared_ptr<Session> session;
  EditSpec edit;
  UploadedLists uploads;
  std::shared_ptr<BuildProgress> progress;
  std::function<void(EditResult)> done;
  const State* state = nullptr;  // lent

  EditedSpec edited;
  MemoryReservation lists;  // of uploads, in `edited`
  double listed_bytes = 0;  // of all lists that aren't reserved
  Estimate estimate;
  bool has_reserved = false;
  EditResult result;
};

void SessionRegistry::Edit(const std::shared_ptr<Session>& session,
                           EditSpec edit, UploadedLists uploads,
                           std::function<void(EditResult)> done,
                           std::shared_ptr<const std::atomic<bool>> cancelled) {
  auto editing = std::make_shared<Editing>();
  editing->session = session;
  editing->edit = std::move(edit);
  editing->uploads = std::move(uploads);
  editing->progress = std::make_shared<ClientsProgress>(std::move(cancelled));
  editing->done = std::move(done);
  session->lifetime()->BeginUse();
  session->Post(LendCommand{}, [this, editing](const LendResult& lent) {
    if (!lent.status.ok()) {
      editing->session->lifetime()->EndUse();
      editing->result.status = lent.status;
      return editing->done(std::move(editing->result));
    }
    editing->state = lent.lent;
    {
      MutexLock lock(&mutex_);
      const auto it = places_.find(editing->session->key());
      if (it != places_.end()) it->second.editing = editing->progress;
    }
    builders_.Post([this, editing] { RunEdit(editing); },
                   TenantOf(editing->session->key()));
  });
}

void SessionRegistry::RunEdit(const std::shared_ptr<Editing>& editing) {
  std::optional<Session::EditedNetwork> edited = BuildEdited(*editing);
  editing->edited = {};  // before anybody is told that the memory is free
  editing->lists = {};
  const bool ok = edited.has_value();
  editing->session->Return(std::move(edited),
                           [this, editing, ok](Outcome outcome) {
                             EndEdit(*editing, ok);
                             if (ok) statistics_->network_edits.Add();
                             editing->session->lifetime()->EndUse();
                             editing->result.outcome = std::move(outcome);
                             editing->done(std::move(editing->result));
                           });
}

std::optional<Session::EditedNetwork> SessionRegistry::BuildEdited(
    Editing& editing) {
  const Session& session = *editing.session;
  absl::Status& status = editing.result.status;
  Violations& violations = editing.result.violations;
  const Session::Built before = session.built();
  const auto uploaded = static_cast<double>(editing.uploads.bytes());
  {
    NetworkSpec add;
    add.projections = std::move(editing.edit.projections);
    status = FillInUploads(session.key(), std::exchange(editing.uploads, {}),
                           *editing.progress, &add, &editing.lists);
    if (!status.ok()) return std::nullopt;
    editing.edit.projections = std::move(add.projections);
  }
  NetworkSpec spec = before->spec;
  RestoreExplicitLists(*before->network, &spec);
  editing.edited = EditNetwork(spec, editing.edit, "", &violations);
  spec = {};
  editing.edit = {};
  NetworkPlan plan;
  if (violations.empty()) {
    plan = PlanEdited(editing.edited, "add");
    violations = plan.violations;
  }
  if (!violations.empty()) {
    status = Refusal(Reason::kInvalidRequest, violations.Text());
    return std::nullopt;
  }
  const int thread_count = ChooseThreadCount(session.options().thread_count,
                                             plan, limits_.max_session_threads);
  editing.estimate = EstimateNetwork(plan, thread_count);
  editing.estimate.bytes += KeptListBytes(editing.edited.spec);
  editing.listed_bytes = ListedBytes(editing.edited.spec) - uploaded;
  status = ReserveEdit(editing);
  if (!status.ok()) return std::nullopt;
  auto network = Compile(plan, thread_count, editing.progress.get());
  if (editing.progress->cancelled()) {
    status = Refusal(
        Reason::kCancelled,
        absl::StrCat(
            "session \"sessions/", session.id(),
            "\" was deleted, or its client went away, before it was edited"));
    return std::nullopt;
  }
  if (!network.ok()) {
    status = FromCore(network.status());
    return std::nullopt;
  }
  std::unique_ptr<ThreadTeam> team;
  if (thread_count > 1) team = std::make_unique<ThreadTeam>(thread_count);
  const double nanos = TimeFirstSteps(**network, team.get(), clock_);
  auto state = CarryOver(*before->network, *editing.state, **network,
                         editing.edited.lineage);
  if (!state.ok()) {
    status = FromCore(state.status());
    return std::nullopt;
  }
  DropExplicitLists(&editing.edited.spec);
  return Session::EditedNetwork{
      std::make_shared<SessionNetwork>(
          *std::move(network), std::move(editing.edited.spec), thread_count),
      *std::move(state), nanos, static_cast<int64_t>(editing.estimate.bytes)};
}

// Both networks are there for a while.
absl::Status SessionRegistry::ReserveEdit(Editing& editing) {
  if (absl::Status status = memory_guard_.Check(); !status.ok()) return status;
  const double needed = editing.estimate.build_bytes + editing.listed_bytes;
  MutexLock lock(&mutex_);
  const int64_t free = FreeBytes();
  if (needed > static_cast<double>(free)) {
    return Refusal(
        Reason::kLimitReached,
        absl::StrCat("the edited network needs about ",
                     Megabytes(editing.estimate.bytes), ", and ",
                     Megabytes(needed),
                     " beside the one that it replaces while it is built; ",
                     Megabytes(static_cast<double>(std::max<int64_t>(free, 0))),
                     " are free of the server's limit of ",
                     Megabytes(static_cast<double>(limits_.memory_bytes))));
  }
  const auto it = places_.find(editing.session->key());
  if (it == places_.end()) {
    return Refusal(Reason::kCancelled, "it is being deleted");
  }
  absl::Status status = it->second.claim->BeginEdit(editing.estimate);
  if (!status.ok()) return status;
  const auto bytes = static_cast<int64_t>(editing.estimate.bytes);
  it->second.bytes += bytes;
  memory_bytes_ += bytes;
  editing.has_reserved = true;
  return absl::OkStatus();
}

void SessionRegistry::EndEdit(const Editing& editing, bool edited) {
  MutexLock lock(&mutex_);
  const auto it = places_.find(editing.session->key());
  if (it == places_.end() || it->second.session != editing.session) return;
  Place& place = it->second;
  place.editing = nullptr;
  if (!editing.has_reserved) return;
  place.claim->EndEdit(editing.estimate, edited);
  const auto bytes = static_cast<int64_t>(editing.estimate.bytes);
  const int64_t freed = edited ? place.network_bytes : bytes;
  if (edited) place.network_bytes = bytes;
  place.bytes -= freed;
  memory_bytes_ -= freed;
}

}  // namespace spiked
