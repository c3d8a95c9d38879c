// SPDX-License-Identifier: Apache-2.0

#include "core/change/carry_over.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/change/change.h"
#include "core/change/change_weights.h"
#include "core/network/blocks.h"
#include "core/network/carried_group.h"
#include "core/network/model_parameters.h"
#include "core/network/placed_synapses.h"
#include "core/network/plasticity_switch.h"
#include "core/spec/names.h"

namespace spiked {
namespace {

// The receptors of a population as they are now, changes included.
const std::vector<ReceptorInput>& ReceptorsOf(const Network& network,
                                              const State& state, size_t p) {
  if (state.changes != nullptr) {
    const auto& own = state.changes->populations[p].receptors;
    if (!own.empty()) return own;
  }
  return network.populations[p].receptors;
}

bool WereChanged(const NetworkChanges& changes, size_t projection) {
  const NetworkChanges::OfProjection& own = changes.projections[projection];
  return own.has_weights || own.constant.has_value();
}

class Carrier {
 public:
  Carrier(const Network& before, const State& from, const Network& now,
          const Lineage& lineage)
      : before_(before), from_(from), now_(now), lineage_(lineage) {}

  absl::StatusOr<State> Run() {
    to_ = MakeState(now_);
    to_.step = from_.step;
    to_.overview_revision = from_.overview_revision + 1;
    CarryVariables();
    CarrySpikes();
    CarryStimuli();
    if (from_.changes != nullptr) CarryChanges();
    CarryInputs();
    for (size_t g = 0; g < now_.groups.size(); ++g) {
      if (absl::Status status = CarrySynapses(static_cast<int>(g));
          !status.ok()) {
        return status;
      }
    }
    if (absl::Status status = CheckCounts(); !status.ok()) return status;
    CarryFrozen();
    if (absl::Status status = CarryScheduled(); !status.ok()) return status;
    return std::move(to_);
  }

 private:
  // Calls body(index before, index now) for each item that the edit keeps.
  template <class Body>
  static void ForEachKept(const std::vector<int>& lineage, Body body) {
    for (size_t i = 0; i < lineage.size(); ++i) {
      if (lineage[i] >= 0) body(static_cast<size_t>(lineage[i]), i);
    }
  }

  // Index of each item in the edited network, by its index before; -1 if it is
  // removed.
  static std::vector<int> Inverse(const std::vector<int>& lineage,
                                  size_t count) {
    std::vector<int> now(count, -1);
    ForEachKept(lineage, [&](size_t from, size_t to) {
      now[from] = static_cast<int>(to);
    });
    return now;
  }

  void CopyVariables(size_t from, size_t to, int64_t count) {
    const size_t bytes = now_.scalar_bytes();
    std::memcpy(to_.variables.as<char>() + to * bytes,
                from_.variables.as<char>() + from * bytes, count * bytes);
  }

  void CarryVariables() {
    ForEachKept(lineage_.populations, [&](size_t a, size_t b) {
      const Population& from = before_.populations[a];
      const Population& to = now_.populations[b];
      for (size_t v = 0; v < to.model->info().variables.size(); ++v) {
        CopyVariables(from.variables_offset + v * from.stride,
                      to.variables_offset + v * to.stride, to.count);
      }
    });
    ForEachKept(lineage_.inputs, [&](size_t a, size_t b) {
      const Input& from = before_.inputs[a];
      const Input& to = now_.inputs[b];
      const int64_t stride = now_.populations[to.population].stride;
      for (int r = 0; r < to.state_rows; ++r) {
        CopyVariables(from.state_offset + r * stride,
                      to.state_offset + r * stride,
                      now_.populations[to.population].count);
      }
    });
  }

  void CarrySpikes() {
    // New index of each neuron, by its index before; -1 if it is removed.
    std::vector<int64_t> now(before_.neuron_count, -1);
    ForEachKept(lineage_.populations, [&](size_t a, size_t b) {
      const Population& from = before_.populations[a];
      std::iota(now.begin() + from.first_neuron,
                now.begin() + from.first_neuron + from.count,
                now_.populations[b].first_neuron);
    });
    const int64_t steps = std::min(from_.spikes.length(), to_.spikes.length());
    std::vector<uint32_t> neurons;
    for (int64_t n = std::max<int64_t>(0, from_.step - steps); n < from_.step;
         ++n) {
      neurons.clear();  // ascending, because what stays keeps its order
      for (uint32_t neuron : from_.spikes.At(n)) {
        if (now[neuron] < 0) continue;
        neurons.push_back(static_cast<uint32_t>(now[neuron]));
      }
      to_.spikes.Commit(n, neurons);
    }
  }

