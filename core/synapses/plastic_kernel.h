// SPDX-License-Identifier: Apache-2.0
//
// The frame of plastic synapse models: everything except their rule.
// (stdp_pair.h has a faster frame of its own.)
//
// A rule is a class with
//
//   using Scalar                  float or double
//   struct Synapse                its `weight` (a Scalar), and other state of a
//                                 synapse
//   struct Target                 state that a neuron has for all its synapses
//   Rule(parameters, dt_ms)
//   static Bounds(parameters)     WeightBounds: the range of initial weights
//   static TableBytes(parameters, dt_ms)     of its DecayTables and the like
//
//   Arrive(synapse, target, now)  a presynaptic spike has arrived, and the
//                                 weight has been delivered
//   Spike(synapse, target, now)   the target spikes; its state is from before
//   Spike(target, now)            afterwards, once: changes the target
//
//   Forget(synapse or target, now)      drops what is older than kForgetSteps
//   Visit(synapse or target, mix)       calls mix(number) for all state except
//                                       the weight
//
// and, if weights change also at intervals,
//
//   interval_steps()
//   Apply(synapse, target, now)   after the spikes of an interval's last step
//
// and, if in one step arrivals come after postsynaptic spikes,
//
//   static constexpr bool kArrivesLast = true
//
// and, if a synapse stores changes that its weight is still to get,
//
//   Hold(synapse, before)         undoes them, too, while plasticity is off
//
// and, if dopamine modulates the rule (all synapses of the kernel see the same
// concentration, a plastic::Dopamine),
//
//   dopamine_decay()              its DecayTable<double>
//   Apply(synapse, target, concentration, now)     instead of the one above
//
// and, if weights change also between spikes,
//
//   Advance(synapse, dopamine, now)     called before anything else at `now`
//   Forget(synapse, dopamine, now)      instead of the one above
//
// Functions are const; synapses and targets are plain structs that begin as
// zeros. `now` is the step, modulo 2^32: a spike of step n with delay d has
// arrived at the end of step n + d - 1, before the postsynaptic spikes of that
// step (stdp_pair.h), unless the rule says otherwise. Weights change at once,
// so they are always current; those of a rule that has Advance are brought up
// to date when they are delivered, read, or the dopamine changes.
//
// While plasticity is off, a frozen synapse keeps its weight; its other state
// continues to change, except that an Apply without dopamine is left out.
//
// Delays may have a dendritic part (core/network/dendritic_delays.h), of which
// rules know nothing: `now` and the target are then those of some steps ago.
//
// The members of a synapse lie together, not in columns, because they are used
// together. Arrivals walk along segments; postsynaptic spikes find their
// synapses through an index by target. Both belong to one block, so its thread
// needs no locks. A synapse takes the bytes of Rule::Synapse and 4 for the
// index, in addition to its target and its first weight in the table.

#ifndef SPIKED_CORE_SYNAPSES_PLASTIC_KERNEL_H_
#define SPIKED_CORE_SYNAPSES_PLASTIC_KERNEL_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "core/model/reverse_index.h"
#include "core/model/synapse_model.h"
#include "core/network/carried_group.h"
#include "core/network/dendritic_delays.h"
#include "core/network/frozen_synapses.h"
#include "core/network/network.h"
#include "core/network/placed_synapses.h"
#include "core/synapses/trace.h"
#include "hwy/base.h"

namespace spiked::plastic {

struct WeightBounds {
  double min;
  double max;
};

// A whole number of steps, at least one. Intervals of more than 1e18 never end.
inline int64_t StepsInInterval(double interval_ms, double dt_ms) {
  return std::llround(std::clamp(interval_ms / dt_ms, 1.0, 1e18));
}

// The concentration of dopamine as of its last change; it decays.
using Dopamine = Trace<double>;

// The state of a group in one block.
template <class Rule>
struct PlasticState : public SynapseState {
  AlignedArray synapses;                       // Rule::Synapse [S]
  std::vector<typename Rule::Target> targets;  // [planes][slots], with padding
  Dopamine dopamine;  // the same in all blocks; 0 if the rule takes none

