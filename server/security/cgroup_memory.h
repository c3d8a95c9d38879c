// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_CGROUP_MEMORY_H_
#define SPIKED_SERVER_SECURITY_CGROUP_MEMORY_H_

#include <cstdint>
#include <string>

namespace spiked {

// The memory limit and use of this process, by the machine and the process's
// control groups (version 2 or 1, including those above its own).
class ProcessMemory {
 public:
  // `root` is put before the paths of /proc and /sys; for tests.
  explicit ProcessMemory(std::string root = "");

  // The smallest of the machine's memory and the groups' limits, in bytes.
  int64_t LimitBytes() const;

  // The resident memory of the process, in bytes. Takes some microseconds.
  int64_t ResidentBytes() const;

  // The resident memory of the process in bytes; or, if its own group has a
  // limit and that is more, the memory of the group without inactive files,
  // which the kernel can drop.
  int64_t UsedBytes() const;

 private:
  struct Group {
    std::string folder;  // empty: no group
    const char* limit_file;
    const char* usage_file;
    const char* droppable_key;  // key in memory.stat
  };
  static Group FindGroup(const std::string& root);

  const std::string root_;
  const Group group_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_CGROUP_MEMORY_H_
