// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_LIGHT_THREAD_H_
#define SPIKED_SERVER_BASE_LIGHT_THREAD_H_

namespace spiked {

// Lets Linux give this thread about a tenth of what it gives others while all
// want a processor: niceness 10 more. A thread can't undo it without a
// privilege.
void MakeThreadLight();

// The niceness of this thread: -20 to 19.
int ThreadNiceness();

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_LIGHT_THREAD_H_
