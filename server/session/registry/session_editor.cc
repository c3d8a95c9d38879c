// SPDX-License-Identifier: Apache-2.0

#include "server/session/registry/session_editor.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "core/build/plan.h"
#include "core/change/carry_over.h"
#include "core/change/explicit_lists.h"
#include "server/base/status_payload.h"
#include "server/base/thrown.h"
#include "server/session/core_error.h"
#include "server/session/edit_exchange.h"
#include "server/session/network_memory.h"
#include "server/session/registry/build_memory.h"
#include "server/session/scheduling/thread_count.h"
#include "server/session/session_key.h"

namespace spiked {
namespace {

// One edit: what is asked for, and the mistakes in it.
class NetworkEdit {
 public:
  NetworkEdit(SessionRegistry* registry, std::shared_ptr<Session> session,
              EditSpec edit, UploadedLists uploads,
              std::shared_ptr<BuildProgress> progress)
      : registry_(registry),
        session_(std::move(session)),
        progress_(std::move(progress)),
        edit_(std::move(edit)),
        uploads_(std::move(uploads)) {}

  const std::shared_ptr<BuildProgress>& progress() const { return progress_; }
  Violations& violations() { return violations_; }

  // Builds the edited network and brings the state into it. `present` is the
  // memory of the network that is edited.
  absl::StatusOr<Session::EditedNetwork> Build(const State& state,
                                               const NetworkMemory& present);

 private:
  // The specification of the edited network; it may be invalid. `lists` gets
  // the memory of the uploaded lists in it.
  absl::StatusOr<EditedSpec> EditSpecification(const SessionNetwork& before,
                                               MemoryReservation* lists);
  // `spec_bytes`: of lists in the specification that are not reserved yet.
  absl::StatusOr<Session::EditedNetwork> BuildNetwork(
      EditedSpec edited, double spec_bytes, const SessionNetwork& before,
      const State& state, const NetworkMemory& present);

  SessionRegistry* const registry_;
  const std::shared_ptr<Session> session_;
  const std::shared_ptr<BuildProgress> progress_;
  EditSpec edit_;
  UploadedLists uploads_;  // until they are filled in
  Violations violations_;
};

absl::StatusOr<Session::EditedNetwork> NetworkEdit::Build(
    const State& state, const NetworkMemory& present) {
  const Session::Built before = session_->built();
  const auto uploaded = static_cast<double>(uploads_.bytes());
  MemoryReservation lists;
  auto edited = EditSpecification(*before, &lists);
  if (!edited.ok()) return edited.status();
  const double spec_bytes = ListedBytes(edited->spec) - uploaded;
  return BuildNetwork(*std::move(edited), spec_bytes, *before, state, present);
}

absl::StatusOr<EditedSpec> NetworkEdit::EditSpecification(
    const SessionNetwork& before, MemoryReservation* lists) {
  EditSpec edit = std::exchange(edit_, {});
  NetworkSpec add;
  add.projections = std::move(edit.projections);
  auto filled =
      std::exchange(uploads_, {})
          .FillIn(*registry_->ledger(), registry_->TenantFor(session_->key()),
                  *progress_, &add);
  if (!filled.ok()) return filled.status();
  *lists = *std::move(filled);
  edit.projections = std::move(add.projections);
  NetworkSpec spec = before.spec;
  RestoreExplicitLists(*before.network, &spec);
  return EditNetwork(spec, edit, "", &violations_);
}

absl::StatusOr<Session::EditedNetwork> NetworkEdit::BuildNetwork(
    EditedSpec edited, double spec_bytes, const SessionNetwork& before,
    const State& state, const NetworkMemory& present) {
  NetworkPlan plan;
  if (violations_.empty()) {
    plan = PlanEdited(edited, "add");
    violations_ = plan.violations;
  }
  if (!violations_.empty()) {
    return Refusal(Reason::kInvalidRequest, violations_.Text());
  }
  const int thread_count =
      ChooseThreadCount(session_->options().thread_count, plan,
                        registry_->limits().max_session_threads);
  Estimate estimate = EstimateNetwork(plan, thread_count);
  estimate.bytes += KeptListBytes(edited.spec);
  auto memory = NetworkMemory::ForEdit(
      *registry_->ledger(), registry_->TenantFor(session_->key()), estimate,
      estimate.build_bytes + spec_bytes, present);
  if (!memory.ok()) return memory.status();
  auto network = Compile(plan, thread_count, progress_.get());
  if (progress_->cancelled()) {
    return Refusal(
        Reason::kCancelled,
        absl::StrCat(
            "session \"sessions/", session_->id(),
            "\" was deleted, or its client went away, before it was edited"));
  }
  if (!network.ok()) return FromCore(network.status());
  std::unique_ptr<ThreadTeam> team;
  if (thread_count > 1) team = std::make_unique<ThreadTeam>(thread_count);
  const double nanos =
      TimeFirstSteps(**network, team.get(), registry_->clock());
  auto carried = CarryOver(*before.network, state, **network, edited.lineage);
  if (!carried.ok()) return FromCore(carried.status());
  DropExplicitLists(&edited.spec);
  return Session::EditedNetwork{
      std::make_shared<SessionNetwork>(*std::move(network),
                                       std::move(edited.spec), thread_count),
      *std::move(carried),
      nanos,
      static_cast<int64_t>(estimate.bytes),
      *std::move(memory),
      std::move(team)};
}

}  // namespace

void SessionEditor::Edit(const std::shared_ptr<Session>& session, EditSpec edit,
                         UploadedLists uploads,
                         std::function<void(EditResult)> done,
                         std::shared_ptr<const std::atomic<bool>> cancelled) {
  const auto work = std::make_shared<NetworkEdit>(
      registry_, session, std::move(edit), std::move(uploads),
      builder_->MakeProgress(std::move(cancelled)));
  EditCommand command;
  command.progress = work->progress();
  command.begin = [registry = registry_, builder = builder_, session, work](
                      const State& state, const NetworkMemory& present) {
    builder->Post(
        TenantOf(session->key()), [registry, session, work, &state, &present] {
          absl::StatusOr<EditedNetwork> edited;
          if (const auto thrown =
                  ThrownBy([&] { edited = work->Build(state, present); })) {
            edited = registry->BuildingThrew(session->key(), *thrown);
          }
          session->FinishEdit(std::move(edited));
        });
  };
  session->Post(std::move(command), [registry = registry_, work,
                                     done = std::move(done)](Outcome outcome) {
    if (outcome.status.ok()) registry->statistics()->network_edits.Add();
    EditResult result;
    result.status = outcome.status;
    result.violations = std::move(work->violations());
    result.outcome = std::move(outcome);
    done(std::move(result));
  });
}

}  // namespace spiked
