// SPDX-License-Identifier: Apache-2.0

#include "server/security/cgroup_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace spiked {
namespace {

// Makes a tree of files like the kernel's.
class CgroupMemoryTest : public ::testing::Test {
 protected:
  CgroupMemoryTest() {
    std::filesystem::remove_all(root_);
    Write("/proc/self/statm", "1000 2 1 1 0 1 0");
  }
  ~CgroupMemoryTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(
        std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text << "\n";
  }

  const std::string root_ =
      ::testing::TempDir() + "/cgroup-" + std::to_string(getpid());
  const int64_t machine_ =
      int64_t{sysconf(_SC_PHYS_PAGES)} * int64_t{sysconf(_SC_PAGESIZE)};
  const int64_t resident_ = 2 * int64_t{sysconf(_SC_PAGESIZE)};
};

TEST_F(CgroupMemoryTest, WithoutGroupsIsTheMachine) {
  EXPECT_EQ(ProcessMemory(root_).LimitBytes(), machine_);
  EXPECT_EQ(ProcessMemory(root_).UsedBytes(), resident_);
}

TEST_F(CgroupMemoryTest, Version2OfAContainer) {
  Write("/proc/self/cgroup", "0::/");
  Write("/sys/fs/cgroup/memory.max", "100000000");
  Write("/sys/fs/cgroup/memory.current", "60000000");
  Write("/sys/fs/cgroup/memory.stat",
        "anon 40000000\ninactive_file 15000000\nactive_file 1");
  EXPECT_EQ(ProcessMemory(root_).LimitBytes(), 100'000'000);
  EXPECT_EQ(ProcessMemory(root_).UsedBytes(), 45'000'000);
}

TEST_F(CgroupMemoryTest, Version2WithoutALimit) {
  Write("/proc/self/cgroup", "0::/");
  Write("/sys/fs/cgroup/memory.max", "max");
  Write("/sys/fs/cgroup/memory.current", "60000000");
  EXPECT_EQ(ProcessMemory(root_).LimitBytes(), machine_);
  EXPECT_EQ(ProcessMemory(root_).UsedBytes(), resident_);
}

TEST_F(CgroupMemoryTest, Version2OfAServiceIsLimitedByEveryGroupAbove) {
  Write("/proc/self/cgroup", "0::/system.slice/spiked.service");
  Write("/sys/fs/cgroup/system.slice/memory.max", "50000000");
  const std::string own = "/sys/fs/cgroup/system.slice/spiked.service";
  Write(own + "/memory.max", "70000000");
  Write(own + "/memory.current", "30000000");
  Write(own + "/memory.stat", "anon 30000000\ninactive_file 10000000");
  EXPECT_EQ(ProcessMemory(root_).LimitBytes(), 50'000'000);
  EXPECT_EQ(ProcessMemory(root_).UsedBytes(), 20'000'000);
}

TEST_F(CgroupMemoryTest, Version1BesideVersion2) {
  Write("/proc/self/cgroup", "4:cpu,cpuacct:/x\n3:memory:/docker/abc\n0::/");
  const std::string own = "/sys/fs/cgroup/memory/docker/abc";
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  Write(own + "/memory.limit_in_bytes", "80000000");
  Write(own + "/memory.usage_in_bytes", "50000000");
  Write(own + "/memory.stat", "inactive_file 1\ntotal_inactive_file 20000000");
  EXPECT_EQ(ProcessMemory(root_).LimitBytes(), 80'000'000);
  EXPECT_EQ(ProcessMemory(root_).UsedBytes(), 30'000'000);
}

// A container that sees its own group as the top, but gets its path outside.
TEST_F(CgroupMemoryTest, Version1OfAContainer) {
  Write("/proc/self/cgroup", "3:memory:/docker/abc");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "90000000");
  Write("/sys/fs/cgroup/memory/memory.usage_in_bytes", "10000000");
  EXPECT_EQ(ProcessMemory(root_).LimitBytes(), 90'000'000);
  EXPECT_EQ(ProcessMemory(root_).UsedBytes(), 10'000'000);
}

TEST_F(CgroupMemoryTest, WhatTheProcessHasCountsIfItIsMore) {
  Write("/proc/self/cgroup", "0::/");
  Write("/proc/self/statm", "100000 50000 1 1 0 1 0");
  Write("/sys/fs/cgroup/memory.max", "1000000000");
  Write("/sys/fs/cgroup/memory.current", "1000");
  EXPECT_EQ(ProcessMemory(root_).UsedBytes(), 25'000 * resident_);
}

TEST(ProcessMemory, OfThisProcessIsPlausible) {
  const ProcessMemory memory;
  EXPECT_GT(memory.LimitBytes(), memory.UsedBytes());
  EXPECT_GT(memory.UsedBytes(), 1 << 20);
}

}  // namespace
}  // namespace spiked