  std::unique_ptr<SynapseState> Clone() const override {
    return std::make_unique<PlasticState>(*this);
  }
};

template <class Rule>
class PlasticKernel : public SynapseKernel {
 public:
  using Scalar = typename Rule::Scalar;
  using Synapse = typename Rule::Synapse;
  using Target = typename Rule::Target;
  static_assert(std::is_trivially_copyable_v<Synapse>);
  static_assert(std::is_trivially_copyable_v<Target>);

  PlasticKernel(const Parameters& parameters, SynapseLayout layout,
                const Network& network)
      : layout_(std::move(layout)),
        rule_(parameters, network.dt_ms),
        planes_(layout_) {
    for (size_t b = 0; b < layout_.blocks.size(); ++b) {
      row_lengths_.push_back(network.blocks[b].row_length());
      if (IsDendritic()) {
        IndexPlanes(network, b);
      } else {
        incoming_.emplace_back(layout_.blocks[b], SynapseCount(b),
                               network.blocks[b].slot_count);
      }
    }
  }

  std::unique_ptr<SynapseState> MakeState(int block) const override {
    auto state = std::make_unique<PlasticState<Rule>>();
    const size_t count = SynapseCount(block);
    state->synapses = AlignedArray::Of<Synapse>(count);
    const auto* weights = layout_.blocks[block].weights.template as<Scalar>();
    auto* synapses = state->synapses.template as<Synapse>();
    for (size_t s = 0; s < count; ++s) synapses[s].weight = weights[s];
    state->targets.resize(planes_.steps.size() * row_lengths_[block]);
    return state;
  }

  void Propagate(const Propagation& p) const override {
    auto& state = static_cast<PlasticState<Rule>&>(*p.state);
    if (IsDendritic()) {
      ChangeDendritic(p, state);
    } else if (state.frozen == nullptr) {
      Change<false>(p, state);
    } else {
      Change<true>(p, state);
    }
    if ((p.step + 1) % kForgetSteps == 0) Forget(p, state);
  }

  const SynapseLayout& layout() const override { return layout_; }

  void AddDopamine(int block, double amount, int64_t step,
                   SynapseState* own) const override {
    if constexpr (kTakesDopamine) {
      auto& state = static_cast<PlasticState<Rule>&>(*own);
      const auto now = static_cast<uint32_t>(step - 1);
      AdvanceAll(block, state, now);
      state.dopamine = {state.dopamine.At(rule_.dopamine_decay(), now) + amount,
                        now};
    }
  }

  std::unique_ptr<SynapseState> Settle(int block, const SynapseState& state,
                                       const SpikeHistory& /*spikes*/,
                                       int64_t step) const override {
    std::unique_ptr<SynapseState> settled = state.Clone();
    AdvanceAll(block, static_cast<PlasticState<Rule>&>(*settled),
               static_cast<uint32_t>(step - 1));
    return settled;
  }

  double Weight(const SynapseAt& synapse, const SynapseState* state,
                double /*unit*/) const override {
    return SynapsesOf(*state)[synapse.index].weight;
  }

  // Other state of the synapse stays as it is.
  void SetWeight(const SynapseAt& synapse, double weight, double /*unit*/,
                 SynapseState* state) const override {
    static_cast<PlasticState<Rule>*>(state)
        ->synapses.template as<Synapse>()[synapse.index]
        .weight = static_cast<Scalar>(weight);
  }

