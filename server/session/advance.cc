// SPDX-License-Identifier: Apache-2.0

#include "server/session/advance.h"

#include "server/base/ceil_div.h"

namespace spiked {

OngoingAdvance::OngoingAdvance(AdvanceCommand command,
                               AnswerTo<AdvanceCommand> answer,
                               int64_t first_step)
    : command_(std::move(command)),
      answer_(std::move(answer)),
      first_step_(first_step),
      spikes_(command_.return_spikes ? std::make_shared<SpikeRun>() : nullptr) {
}

void OngoingAdvance::Add(const SpikeRun& run, int64_t step) {
  if (spikes_ != nullptr) {
    spikes_->steps.insert(spikes_->steps.end(), run.steps.begin(),
                          run.steps.end());
    spikes_->neurons.insert(spikes_->neurons.end(), run.neurons.begin(),
                            run.neurons.end());
  }
  if (command_.count_bin_steps == 0) return;
  const int64_t bins = CeilDiv(step - first_step_, command_.count_bin_steps);
  counts_.resize(bins * command_.count_groups.size());
  Count(run);
}

void OngoingAdvance::Count(const SpikeRun& run) {
  const int32_t* neurons = run.neurons.data();
  for (const SpikeRun::Step& step : run.steps) {
    const int64_t bin = (step.step - first_step_) / command_.count_bin_steps;
    CountSpikes<int32_t>({neurons, static_cast<size_t>(step.count)},
                         command_.count_groups,
                         counts_.data() + bin * command_.count_groups.size());
    neurons += step.count;
  }
}

void OngoingAdvance::Tell(int64_t step, AdvanceResult* result) {
  result->first_step = first_step_;
  result->completed_step_count = step - first_step_;
  result->spikes = std::move(spikes_);
  result->spike_counts = std::move(counts_);
}

}  // namespace spiked
