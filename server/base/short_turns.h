// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_SHORT_TURNS_H_
#define SPIKED_SERVER_BASE_SHORT_TURNS_H_

#include <cstdint>

namespace spiked {

// What AskForShortTurns asks for: the least that Linux grants.
inline constexpr int64_t kShortTurnNanos = 100'000;

// Asks the kernel for short turns on a processor for this thread: the same
// share of it, but sooner when the thread wakes while others are busy, because
// Linux lets who has a shorter turn interrupt who has a longer one. Without,
// a thread that wakes beside busy ones waits for the end of a turn, which is
// looked for with the timer tick: 4 ms, measured. No privilege is needed, and
// nobody gets less.
//
// Linux 6.12 and later; earlier ones ignore it.
void AskForShortTurns();

// The turn that the kernel says this thread has; 0 before Linux 6.12.
int64_t TurnNanos();

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_SHORT_TURNS_H_