  void CarryOver(const CarriedGroup& group,
                 absl::Span<SynapseState* const> states) const override {
    const auto own = [&](int block) -> PlasticState<Rule>& {
      return static_cast<PlasticState<Rule>&>(*states[block]);
    };
    const CarriedProjection* last = nullptr;
    std::optional<DendriticPlanes> before;  // of the last projection's group
    ForEachCarriedSynapse(
        group, [&](const CarriedProjection& projection, const SynapseAt& from,
                   const SynapseAt& to) {
          if (&projection != last) {
            before.emplace(projection.layout_before(group.before));
            last = &projection;
          }
          const auto& state = static_cast<const PlasticState<Rule>&>(
              *projection.states[from.block]);
          own(to.block).synapses.template as<Synapse>()[to.index] =
              SynapsesOf(state)[from.index];
          // Only targets that have a synapse have state.
          const size_t row_before = state.targets.size() / before->steps.size();
          TargetsOf(own(to.block), to.block,
                    planes_.of_delay[to.delay_index])[to.slot] =
              state.targets[before->of_delay[from.delay_index] * row_before +
                            from.slot];
        });
    if constexpr (kTakesDopamine) {  // the group is one projection
      for (const CarriedProjection& projection : group.projections) {
        for (size_t b = 0; b < states.size(); ++b) {
          own(static_cast<int>(b)).dopamine =
              static_cast<const PlasticState<Rule>&>(*projection.states[0])
                  .dopamine;
        }
      }
    }
  }

  // Mixes synapses by source, delay and target, then targets: an order that
  // doesn't depend on the blocks.
  void HashTraces(absl::Span<const SynapseState* const> blocks,
                  const Network& network, int64_t /*step*/,
                  const std::function<void(double)>& mix) const override {
    ForEachSynapseInOrder(network, layout_, [&](const SynapseAt& at) {
      rule_.Visit(SynapsesOf(*blocks[at.block])[at.index], mix);
    });
    for (size_t plane = 0; plane < planes_.steps.size(); ++plane) {
      for (size_t p = 0; p < network.populations.size(); ++p) {
        for (size_t b = 0; b < blocks.size(); ++b) {
          const Run& run = network.blocks[b].runs[p];
          const Target* targets =
              static_cast<const PlasticState<Rule>&>(*blocks[b])
                  .targets.data() +
              plane * row_lengths_[b];
          for (int64_t i = 0; i < run.count; ++i) {
            rule_.Visit(targets[run.first_slot + i], mix);
          }
        }
      }
    }
    if constexpr (kTakesDopamine) {
      static_cast<const PlasticState<Rule>&>(*blocks[0]).dopamine.Visit(mix);
    }
  }

 private:
  // How far ahead synapses are prefetched.
  static constexpr size_t kLookahead = 16;
  static constexpr bool kHasIntervals = requires(const Rule& rule) {
    rule.interval_steps();
  };

  static constexpr bool kArrivesLast = requires { Rule::kArrivesLast; };
  static constexpr bool kHasHold =
      requires(const Rule& rule, Synapse& synapse) {
    rule.Hold(synapse, synapse);
  };
  static constexpr bool kTakesDopamine = requires(const Rule& rule) {
    rule.dopamine_decay();
  };
  static constexpr bool kAdvances =
      requires(const Rule& rule, Synapse& synapse, const Dopamine& dopamine) {
    rule.Advance(synapse, dopamine, 0u);
  };

  static const Synapse* SynapsesOf(const SynapseState& state) {
    return static_cast<const PlasticState<Rule>&>(state)
        .synapses.template as<Synapse>();
  }

  size_t SynapseCount(size_t block) const {
    const size_t segments = layout_.source_count * layout_.delays.size();
    return size_t{layout_.blocks[block].fours()[segments]} * SynapseTable::kPad;
  }

  // Lists the fours of synapses that spikes reach in step + 1, in their order;
  // returns how many.
  size_t ListArrivals(const Propagation& p) const {
    const uint32_t* begins = layout_.blocks[p.block].fours();
    const size_t delays = layout_.delays.size();
    size_t count = 0;
    ForEachArrival(layout_, p.spikes, p.step,
                   [&](int64_t row, size_t i, size_t) {
                     const uint32_t* begin = begins + row * delays + i;
                     if (p.scratch.size() < count + (begin[1] - begin[0])) {
                       p.scratch.resize(2 * (count + (begin[1] - begin[0])));
                     }
                     for (uint32_t four = begin[0]; four < begin[1]; ++four) {
                       p.scratch[count++] = four;
                     }
                   });
    return count;
  }

