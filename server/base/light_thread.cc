// SPDX-License-Identifier: Apache-2.0

#include "server/base/light_thread.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace spiked {
namespace {

// A step of niceness is a factor of 1.25 in the weight, and 1.25^10 is 9.3.
constexpr int kMoreNiceness = 10;

// Niceness belongs to a thread in Linux, unlike POSIX says.
id_t ThreadId() { return static_cast<id_t>(syscall(SYS_gettid)); }

}  // namespace

void MakeThreadLight() {
  setpriority(PRIO_PROCESS, ThreadId(),
              std::min(ThreadNiceness() + kMoreNiceness, 19));
}

int ThreadNiceness() { return getpriority(PRIO_PROCESS, ThreadId()); }

}  // namespace spiked