  // Targets of a stimulus in the edited network; null if they are all removed.
  // If they stay as they were, the object is shared with the state before.
  std::shared_ptr<const StimulusTargets> TargetsNow(
      const std::shared_ptr<const StimulusTargets>& before) const {
    const StimulusTargets& targets = *before;
    if (targets.is_for_neurons() &&
        populations_now_[targets.population] == targets.population) {
      return before;
    }
    auto now = std::make_shared<StimulusTargets>(targets);
    // Takes removed projections out of a list; false if this leaves none. An
    // empty list stays empty.
    const auto renumber = [&](std::vector<int32_t>* projections) {
      std::vector<int32_t> kept;
      for (int32_t p : *projections) {
        if (projections_now_[p] >= 0) kept.push_back(projections_now_[p]);
      }
      const bool stays = projections->empty() || !kept.empty();
      *projections = std::move(kept);
      return stays;
    };
    bool stays = true;
    if (now->plasticity.has_value()) {
      stays = renumber(&now->plasticity->projections);
    } else if (now->dopamine.has_value()) {
      stays = renumber(&now->dopamine->projections);
    } else {
      now->population = populations_now_[targets.population];
      stays = now->population >= 0;
    }
    return stays ? now : nullptr;
  }

  void CarryStimuli() {
    populations_now_ =
        Inverse(lineage_.populations, before_.populations.size());
    projections_now_ =
        Inverse(lineage_.projections, before_.projections.size());
    const std::vector<int> encoders =
        Inverse(lineage_.encoders, before_.encoders.size());
    // Stimuli may share their targets: each targets object is converted once.
    std::map<const StimulusTargets*, std::shared_ptr<const StimulusTargets>>
        targets;
    to_.stimuli = from_.stimuli.Changed([&](Stimulus* stimulus) {
      if (stimulus->encoder >= 0) {
        stimulus->encoder = encoders[stimulus->encoder];
        if (stimulus->encoder < 0) return false;
      }
      const auto [it, added] = targets.try_emplace(stimulus->targets.get());
      if (added) it->second = TargetsNow(stimulus->targets);
      if (it->second == nullptr) return false;
      stimulus->targets = it->second;
      return true;
    });
  }

  void CarryChanges() {
    auto changes = std::make_shared<NetworkChanges>();
    changes->populations.resize(now_.populations.size());
    changes->inputs.resize(now_.inputs.size());
    changes->projections.resize(now_.projections.size());
    ForEachKept(lineage_.populations, [&](size_t a, size_t b) {
      const NetworkChanges::OfPopulation& from = from_.changes->populations[a];
      NetworkChanges::OfPopulation& to = changes->populations[b];
      to.silenced = from.silenced;
      if (from.parameters == nullptr) return;
      to.parameters = from.parameters;
      to.kernel = MakeKernel(now_, now_.populations[b], *from.parameters);
    });
    ForEachKept(lineage_.inputs, [&](size_t a, size_t b) {
      const NetworkChanges::OfInput& from = from_.changes->inputs[a];
      if (from.parameters == nullptr) return;
      changes->inputs[b] = {from.parameters,
                            MakeKernel(now_, now_.inputs[b], *from.parameters)};
    });
    ForEachKept(lineage_.projections, [&](size_t a, size_t b) {
      if (!WereChanged(*from_.changes, a)) return;
      changes->projections[b] = from_.changes->projections[a];
      if (LayoutOf(now_, b).format != WeightFormat::kConstant) {
        changes->projections[b] = {.has_weights = true, .constant = {}};
        return;
      }
      // CheckCounts refuses weights that differ although they are counted
      // together.
      const Projection& projection = now_.projections[b];
      auto& receptors = changes->populations[projection.target].receptors;
      if (receptors.empty()) {
        receptors = now_.populations[projection.target].receptors;
      }
      const SynapseGroup& group = now_.groups[projection.group];
      for (auto& counts : receptors[group.receptor].counts) {
        if (counts.row != group.kernel->layout().input_row) continue;
        counts.weight = ConstantWeight(before_, from_, before_.projections[a]);
      }
    });
    to_.changes = std::move(changes);
  }

  static const SynapseLayout& LayoutOf(const Network& network, size_t p) {
    return network.groups[network.projections[p].group].kernel->layout();
  }