  // kFrozen: some synapses may be frozen. The version for none doesn't pay for
  // the checks. They aren't inlined, because they would take registers from
  // each other.
  template <bool kFrozen>
  HWY_NOINLINE void Change(const Propagation& p,
                           PlasticState<Rule>& state) const {
    if constexpr (kArrivesLast) SpikeTargets<kFrozen>(p, state);
    Deliver<kFrozen>(p, state);
    if constexpr (!kArrivesLast) SpikeTargets<kFrozen>(p, state);
    if constexpr (kHasIntervals) {
      if ((p.step + 1) % rule_.interval_steps() == 0) Apply<kFrozen>(p, state);
    }
  }

  // Lets the rule change synapses[s] by body(synapse), except for its weight if
  // the synapse is frozen.
  template <bool kFrozen, class Body>
  void ChangeOne(int block, const PlasticState<Rule>& state, Synapse* synapses,
                 size_t s, Body body) const {
    if constexpr (!kFrozen) {
      body(synapses[s]);
    } else {
      const Synapse before = synapses[s];
      body(synapses[s]);
      if (!state.frozen->IsFrozen(layout_, block, s)) return;
      synapses[s].weight = before.weight;
      if constexpr (kHasHold) rule_.Hold(synapses[s], before);
    }
  }

  // Delivers the spikes that arrive in step + 1, and lets the rule change the
  // synapses that they reach.
  template <bool kFrozen>
  void Deliver(const Propagation& p, PlasticState<Rule>& state) const {
    const size_t count = ListArrivals(p);
    const uint32_t* list = p.scratch.data();
    const auto* slots = layout_.blocks[p.block].targets.template as<uint16_t>();
    auto* synapses = state.synapses.template as<Synapse>();
    Scalar* sums = p.input.SumRow<Scalar>(layout_.input_row);
    const auto now = static_cast<uint32_t>(p.step);
    for (size_t k = 0; k < count; ++k) {
      if (k + kLookahead < count) {
        const size_t s = size_t{list[k + kLookahead]} * SynapseTable::kPad;
        __builtin_prefetch(slots + s);
        __builtin_prefetch(synapses + s, 1);
        __builtin_prefetch(synapses + s + SynapseTable::kPad - 1, 1);
      }
      const size_t begin = size_t{list[k]} * SynapseTable::kPad;
      for (size_t s = begin; s < begin + SynapseTable::kPad; ++s) {
        if constexpr (kAdvances) {
          ChangeOne<kFrozen>(p.block, state, synapses, s,
                             [&](Synapse& synapse) {
                               rule_.Advance(synapse, state.dopamine, now);
                             });
        }
        sums[slots[s]] += synapses[s].weight;
        ChangeOne<kFrozen>(p.block, state, synapses, s, [&](Synapse& synapse) {
          rule_.Arrive(synapse, state.targets[slots[s]], now);
        });
      }
    }
  }

  // Lets the rule change the synapses onto the neurons that spiked in this
  // step.
  template <bool kFrozen>
  void SpikeTargets(const Propagation& p, PlasticState<Rule>& state) const {
    const auto now = static_cast<uint32_t>(p.step);
    auto* synapses = state.synapses.template as<Synapse>();
    for (uint16_t slot : p.spike_slots) {
      const absl::Span<const uint32_t> own = incoming_[p.block].Of(slot);
      if (own.empty()) continue;
      Target& target = state.targets[slot];
      const size_t ahead = std::min(own.size(), kLookahead);
      for (size_t k = 0; k < ahead; ++k) {
        __builtin_prefetch(synapses + own[k], 1);
      }
      for (size_t k = 0; k < own.size(); ++k) {
        if (k + ahead < own.size()) {
          __builtin_prefetch(synapses + own[k + ahead], 1);
        }
        ChangeOne<kFrozen>(p.block, state, synapses, own[k],
                           [&](Synapse& synapse) {
                             if constexpr (kAdvances) {
                               rule_.Advance(synapse, state.dopamine, now);
                             }
                             rule_.Spike(synapse, target, now);
                           });
      }
      rule_.Spike(target, now);
    }
  }

