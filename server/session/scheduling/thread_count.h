// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SCHEDULING_THREAD_COUNT_H_
#define SPIKED_SERVER_SESSION_SCHEDULING_THREAD_COUNT_H_

#include "core/build/plan.h"

namespace spiked {

// The number of threads that step a session: `requested`, or if that is 0, a
// number that suits the size of the network; at most `max`. In small networks
// threads would lose more by waiting for each other in every step than they
// gain. Results don't depend on the number.
//
// Requires: 0 <= requested, 1 <= max.
int ChooseThreadCount(int requested, const NetworkPlan& plan, int max);

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SCHEDULING_THREAD_COUNT_H_