  // Arrivals by synapses of constant weight are counted together, so the
  // weights must still be the same.
  absl::Status CheckCounts() const {
    if (to_.changes == nullptr) return absl::OkStatus();
    std::map<std::pair<int, int>, std::pair<size_t, double>> weights;
    for (size_t p = 0; p < now_.projections.size(); ++p) {
      const Projection& projection = now_.projections[p];
      if (LayoutOf(now_, p).format != WeightFormat::kConstant) continue;
      const double weight = ConstantWeight(now_, to_, projection);
      const auto [it, added] =
          weights.try_emplace({projection.group, projection.target}, p, weight);
      if (added || it->second.second == weight) continue;
      const Projection& other = now_.projections[it->second.first];
      return absl::FailedPreconditionError(absl::StrCat(
          "arrivals of ", Quoted(other.name), " and ", Quoted(projection.name),
          " would be counted together, because their weights are the same in "
          "the network, but they were changed: to ",
          it->second.second, " and ", weight,
          "; give the one that is added another weight, or reset the session"));
    }
    return absl::OkStatus();
  }

  // Carries the input that has arrived for the coming step. Input that the
  // edited network stores in other units is multiplied by the old unit or
  // weight and added to the sums.
  template <typename T>
  void CarryInputs(size_t a, size_t b) {
    // Where the neurons and receptors were, and where they are now.
    const SlotMap slots_before(before_.blocks, static_cast<int>(a));
    const SlotMap slots(now_.blocks, static_cast<int>(b));
    const auto& receptors_before = ReceptorsOf(before_, from_, a);
    const auto& receptors = ReceptorsOf(now_, to_, b);
    for (size_t r = 0; r < receptors.size(); ++r) {
      const ReceptorInput& had = receptors_before[r];
      const ReceptorInput& has = receptors[r];
      const bool same_unit =
          had.integer_row >= 0 && has.integer_row >= 0 && had.unit == has.unit;
      // Row of counts in the edited network, by row before; -1 if no row has
      // the same weight.
      std::vector<int> rows(had.counts.size(), -1);
      for (size_t c = 0; c < had.counts.size(); ++c) {
        for (const ReceptorInput::Counts& counts : has.counts) {
          if (counts.weight == had.counts[c].weight) rows[c] = counts.row;
        }
      }
      for (int64_t i = 0; i < now_.populations[b].count; ++i) {
        const SlotMap::Location from = slots_before.Find(i);
        const SlotMap::Location to = slots.Find(i);
        const InputBuffer& input = from_.blocks[from.block].input;
        InputBuffer& buffer = to_.blocks[to.block].input;
        T sum = input.sums.as<T>()[r * input.length + from.slot];
        // Integers are copied if their unit is the same, else multiplied.
        if (had.integer_row >= 0) {
          const size_t at = had.integer_row * input.length + from.slot;
          const int16_t integer = input.integers.as<int16_t>()[at];
          const int32_t carry = input.carries.as<int32_t>()[at];
          if (same_unit) {
            buffer.IntegerRow(has.integer_row)[to.slot] = integer;
            buffer.CarryRow(has.integer_row)[to.slot] = carry;
            buffer.carries_used |= carry != 0;
          } else {
            sum += static_cast<T>(had.unit) * static_cast<T>(integer + carry);
          }
        }
        // Counts go to the row of the same weight, else are multiplied.
        for (size_t c = 0; c < had.counts.size(); ++c) {
          const uint16_t count =
              input.counts
                  .as<uint16_t>()[had.counts[c].row * input.length + from.slot];
          if (rows[c] >= 0) {
            buffer.CountRow(rows[c])[to.slot] += count;
          } else {
            sum += static_cast<T>(had.counts[c].weight) * static_cast<T>(count);
          }
        }
        if (sum != 0) buffer.SumRow<T>(static_cast<int>(r))[to.slot] = sum;
      }
    }
  }

  void CarryInputs() {
    ForEachKept(lineage_.populations, [&](size_t a, size_t b) {
      if (now_.precision == Precision::kFloat64) {
        CarryInputs<double>(a, b);
      } else {
        CarryInputs<float>(a, b);
      }
    });
  }

  // States of a group before the edit, by block. Weight changes that were put
  // off are applied in copies.
  std::vector<const SynapseState*> StatesBefore(
      int group, std::vector<std::unique_ptr<SynapseState>>* copies) const {
    const SynapseGroup& before = before_.groups[group];
    std::vector<const SynapseState*> states;
    for (size_t b = 0; b < before_.blocks.size(); ++b) {
      const SynapseState* own = from_.blocks[b].synapses[group].get();
      if (before.kernel->puts_off_changes()) {
        copies->push_back(before.kernel->Settle(static_cast<int>(b), *own,
                                                from_.spikes, from_.step));
        own = copies->back().get();
      }
      states.push_back(own);
    }
    return states;
  }