  // Lets the rule change all synapses at the end of an interval.
  template <bool kFrozen>
  void Apply(const Propagation& p, PlasticState<Rule>& state) const {
    const auto now = static_cast<uint32_t>(p.step);
    auto* synapses = state.synapses.template as<Synapse>();
    const auto* slots = layout_.blocks[p.block].targets.template as<uint16_t>();
    const size_t count = SynapseCount(p.block);
    if constexpr (kTakesDopamine) {
      const double dopamine = state.dopamine.At(rule_.dopamine_decay(), now);
      for (size_t s = 0; s < count; ++s) {
        ChangeOne<kFrozen>(p.block, state, synapses, s, [&](Synapse& synapse) {
          rule_.Apply(synapse, state.targets[slots[s]], dopamine, now);
        });
      }
    } else {
      for (size_t s = 0; s < count; ++s) {
        if constexpr (kFrozen) {
          if (state.frozen->IsFrozen(layout_, p.block, s)) continue;
        }
        rule_.Apply(synapses[s], state.targets[slots[s]], now);
      }
    }
  }

  // --- Delays with a dendritic part (dendritic_delays.h).

  bool IsDendritic() const { return layout_.dendritic_delay_fraction > 0; }

  // Calls visit(delay index, first synapse, end) for the segments of a block.
  template <class Visit>
  void ForEachSegment(size_t block, Visit visit) const {
    const uint32_t* fours = layout_.blocks[block].fours();
    const size_t delays = layout_.delays.size();
    for (size_t k = 0; k < layout_.source_count * delays; ++k) {
      visit(k % delays, size_t{fours[k]} * SynapseTable::kPad,
            size_t{fours[k + 1]} * SynapseTable::kPad);
    }
  }

  // Appends an index of the synapses of each plane.
  void IndexPlanes(const Network& network, size_t block) {
    std::vector<uint32_t> planes(SynapseCount(block));
    ForEachSegment(block, [&](size_t i, size_t begin, size_t end) {
      std::fill(planes.begin() + begin, planes.begin() + end,
                planes_.of_delay[i]);
    });
    for (uint32_t plane = 0; plane < planes_.steps.size(); ++plane) {
      incoming_.emplace_back(layout_.blocks[block], planes.size(),
                             network.blocks[block].slot_count,
                             [&](size_t s) { return planes[s] == plane; });
    }
    slots_.emplace_back(network, network.blocks[block]);
  }

  Target* TargetsOf(PlasticState<Rule>& state, int block, size_t plane) const {
    return state.targets.data() + plane * row_lengths_[block];
  }

  // The concentration of dopamine in the time of a plane's synapses.
  static Dopamine Shifted(const Dopamine& dopamine, uint32_t steps) {
    return {dopamine.value, dopamine.step - steps};
  }

  // ChangeOne for any state, frozen or not.
  template <class Body>
  void ChangeAny(int block, const PlasticState<Rule>& state, Synapse* synapses,
                 size_t s, Body body) const {
    if (state.frozen == nullptr) {
      body(synapses[s]);
    } else {
      ChangeOne<true>(block, state, synapses, s, body);
    }
  }

  // Change for a group with dendritic delays: the same events, but arrivals at
  // the synapse and at the target are two, and each plane has its own time. At
  // the same time at a synapse with a dendritic part, an arrival and a spike of
  // the target don't see each other, as in NEST, unless arrivals come last.
  HWY_NOINLINE void ChangeDendritic(const Propagation& p,
                                    PlasticState<Rule>& state) const {
    const auto planes = static_cast<uint32_t>(planes_.steps.size());
    const uint32_t without = planes_.steps[0] == 0 ? 1 : 0;
    if constexpr (kArrivesLast) {
      SpikeSynapses(p, state, 0, planes);
      SpikeStates(p, state);
    }
    DeliverOnly(p, state);
    if constexpr (kArrivesLast) {
      ArriveAtSynapses(p, state, 0, planes);
    } else {
      ArriveAtSynapses(p, state, 0, without);
      SpikeSynapses(p, state, 0, planes);
      ArriveAtSynapses(p, state, without, planes);
      SpikeStates(p, state);
    }
    if constexpr (kHasIntervals) {
      if ((p.step + 1) % rule_.interval_steps() == 0) ApplyByPlane(p, state);
    }
  }

