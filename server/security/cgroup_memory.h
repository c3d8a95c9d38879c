// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_CGROUP_MEMORY_H_
#define SPIKED_SERVER_SECURITY_CGROUP_MEMORY_H_

#include <cstdint>
#include <string>

namespace spiked {

// What this process may have and has, by the machine and its control groups
// (version 2 and 1, also those above its own).
class ProcessMemory {
 public:
  // `root` is put before the paths of /proc and /sys; for tests.
  explicit ProcessMemory(std::string root = "");

  // The least of the machine's memory and the limits, in bytes.
  int64_t LimitBytes() const;

  // The most of what the process has in memory, and, if its own group is
  // limited, what the group has there without the files that can be dropped.
  int64_t UsedBytes() const;

 private:
  struct Group {
    std::string folder;  // empty: none
    const char* limit_file;
    const char* usage_file;
    const char* droppable_key;  // in memory.stat
  };
  static Group FindGroup(const std::string& root);

  const std::string root_;
  const Group group_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_CGROUP_MEMORY_H_
