// SPDX-License-Identifier: Apache-2.0
//
// Stimuli, compiled to steps and neurons, and the queue of those still to come.

#ifndef SPIKED_CORE_NETWORK_STIMULUS_H_
#define SPIKED_CORE_NETWORK_STIMULUS_H_

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/numbers/random.h"

namespace spiked {

// A step that is never reached.
inline constexpr int64_t kForever = int64_t{1} << 62;

// Switches plasticity of projections on or off: whether their weights change.
struct PlasticitySwitch {
  bool enabled = false;
  std::vector<int32_t> projections;  // indices; empty: all plastic ones
};

// An amount that is added to the dopamine concentration of projections.
struct DopaminePulse {
  double amount = 0;
  std::vector<int32_t> projections;  // indices; empty: all that take it
};

// Poisson spike trains (core/network/rate_stimulus.h).
struct RandomSpikes {
  double weight = 1;
  RandomStream stream = {};  // the population's
  int digit_count = 0;       // digits of the largest mean
};

// Amounts and the inputs to which they are added, shared by all stimuli that
// repeat them.
struct StimulusTargets {
  int population = 0;
  int receptor = 0;
  std::vector<int32_t> neurons;    // indices in the population
  std::vector<double> amplitudes;  // one for all neurons, or one for each

  // Set for rates: amplitudes are then mean numbers of spikes in one step, and
  // neurons ascend.
  std::optional<RandomSpikes> rates;

  // Either is set instead of all of the above: there are no neurons then.
  std::optional<PlasticitySwitch> plasticity;
  std::optional<DopaminePulse> dopamine;

  bool is_for_neurons() const {
    return !plasticity.has_value() && !dopamine.has_value();
  }
};

// Adds the amplitudes, or spikes, to the inputs in each step of [begin, end);
// or switches plasticity or adds dopamine in step `begin`, with end = begin +
// 1.
struct Stimulus {
  int64_t begin_step = 0;
  int64_t end_step = 0;
  std::shared_ptr<const StimulusTargets> targets;
  int encoder = -1;  // -1: none; else ends earlier stimuli of this encoder

  // For rates that act: number of rate stimuli for the same population that
  // began before this one in the same step.
  int32_t ordinal = 0;
};

// Stimuli by their first step; those that begin together act in the order in
// which they were added. Only the latest stimulus of each encoder acts, and
// only the latest rates without an end for each receptor of a population.
class StimulusQueue {
 public:
  // Requires: the stimulus begins at the coming step or later.
  void Add(Stimulus stimulus);

  // The stimuli that act in `step`, in a fixed order. Called once for every
  // step, in order.
  const std::vector<Stimulus>& Advance(int64_t step);

  // Calls visit(stimulus) for the stimuli that act now, then for those to come.
  template <class Body>
  void Visit(Body visit) const {
    for (const Stimulus& stimulus : active_) visit(stimulus);
    for (const auto& [step, stimulus] : waiting_) visit(stimulus);
  }

  // A queue with the results of change(&stimulus), without the stimuli for
  // which it returns false. Stimuli that act now continue to act.
  template <class Change>
  StimulusQueue Changed(Change change) const {
    StimulusQueue changed;
    for (Stimulus stimulus : active_) {
      if (!change(&stimulus)) continue;
      changed.neuron_count_ += NeuronsOf(stimulus);
      changed.active_.push_back(std::move(stimulus));
    }
    for (auto [step, stimulus] : waiting_) {
      if (change(&stimulus)) changed.Add(std::move(stimulus));
    }
    return changed;
  }

  // Number of stimuli that act now or are still to come, and the sum of the
  // numbers of neurons (or of listed projections) that they are for.
  size_t size() const { return waiting_.size() + active_.size(); }
  int64_t neuron_count() const { return neuron_count_; }

 private:
  static int64_t NeuronsOf(const Stimulus& stimulus) {
    const StimulusTargets& targets = *stimulus.targets;
    if (targets.plasticity.has_value()) {
      return std::ssize(targets.plasticity->projections);
    }
    if (targets.dopamine.has_value()) {
      return std::ssize(targets.dopamine->projections);
    }
    return std::ssize(targets.neurons);
  }

  // Removes the acting stimuli for which ends(stimulus) is true.
  template <class Ends>
  void End(Ends ends);

  int64_t neuron_count_ = 0;
  std::multimap<int64_t, Stimulus> waiting_;
  std::vector<Stimulus> active_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_STIMULUS_H_