  // Delivers the spikes that act in step + 1.
  void DeliverOnly(const Propagation& p, PlasticState<Rule>& state) const {
    const auto* slots = layout_.blocks[p.block].targets.template as<uint16_t>();
    auto* synapses = state.synapses.template as<Synapse>();
    Scalar* sums = p.input.SumRow<Scalar>(layout_.input_row);
    ForEachArrival(layout_, p.spikes, p.step,
                   [&](int64_t row, size_t i, size_t) {
                     const Segment segment = SegmentAt(p.block, row, i);
                     for (size_t s = segment.begin; s < segment.end; ++s) {
                       AdvanceOne(p, state, i, s);
                       sums[slots[s]] += synapses[s].weight;
                     }
                   });
  }

  struct Segment {
    size_t begin, end;
  };
  Segment SegmentAt(int block, int64_t row, size_t i) const {
    const uint32_t* fours =
        layout_.blocks[block].fours() + row * layout_.delays.size() + i;
    return {size_t{fours[0]} * SynapseTable::kPad,
            size_t{fours[1]} * SynapseTable::kPad};
  }

  // Brings a synapse up to date, if the rule needs it.
  void AdvanceOne(const Propagation& p, PlasticState<Rule>& state,
                  size_t delay_index, size_t s) const {
    if constexpr (kAdvances) {
      const auto d =
          static_cast<uint32_t>(planes_.steps[planes_.of_delay[delay_index]]);
      const Dopamine dopamine = Shifted(state.dopamine, d);
      ChangeAny(p.block, state, state.synapses.template as<Synapse>(), s,
                [&](Synapse& synapse) {
                  rule_.Advance(synapse, dopamine,
                                static_cast<uint32_t>(p.step) - d);
                });
    }
  }

  // Lets the rule change the synapses of the planes [from, to) that a spike
  // reaches at the end of this step.
  void ArriveAtSynapses(const Propagation& p, PlasticState<Rule>& state,
                        uint32_t from, uint32_t to) const {
    const auto* slots = layout_.blocks[p.block].targets.template as<uint16_t>();
    auto* synapses = state.synapses.template as<Synapse>();
    for (size_t i = layout_.delays.size(); i-- > 0;) {
      const uint32_t plane = planes_.of_delay[i];
      if (plane < from || plane >= to) continue;
      const int32_t d = planes_.steps[plane];
      const auto now = static_cast<uint32_t>(p.step) - static_cast<uint32_t>(d);
      const int64_t emitted =
          p.step - std::max<int64_t>(layout_.delays[i] - d - 1, 0);
      const Target* targets = TargetsOf(state, p.block, plane);
      for (uint32_t neuron : Sources(layout_, p.spikes.At(emitted))) {
        const Segment segment =
            SegmentAt(p.block, neuron - layout_.first_source, i);
        for (size_t s = segment.begin; s < segment.end; ++s) {
          AdvanceOne(p, state, i, s);
          ChangeAny(p.block, state, synapses, s, [&](Synapse& synapse) {
            rule_.Arrive(synapse, targets[slots[s]], now);
          });
        }
      }
    }
  }

  // Calls visit(plane, slot, now) for the spikes of targets that reach the
  // synapses of the planes [from, to) at the end of this step.
  template <class Visit>
  void ForEachSpikeOfTargets(const Propagation& p, uint32_t from, uint32_t to,
                             Visit visit) const {
    for (uint32_t plane = from; plane < to; ++plane) {
      const int64_t emitted = p.step - planes_.steps[plane];
      slots_[p.block].ForEach(p.spikes.At(emitted), [&](uint32_t slot) {
        visit(plane, slot, static_cast<uint32_t>(emitted));
      });
    }
  }

