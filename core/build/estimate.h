// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_BUILD_ESTIMATE_H_
#define SPIKED_CORE_BUILD_ESTIMATE_H_

#include <cstdint>

#include "core/build/plan.h"
#include "core/spec/network_spec.h"

namespace spiked {

// Size and memory of a network, estimated before anything is allocated.
struct Estimate {
  int64_t neuron_count = 0;
  double synapse_count = 0;  // expected
  double bytes = 0;          // network and state
  double build_bytes = 0;    // the peak while it is built
};

// Estimates a planned network compiled for `thread_count` threads. Only the
// bytes depend on the threads, since each block of neurons has its own tables
// of synapses. Requires: a plan without violations.
Estimate EstimateNetwork(const NetworkPlan& plan, int thread_count = 1);

// Plans and estimates the network of a specification. Requires: every value in
// it is valid by itself.
Estimate EstimateNetwork(const NetworkSpec& spec, int thread_count = 1);

}  // namespace spiked

#endif  // SPIKED_CORE_BUILD_ESTIMATE_H_
