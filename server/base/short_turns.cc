// SPDX-License-Identifier: Apache-2.0

#include "server/base/short_turns.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace spiked {
namespace {

// sched_attr of sched_setattr(2): glibc 2.36 has none, and Linux's own header
// can't be included together with glibc's <sched.h>.
struct Attributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;  // for SCHED_OTHER since 6.12: the turn in ns
  uint64_t deadline;
  uint64_t period;
};
static_assert(sizeof(Attributes) == 48);

bool Get(Attributes* attributes) {
  return syscall(SYS_sched_getattr, 0, attributes, sizeof(*attributes), 0) == 0;
}

}  // namespace

void AskForShortTurns(int64_t nanos) {
  Attributes attributes{};
  // Reads the current attributes first, so that all others, such as the
  // niceness, stay.
  if (!Get(&attributes)) return;
  attributes.size = sizeof(attributes);
  attributes.runtime = static_cast<uint64_t>(nanos);
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

int64_t TurnNanos() {
  Attributes attributes{};
  return Get(&attributes) ? static_cast<int64_t>(attributes.runtime) : 0;
}

}  // namespace spiked
