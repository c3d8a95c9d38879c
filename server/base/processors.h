// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_PROCESSORS_H_
#define SPIKED_SERVER_BASE_PROCESSORS_H_

#include <vector>

namespace spiked {

// The processors on which Linux may run this thread, in increasing order; empty
// if the system doesn't say.
std::vector<int> AllowedProcessors();

// Lets Linux run this thread on one processor only; false if it refuses. A
// thread that is started by this one stays there, too.
bool StayOnProcessor(int processor);

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_PROCESSORS_H_
