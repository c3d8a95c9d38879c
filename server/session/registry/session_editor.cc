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
#include "server/base/owner_turns.h"
#include "server/base/status_payload.h"
#include "server/base/thrown.h"
#include "server/session/core_error.h"
#include "server/session/edit_exchange.h"
#include "server/session/network_memory.h"
#include "server/session/registry/build_memory.h"
#include "server/session/scheduling/thread_count.h"
#include "server/session/session_key.h"
#include "server/session/session_lifetime.h"

namespace spiked {
namespace {

// One edit: what is asked for, and the mistakes in it.
//
// It waits for the builder first, and only then does the session lend its
// state, so that a session's commands wait for their own edit, and not for all
// networks that are to be built before it. No thread waits for the session to
// lend the state: when it does, the builder goes on with the edit before it
// begins anything else.
class NetworkEdit : public std::enable_shared_from_this<NetworkEdit> {
 public:
  NetworkEdit(SessionRegistry* registry,
              const std::shared_ptr<Session>& session, EditSpec edit,
              UploadedLists uploads, std::shared_ptr<BuildProgress> progress)
      : registry_(registry),
        key_(session->key()),
        session_(session),
        progress_(std::move(progress)),
        edit_(std::move(edit)),
        uploads_(std::move(uploads)) {}

  Violations& violations() { return violations_; }

  // The builder's turn has come: asks the session to lend its state. The turn
  // is over when `done` has been called.
  void Begin(const std::shared_ptr<OwnerTurns::Turn>& turn, Done done);

 private:
  absl::Status Cancelled() const;
  // Builds on the builder's thread what the session goes on with.
  void Run(Session& session, const State& state, const NetworkMemory& present);
  // Builds the edited network and brings the state into it. `present` is the
  // memory of the network that is edited.
  absl::StatusOr<Session::EditedNetwork> Build(const Session& session,
                                               const State& state,
                                               const NetworkMemory& present);
  // The specification of the edited network; it may be invalid. `lists` gets
  // the memory of the uploaded lists in it.
  absl::StatusOr<EditedSpec> EditSpecification(const SessionNetwork& before,
                                               MemoryReservation* lists);
  // `spec_bytes`: of lists in the specification that are not reserved yet.
  absl::StatusOr<Session::EditedNetwork> BuildNetwork(
      EditedSpec edited, double spec_bytes, int wanted_threads,
      const SessionNetwork& before, const State& state,
      const NetworkMemory& present);