  absl::Status CarrySynapses(int g) {
    std::vector<std::unique_ptr<SynapseState>> copies;
    std::map<int, std::vector<const SynapseState*>> states_before;
    CarriedGroup group{before_,    now_,       from_.spikes,
                       to_.spikes, from_.step, lineage_.populations,
                       {}};
    absl::Status status;
    ForEachKept(lineage_.projections, [&](size_t a, size_t b) {
      const Projection& from = before_.projections[a];
      const Projection& to = now_.projections[b];
      if (to.group != g) return;
      if (from.synapse_count != to.synapse_count) {
        status.Update(absl::InternalError(absl::StrCat(
            "projection ", Quoted(to.name), " had ", from.synapse_count,
            " synapses and would have ", to.synapse_count)));
        return;
      }
      const auto [it, added] = states_before.try_emplace(from.group);
      if (added) it->second = StatesBefore(from.group, &copies);
      group.projections.push_back({&from, &to, it->second});
    });
    if (!status.ok()) return status;
    std::vector<SynapseState*> states;
    for (BlockState& block : to_.blocks) {
      states.push_back(block.synapses[g].get());
    }
    now_.groups[g].kernel->CarryOver(group, states);
    if (now_.groups[g].is_plastic) return absl::OkStatus();  // weights carried
    for (const CarriedProjection& projection : group.projections) {
      status.Update(CarryWeights(projection, states));
    }
    return status;
  }

  // Carries weights that were changed after the network was compiled.
  absl::Status CarryWeights(const CarriedProjection& projection,
                            const std::vector<SynapseState*>& states) {
    const Projection& from = *projection.before;
    const Projection& to = *projection.now;
    if (from_.changes == nullptr ||
        !WereChanged(*from_.changes, &from - before_.projections.data())) {
      return absl::OkStatus();
    }
    const SynapseGroup& group_before = before_.groups[from.group];
    const SynapseGroup& group = now_.groups[to.group];
    const bool was_constant =
        group_before.kernel->layout().format == WeightFormat::kConstant;
    const bool is_constant =
        group.kernel->layout().format == WeightFormat::kConstant;
    if (is_constant) {
      if (was_constant) return absl::OkStatus();  // see CarryChanges
      return absl::FailedPreconditionError(absl::StrCat(
          "the weights of ", Quoted(to.name),
          " were changed one by one, and would not be stored one by one in the "
          "edited network; reset the session before editing it"));
    }
    // Units of 16-bit weights before and now.
    const auto unit_of = [](const Network& network, const Projection& p,
                            int receptor) {
      return network.populations[p.target].receptors[receptor].unit;
    };
    const double unit_before = unit_of(before_, from, group_before.receptor);
    const double unit = unit_of(now_, to, group.receptor);
    const double constant =
        was_constant ? ConstantWeight(before_, from_, from) : 0;
    // Copies every weight to its new place.
    CarriedGroup one{before_,     now_,       from_.spikes,
                     to_.spikes,  from_.step, lineage_.populations,
                     {projection}};
    ForEachCarriedSynapse(one, [&](const CarriedProjection&,
                                   const SynapseAt& at_before,
                                   const SynapseAt& at) {
      const double weight =
          was_constant
              ? constant
              : group_before.kernel->Weight(
                    at_before, projection.states[at_before.block], unit_before);
      group.kernel->SetWeight(at, weight, unit, states[at.block]);
    });
    return absl::OkStatus();
  }

  void CarryFrozen() {
    std::vector<int> groups;
    ForEachKept(lineage_.projections, [&](size_t a, size_t b) {
      if (!from_.frozen_projections[a]) return;
      to_.frozen_projections[b] = true;
      groups.push_back(now_.projections[b].group);
    });
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    const auto switched = SwitchedGroupsOf(now_, groups, to_);
    for (BlockState& block : to_.blocks) {
      for (const SwitchedGroup& group : switched) {
        block.synapses[group.group]->frozen = group.frozen;
      }
    }
  }

  absl::Status CarryScheduled() {
    for (const ScheduledChanges& waiting : from_.scheduled) {
      Violations violations;
      ValidateChanges(now_, *waiting.changes, "changes", &violations);
      CheckChanges(now_, to_, *waiting.changes, waiting.step, "changes",
                   &violations);
      if (!violations.empty()) {
        return absl::FailedPreconditionError(
            absl::StrCat("changes that wait for step ", waiting.step,
                         " would not be possible in the edited network: ",
                         violations.Text()));
      }
      to_.scheduled.push_back(waiting);
    }
    return absl::OkStatus();
  }

  const Network& before_;
  const State& from_;
  const Network& now_;
  const Lineage& lineage_;
  State to_;
  std::vector<int> populations_now_;  // new index by old; -1: removed
  std::vector<int> projections_now_;
};

}  // namespace

absl::StatusOr<State> CarryOver(const Network& before, const State& state,
                                const Network& now, const Lineage& lineage) {
  return Carrier(before, state, now, lineage).Run();
}

}  // namespace spiked
