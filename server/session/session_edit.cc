// SPDX-License-Identifier: Apache-2.0
//
// Session: another network in the place of its own. The state is lent to who
// computes what becomes of it, which may take long; meanwhile commands wait.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/change/change.h"
#include "server/session/session.h"

namespace spiked {

LendResult Session::Execute(const LendCommand&) {
  if (current_.state != SessionState::kPaused || advance_.has_value()) {
    return {MakeOutcome(NotInState("PAUSED"))};
  }
  ApplyDueChanges(*current_.built->network, state_);
  lent_ = true;
  return {MakeOutcome(absl::OkStatus()), &state_};
}

void Session::Return(std::optional<EditedNetwork> edited, Done done) {
  {
    MutexLock lock(&mutex_);
    returned_.emplace(std::move(edited), std::move(done));
  }
  environment_.scheduler->Wake(shared_from_this());
}

void Session::TakeBack() {
  std::optional<std::pair<std::optional<EditedNetwork>, Done>> returned;
  {
    MutexLock lock(&mutex_);
    returned.swap(returned_);
  }
  if (!returned.has_value()) return;
  lent_ = false;
  auto& [edited, done] = *returned;
  if (edited.has_value()) Replace(*std::move(edited));
  Publish();
  done(MakeOutcome(absl::OkStatus()));
}

void Session::Replace(EditedNetwork edited) {
  const int64_t revision = current_.built->revision + 1;
  probes_.clear();  // their readers see that the network is another one
  ++current_.epoch;
  ++current_.revision;
  edited.built->revision = revision;
  edited.built->spikes = MakeRing({current_.epoch, state_.step});
  if (edited.built->thread_count != current_.built->thread_count) {
    team_ = edited.built->thread_count > 1
                ? std::make_unique<ThreadTeam>(edited.built->thread_count)
                : nullptr;
  }
  state_ = std::move(edited.state);
  cost_ = StepCost();
  cost_.Estimate(edited.nanos_per_step);
  last_step_nanos_ = recent_step_nanos_ = edited.nanos_per_step;
  meter_.SetNeuronCount(edited.built->network->neuron_count);
  memory_bytes_ = edited.memory_bytes + changed_bytes_;
  current_.built = std::move(edited.built);
}

}  // namespace spiked
