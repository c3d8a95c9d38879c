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

// Beyond every step.
inline constexpr int64_t kForever = int64_t{1} << 62;

// Whether the weights of projections change.
struct PlasticitySwitch {
  bool enabled = false;
  std::vector<int32_t> projections;  // of the network; empty: all plastic ones
};

// What is added to the concentration of dopamine of projections.
struct DopaminePulse {
  double amount = 0;
  std::vector<int32_t> projections;  // of the network; empty: all that take it
};

// Poisson spike trains (core/network/rate_stimulus.h).
struct RandomSpikes {
  double weight = 1;
  RandomStream stream = {};  // of the population
  int digit_count = 0;       // that the largest of the means has
};

// What is added to which inputs, shared by all stimuli that repeat it.
struct StimulusTargets {
  int population = 0;
  int receptor = 0;
  std::vector<int32_t> neurons;    // of the population
  std::vector<double> amplitudes;  // one for all neurons, or one for each

  // If it has a value, amplitudes are mean numbers of spikes in one step, and
  // neurons ascend.
  std::optional<RandomSpikes> rates;

  // One of these instead of all that: there are no neurons then.
  std::optional<PlasticitySwitch> plasticity;
  std::optional<DopaminePulse> dopamine;

  bool is_for_neurons() const {
    return !plasticity.has_value() && !dopamine.has_value();
  }
};

// Adds the amplitudes, or spikes, to the inputs in each of [begin, end), or
// switches plasticity or adds dopamine in step `begin`, where `end` is the
// next.
struct Stimulus {
  int64_t begin_step = 0;
  int64_t end_step = 0;
  std::shared_ptr<const StimulusTargets> targets;
  int encoder = -1;  // -1: none; else it ends what came from this one before

  // Of rates, once they act: how many began before them in the same step, for
  // the same population.
  int32_t ordinal = 0;
};

// Stimuli by their first step; those that begin together act in the order in
// which they were added; of one encoder's, the last alone, and of rates without
// an end for one receptor of a population, too.
class StimulusQueue {
 public:
  // Requires: the stimulus begins at the coming step or later.
  void Add(Stimulus stimulus);

  // The stimuli that act in `step`, in a fixed order. Called once for every
  // step, in order.
  const std::vector<Stimulus>& Advance(int64_t step);

  // Calls visit(stimulus) for those that act now, then those still to come.
  template <class Body>
  void Visit(Body visit) const {
    for (const Stimulus& stimulus : active_) visit(stimulus);
    for (const auto& [step, stimulus] : waiting_) visit(stimulus);
  }

  // A queue with what change(&stimulus) makes of each, without those for which
  // it returns false. What acts goes on as the same.
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

  // Stimuli that act now or are still to come, and the neurons that they
  // stimulate, or projections that they are for, added up.
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

  // Removes those that act and of which ends(stimulus).
  template <class Ends>
  void End(Ends ends);

  int64_t neuron_count_ = 0;
  std::multimap<int64_t, Stimulus> waiting_;
  std::vector<Stimulus> active_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_NETWORK_STIMULUS_H_
