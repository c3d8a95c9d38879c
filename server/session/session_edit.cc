// SPDX-License-Identifier: Apache-2.0
//
// SessionBody: another network in the place of its own. Another thread computes
// the new network and its state, which may take long; meanwhile commands wait.

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "server/session/session_body.h"

namespace spiked {

std::optional<Outcome> SessionBody::Begin(const EditCommand& command,
                                          AnswerTo<EditCommand>& answer) {
  if (current_.state != SessionState::kPaused || advance_.has_value()) {
    return MakeOutcome(NotInState("PAUSED"));
  }
  edit_ = std::move(answer);
  shared_.edits.Begin(command.progress);
  command.begin(stepper_.BeginEdit(), network_memory_);
  return std::nullopt;
}

void SessionBody::EndEdit() {
  auto edited = shared_.edits.Take();
  if (!edited.has_value()) return;
  const AnswerTo<EditCommand> answer = *std::move(edit_);
  edit_.reset();
  const absl::Status status = edited->status();
  if (status.ok()) Replace(**std::move(edited));
  Publish();
  answer.done(MakeOutcome(status));
}

void SessionBody::Replace(EditedNetwork edited) {
  SessionNetwork& built = *edited.built;
  stepper_.Replace(*built.network, built.thread_count, std::move(edited.state),
                   edited.nanos_per_step, std::move(edited.team));
  current_.epoch = stepper_.epoch();
  ++current_.revision;
  built.revision = current_.built->revision + 1;
  built.spikes = MakeRing({current_.epoch, stepper_.step()});
  current_.built = std::move(edited.built);

  cost_ = StepCost();
  cost_.Estimate(edited.nanos_per_step);
  last_step_nanos_ = recent_step_nanos_ = edited.nanos_per_step;
  meter_.SetNeuronCount(network().neuron_count);

  memory_bytes_ = edited.memory_bytes + changed_bytes_;
  edited.memory.Replace(std::move(network_memory_));
  network_memory_ = std::move(edited.memory);
}

std::shared_ptr<SpikeRing> SessionBody::MakeRing(
    SpikeRing::Position begin) const {
  SpikeRing::Options options;
  options.max_bytes = environment().history_bytes;
  options.budget = environment().history_budget;
  options.on_room = wake_;
  if (environment().ledger != nullptr) {
    options.memory_guard = environment().ledger->guard();
  }
  options.tenant = TenantOf(shared_.key);
  return std::make_shared<SpikeRing>(std::move(options), begin);
}

}  // namespace spiked
