// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_THREAD_COUNT_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_THREAD_COUNT_H_

#include "core/build/plan.h"

namespace spiked {

// How many threads step a session: what its creator requested, or if that is 0,
// what suits the size of the network. Small networks lose more by waiting for
// each other in every step than they win. Results don't depend on it.
//
// Requires: 0 <= requested, 1 <= max.
int ChooseThreadCount(int requested, const NetworkPlan& plan, int max);

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_THREAD_COUNT_H_
