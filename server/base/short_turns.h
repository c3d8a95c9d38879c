// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_SHORT_TURNS_H_
#define SPIKED_SERVER_BASE_SHORT_TURNS_H_

#include <cstdint>

namespace spiked {

// The turn that AskForShortTurns asks for, in nanoseconds: the shortest that
// Linux grants.
inline constexpr int64_t kShortTurnNanos = 100'000;

// Asks the kernel for short turns on a processor for this thread. The thread's
// share of the processor stays the same, but when it wakes while others are
// busy it runs sooner, because Linux lets a thread with a shorter turn
// interrupt one with a longer turn. Without this, a thread that wakes beside
// busy ones waits until the timer tick finds the end of a turn: 4 ms, measured.
// No privilege is needed, and the shares of other threads stay the same.
//
// Works on Linux 6.12 and later; earlier versions ignore it.
void AskForShortTurns(int64_t nanos = kShortTurnNanos);

// The length of this thread's turn in nanoseconds, as the kernel reports it; 0
// before Linux 6.12.
int64_t TurnNanos();

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_SHORT_TURNS_H_