  // Lets the rule change the synapses of the planes that a spike of their
  // target reaches.
  void SpikeSynapses(const Propagation& p, PlasticState<Rule>& state,
                     uint32_t from, uint32_t to) const {
    auto* synapses = state.synapses.template as<Synapse>();
    ForEachSpikeOfTargets(
        p, from, to, [&](uint32_t plane, uint32_t slot, uint32_t now) {
          const Target& target = TargetsOf(state, p.block, plane)[slot];
          [[maybe_unused]] const Dopamine dopamine = Shifted(
              state.dopamine, static_cast<uint32_t>(planes_.steps[plane]));
          for (uint32_t s : IncomingOf(p.block, plane).Of(slot)) {
            ChangeAny(p.block, state, synapses, s, [&](Synapse& synapse) {
              if constexpr (kAdvances) rule_.Advance(synapse, dopamine, now);
              rule_.Spike(synapse, target, now);
            });
          }
        });
  }

  // Lets the rule change the targets' states, after their synapses.
  void SpikeStates(const Propagation& p, PlasticState<Rule>& state) const {
    ForEachSpikeOfTargets(p, 0, static_cast<uint32_t>(planes_.steps.size()),
                          [&](uint32_t plane, uint32_t slot, uint32_t now) {
                            if (IncomingOf(p.block, plane).Of(slot).empty()) {
                              return;
                            }
                            rule_.Spike(TargetsOf(state, p.block, plane)[slot],
                                        now);
                          });
  }

  const ReverseIndex& IncomingOf(int block, size_t plane) const {
    return incoming_[block * planes_.steps.size() + plane];
  }

  // Lets the rule change all synapses at the end of an interval.
  void ApplyByPlane(const Propagation& p, PlasticState<Rule>& state) const {
    const auto* slots = layout_.blocks[p.block].targets.template as<uint16_t>();
    auto* synapses = state.synapses.template as<Synapse>();
    ForEachSegment(p.block, [&](size_t i, size_t begin, size_t end) {
      const uint32_t plane = planes_.of_delay[i];
      const auto now = static_cast<uint32_t>(p.step) -
                       static_cast<uint32_t>(planes_.steps[plane]);
      const Target* targets = TargetsOf(state, p.block, plane);
      for (size_t s = begin; s < end; ++s) {
        if constexpr (kTakesDopamine) {
          const double dopamine = state.dopamine.At(
              rule_.dopamine_decay(), static_cast<uint32_t>(p.step));
          ChangeAny(p.block, state, synapses, s, [&](Synapse& synapse) {
            rule_.Apply(synapse, targets[slots[s]], dopamine, now);
          });
        } else if (state.frozen == nullptr ||
                   !state.frozen->IsFrozen(layout_, p.block, s)) {
          rule_.Apply(synapses[s], targets[slots[s]], now);
        }
      }
    });
  }

  // Calls body(synapse, d) for all synapses of a block, as ForAll; d is the
  // dendritic part of their delay.
  template <class Body>
  void ForAllByPlane(int block, PlasticState<Rule>& state, Body body) const {
    ForEachSegment(block, [&](size_t i, size_t begin, size_t end) {
      const auto d = static_cast<uint32_t>(planes_.steps[planes_.of_delay[i]]);
      for (size_t s = begin; s < end; ++s) {
        ChangeAny(block, state, state.synapses.template as<Synapse>(), s,
                  [&](Synapse& synapse) { body(synapse, d); });
      }
    });
  }

  // Brings all synapses of a block up to date.
  void AdvanceAll(int block, PlasticState<Rule>& state, uint32_t now) const {
    if constexpr (kAdvances) {
      if (IsDendritic()) {
        ForAllByPlane(block, state, [&](Synapse& synapse, uint32_t d) {
          rule_.Advance(synapse, Shifted(state.dopamine, d), now - d);
        });
        return;
      }
      ForAll(block, state, [&](Synapse& synapse) {
        rule_.Advance(synapse, state.dopamine, now);
      });
    }
  }