  SessionRegistry* const registry_;
  const std::string key_;
  const std::weak_ptr<Session> session_;  // it may hold this in a letter
  const std::shared_ptr<BuildProgress> progress_;
  EditSpec edit_;
  UploadedLists uploads_;  // until they are filled in
  Violations violations_;
};

void NetworkEdit::Begin(const std::shared_ptr<OwnerTurns::Turn>& turn,
                        Done done) {
  const std::shared_ptr<Session> session = session_.lock();
  if (session == nullptr || progress_->cancelled()) {
    Outcome outcome;
    outcome.status = Cancelled();
    return done(std::move(outcome));
  }
  const auto self = shared_from_this();
  EditCommand command;
  command.progress = progress_;
  // The session holds its answer, and with it the turn, until the edit is over.
  command.begin = [self, turn = std::weak_ptr<OwnerTurns::Turn>(turn)](
                      const State& state, const NetworkMemory& present) {
    const auto lender = self->session_.lock();  // it calls this
    turn.lock()->Post([self, lender, &state, &present] {
      self->Run(*lender, state, present);
    });
  };
  session->Post(std::move(command), [self, turn,
                                     done = std::move(done)](Outcome outcome) {
    if (outcome.status.ok()) {
      self->registry_->statistics()->network_edits.Add();
    } else if (ReasonOf(outcome.status) == Reason::kSessionNotFound) {
      outcome.status = self->Cancelled();  // it waited for this
    }
    done(std::move(outcome));
  });
}

absl::Status NetworkEdit::Cancelled() const {
  return Refusal(
      Reason::kCancelled,
      absl::StrCat(
          "session \"sessions/", IdOf(key_),
          "\" was deleted, or its client went away, before it was edited"));
}

void NetworkEdit::Run(Session& session, const State& state,
                      const NetworkMemory& present) {
  absl::StatusOr<Session::EditedNetwork> edited;
  if (const auto thrown =
          ThrownBy([&] { edited = Build(session, state, present); })) {
    edited = registry_->BuildingThrew(key_, *thrown);
  }
  session.FinishEdit(std::move(edited));
}

absl::StatusOr<Session::EditedNetwork> NetworkEdit::Build(
    const Session& session, const State& state, const NetworkMemory& present) {
  const Session::Built before = session.built();
  const auto uploaded = static_cast<double>(uploads_.bytes());
  MemoryReservation lists;
  auto edited = EditSpecification(*before, &lists);
  if (!edited.ok()) return edited.status();
  const double spec_bytes = ListedBytes(edited->spec) - uploaded;
  return BuildNetwork(*std::move(edited), spec_bytes,
                      session.options().thread_count, *before, state, present);
}

absl::StatusOr<EditedSpec> NetworkEdit::EditSpecification(
    const SessionNetwork& before, MemoryReservation* lists) {
  EditSpec edit = std::exchange(edit_, {});
  NetworkSpec add;
  add.projections = std::move(edit.projections);
  auto filled = std::exchange(uploads_, {})
                    .FillIn(*registry_->ledger(), registry_->TenantFor(key_),
                            *progress_, &add);
  if (!filled.ok()) return filled.status();
  *lists = *std::move(filled);
  edit.projections = std::move(add.projections);
  NetworkSpec spec = before.spec;
  RestoreExplicitLists(*before.network, &spec);
  return EditNetwork(spec, edit, "", &violations_);
}

absl::StatusOr<Session::EditedNetwork> NetworkEdit::BuildNetwork(
    EditedSpec edited, double spec_bytes, int wanted_threads,
    const SessionNetwork& before, const State& state,
    const NetworkMemory& present) {
  NetworkPlan plan;
  if (violations_.empty()) {
    plan = PlanEdited(edited, *before.network, "add");
    violations_ = plan.violations;
  }
  if (!violations_.empty()) {
    return Refusal(Reason::kInvalidRequest, violations_.Text());
  }
  const int thread_count = ChooseThreadCount(
      wanted_threads, plan, registry_->limits().max_session_threads);
  Estimate estimate = EstimateNetwork(plan, thread_count);
  estimate.bytes += KeptListBytes(edited.spec);
  auto memory = NetworkMemory::ForEdit(
      *registry_->ledger(), registry_->TenantFor(key_), estimate,
      estimate.build_bytes + spec_bytes, present);
  if (!memory.ok()) return memory.status();
  auto network = Compile(plan, thread_count, progress_.get());
  if (progress_->cancelled()) return Cancelled();
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

// Answers an edit that has no place.
void RefuseEdit(const absl::Status& status,
                const std::function<void(SessionEditor::EditResult)>& done) {
  SessionEditor::EditResult result;
  result.status = result.outcome.status = status;
  done(std::move(result));
}

}  // namespace

void SessionEditor::Edit(const std::shared_ptr<Session>& session, EditSpec edit,
                         UploadedLists uploads,
                         std::function<void(EditResult)> done,
                         std::shared_ptr<const std::atomic<bool>> cancelled) {
  auto place = registry_->TakeEditPlace(session->key());
  if (!place.ok()) return RefuseEdit(place.status(), done);
  const auto work = std::make_shared<NetworkEdit>(
      registry_, session, std::move(edit), std::move(uploads),
      builder_->MakeProgress(std::move(cancelled)));
  // A session whose edit waits is in use. It may be deleted meanwhile, and then
  // takes no memory.
  const auto use = std::make_shared<SessionUse>(session->lifetime());
  builder_->PostEdit(
      TenantOf(session->key()),
      [work, use, place = *std::move(place),
       done = std::move(done)](const std::shared_ptr<OwnerTurns::Turn>& turn) {
        work->Begin(turn, [place, work, done](Outcome outcome) {
          EditResult result;
          result.status = outcome.status;
          result.violations = std::move(work->violations());
          result.outcome = std::move(outcome);
          done(std::move(result));
        });
      });
}

}  // namespace spiked
