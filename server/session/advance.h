// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_ADVANCE_H_
#define SPIKED_SERVER_SESSION_ADVANCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "server/session/command.h"
#include "server/session/history/spike_ring.h"

namespace spiked {

// An AdvanceCommand in progress, with the spikes and counts collected so far.
// Used by the session's worker only.
class OngoingAdvance {
 public:
  OngoingAdvance(AdvanceCommand command, AnswerTo<AdvanceCommand> answer,
                 int64_t first_step);

  const AdvanceCommand& command() const { return command_; }
  int64_t end_step() const { return first_step_ + command_.step_count; }
  // Whether the answer has as many spikes as it may have.
  bool full() const {
    return spikes_ != nullptr && spikes_->neurons.size() >= kMaxReturnedSpikes;
  }

  // Adds the spikes of further steps, which end at `step` (exclusive).
  void Add(const SpikeRun& run, int64_t step);

  // Fills in the parts of the result that the command asked for, when the
  // session is at `step`.
  void Tell(int64_t step, AdvanceResult* result);
  void Finish(AdvanceResult result) { answer_.done(std::move(result)); }

  static constexpr size_t kMaxReturnedSpikes = 500'000;

 private:
  void Count(const SpikeRun& run);

  AdvanceCommand command_;
  AnswerTo<AdvanceCommand> answer_;
  int64_t first_step_;
  std::shared_ptr<SpikeRun> spikes_;  // null: not asked for
  std::vector<int32_t> counts_;       // [bins so far, groups]
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_ADVANCE_H_
