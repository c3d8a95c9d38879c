// SPDX-License-Identifier: Apache-2.0
//
// Arrivals at many synapses with pair STDP, computed together.

#ifndef SPIKED_CORE_SYNAPSES_STDP_PAIR_ARRIVALS_H_
#define SPIKED_CORE_SYNAPSES_STDP_PAIR_ARRIVALS_H_

#include <cstdint>

#include "absl/types/span.h"
#include "core/synapses/stdp_pair_rule.h"

namespace spiked::stdp_pair {

// Four synapses that a spike reaches.
template <typename T>
struct ArrivingFour {
  uint32_t four;  // index in the table
  Pending<T> pending;
};

// For each synapse, in order: potentiates it by the waiting spikes, adds its
// weight to the sum of its target, and depresses it. Gives the same bits as the
// rule of one synapse, in vectors or one by one.
void Deliver(const Rule<float>& rule, const PostSpikes<float>& post,
             absl::Span<const ArrivingFour<float>> arrivals, uint32_t now,
             const uint16_t* targets, float* weights, float* sums);
void Deliver(const Rule<double>& rule, const PostSpikes<double>& post,
             absl::Span<const ArrivingFour<double>> arrivals, uint32_t now,
             const uint16_t* targets, double* weights, double* sums);

}  // namespace spiked::stdp_pair

#endif  // SPIKED_CORE_SYNAPSES_STDP_PAIR_ARRIVALS_H_