  // Lets the rule change all synapses of a block by body(synapse), except for
  // frozen weights.
  template <class Body>
  void ForAll(int block, PlasticState<Rule>& state, Body body) const {
    auto* synapses = state.synapses.template as<Synapse>();
    const size_t count = SynapseCount(block);
    for (size_t s = 0; s < count; ++s) {
      if (state.frozen == nullptr) {
        body(synapses[s]);
      } else {
        ChangeOne<true>(block, state, synapses, s, body);
      }
    }
  }

  // Drops traces that are too old for the step counter (core/synapses/trace.h).
  void Forget(const Propagation& p, PlasticState<Rule>& state) const {
    const auto now = static_cast<uint32_t>(p.step);
    auto* synapses = state.synapses.template as<Synapse>();
    const size_t count = SynapseCount(p.block);
    if constexpr (kAdvances) {
      const auto forget = [&](Synapse& synapse) {
        rule_.Forget(synapse, state.dopamine, now);
      };
      if (IsDendritic()) {
        ForAllByPlane(p.block, state, [&](Synapse& synapse, uint32_t d) {
          rule_.Forget(synapse, Shifted(state.dopamine, d), now - d);
        });
      } else {
        ForAll(p.block, state, forget);
      }
    } else {
      for (size_t s = 0; s < count; ++s) rule_.Forget(synapses[s], now);
    }
    if constexpr (kTakesDopamine) {
      if (now - state.dopamine.step >= kForgetSteps) {
        const uint32_t then = now - kForgetSteps;
        state.dopamine = {state.dopamine.At(rule_.dopamine_decay(), then),
                          then};
      }
    }
    for (Target& target : state.targets) rule_.Forget(target, now);
  }

  SynapseLayout layout_;
  Rule rule_;
  DendriticPlanes planes_;
  std::vector<int64_t> row_lengths_;    // [blocks]
  std::vector<ReverseIndex> incoming_;  // [blocks][planes]
  std::vector<SlotsOfNeurons> slots_;   // [blocks]; without planes none
};

// A synapse model made of this frame and a rule in each precision.
template <class RuleF32, class RuleF64>
class PlasticModel : public SynapseModel {
 public:
  explicit PlasticModel(ModelInfo info) : info_(std::move(info)) {}

  const ModelInfo& info() const override { return info_; }
  bool is_plastic() const override { return true; }
  bool takes_dopamine() const override {
    return requires(const RuleF64& rule) { rule.dopamine_decay(); };
  }

  void CheckWeights(const Parameters& parameters, double* min,
                    double* max) const override {
    const WeightBounds bounds = RuleF64::Bounds(parameters);
    *min = bounds.min;
    *max = bounds.max;
  }

  std::unique_ptr<SynapseKernel> Compile(
      const Parameters& parameters, SynapseLayout layout,
      const Network& network) const override {
    if (network.precision == Precision::kFloat64) {
      return std::make_unique<PlasticKernel<RuleF64>>(
          parameters, std::move(layout), network);
    }
    return std::make_unique<PlasticKernel<RuleF32>>(parameters,
                                                    std::move(layout), network);
  }

  // The state of the rule, and the index by target.
  double StateBytesPerSynapse(Precision precision) const override {
    return sizeof(uint32_t) + (precision == Precision::kFloat64
                                   ? sizeof(typename RuleF64::Synapse)
                                   : sizeof(typename RuleF32::Synapse));
  }
  double StateBytesPerNeuron(Precision precision) const override {
    return sizeof(size_t) + (precision == Precision::kFloat64
                                 ? sizeof(typename RuleF64::Target)
                                 : sizeof(typename RuleF32::Target));
  }
  double TableBytes(const Parameters& parameters, double dt_ms,
                    Precision precision) const override {
    return precision == Precision::kFloat64
               ? RuleF64::TableBytes(parameters, dt_ms)
               : RuleF32::TableBytes(parameters, dt_ms);
  }

 private:
  ModelInfo info_;
};

}  // namespace spiked::plastic

#endif  // SPIKED_CORE_SYNAPSES_PLASTIC_KERNEL_H_
