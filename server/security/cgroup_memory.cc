// SPDX-License-Identifier: Apache-2.0

#include "server/security/cgroup_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"

namespace spiked {
namespace {

// Reads the number at the begin of a file; -1 if there is none (such as "max").
int64_t ReadNumber(const std::string& path) {
  std::ifstream file(path);
  int64_t number = 0;
  return file >> number ? number : -1;
}

// Reads the number that follows a key in a file; 0 if the key is missing.
int64_t ReadNumberOf(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  int64_t number = 0;
  while (file >> word >> number) {
    if (word == key) return number;
  }
  return 0;
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

}  // namespace

ProcessMemory::ProcessMemory(std::string root)
    : root_(std::move(root)), group_(FindGroup(root_)) {}

ProcessMemory::Group ProcessMemory::FindGroup(const std::string& root) {
  const Group v2 = {root + "/sys/fs/cgroup", "memory.max", "memory.current",
                    "inactive_file"};
  const Group v1 = {root + "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
                    "memory.usage_in_bytes", "total_inactive_file"};
  // The file has lines such as "0::/a/b" (version 2) and "4:memory:/a/b"
  // (version 1).
  std::ifstream file(root + "/proc/self/cgroup");
  Group found = {"", "", "", ""};
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    const std::vector<std::string> controllers = absl::StrSplit(parts[1], ',');
    const bool is_v1 = std::find(controllers.begin(), controllers.end(),
                                 "memory") != controllers.end();
    if (!is_v1 && !parts[1].empty()) continue;
    Group group = is_v1 ? v1 : v2;
    const std::string top = group.folder;
    // A container may see its own group as the top: then the path doesn't
    // exist.
    if (parts[2] != "/" && Exists(top + parts[2])) group.folder += parts[2];
    if (is_v1) return group;  // version 1 has the memory controller
    // The top group of version 2 has no such file, except in a container.
    if (Exists(group.folder + "/" + group.usage_file)) found = group;
  }
  return found;
}

int64_t ProcessMemory::LimitBytes() const {
  int64_t bytes =
      int64_t{sysconf(_SC_PHYS_PAGES)} * int64_t{sysconf(_SC_PAGESIZE)};
  if (group_.folder.empty()) return bytes;
  // The groups above limit it too.
  const size_t top = (root_ + "/sys/fs/cgroup").size();
  for (std::string folder = group_.folder; folder.size() >= top;
       folder.resize(folder.rfind('/'))) {
    const int64_t limit = ReadNumber(folder + "/" + group_.limit_file);
    if (limit > 0) bytes = std::min(bytes, limit);
  }
  return bytes;
}

int64_t ProcessMemory::ResidentBytes() const {
  // The first fields of statm are size and resident, in pages. Read without a
  // stream, because it is read often.
  char text[64] = {};
  const int file = open((root_ + "/proc/self/statm").c_str(), O_RDONLY);
  if (file < 0) return 0;
  const ssize_t length = read(file, text, sizeof(text) - 1);
  close(file);
  int64_t size = 0;
  int64_t resident = 0;
  if (length <= 0 ||
      std::sscanf(text, "%" SCNd64 " %" SCNd64, &size, &resident) != 2) {
    return 0;
  }
  return resident * int64_t{sysconf(_SC_PAGESIZE)};
}

int64_t ProcessMemory::UsedBytes() const {
  const int64_t used = ResidentBytes();
  if (group_.folder.empty()) return used;
  const int64_t limit = ReadNumber(group_.folder + "/" + group_.limit_file);
  // Version 1 gives a number near 2^63 if there is no limit.
  if (limit <= 0 || limit > int64_t{1} << 60) return used;
  const int64_t group =
      ReadNumber(group_.folder + "/" + group_.usage_file) -
      ReadNumberOf(group_.folder + "/memory.stat", group_.droppable_key);
  return std::max(used, group);
}

}  // namespace spiked
