// SPDX-License-Identifier: Apache-2.0

#include "server/memory_limit.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace spiked {

int64_t AvailableMemoryBytes() {
  int64_t bytes =
      int64_t{sysconf(_SC_PHYS_PAGES)} * int64_t{sysconf(_SC_PAGESIZE)};
  // Control groups, version 2 and 1, as a container sees its own. "max" is not
  // a number and leaves the machine's memory.
  for (const char* path : {"/sys/fs/cgroup/memory.max",
                           "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::ifstream file(path);
    int64_t limit = 0;
    if (file >> limit && limit > 0) bytes = std::min(bytes, limit);
  }
  return bytes;
}

}  // namespace spiked
