// SPDX-License-Identifier: Apache-2.0

#include "server/metrics/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

#include "server/metrics/metric_families.h"

namespace spiked {
namespace {

// The numeric fields of /proc/self/stat, from the fourth (ppid) on. The second,
// the program's name in parentheses, may hold any characters, so reading begins
// behind its last parenthesis.
std::vector<double> ReadStat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(line.substr(name_end + 4));  // ") S "
  return {std::istream_iterator<double>(rest), {}};
}

double BootTimeSeconds() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

double OpenFileDescriptors() {
  std::error_code error;
  double count = 0;
  std::filesystem::directory_iterator it("/proc/self/fd", error);
  for (; !error && it != std::filesystem::directory_iterator();
       it.increment(error)) {
    ++count;
  }
  return count;
}

double MaxFileDescriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::vector<prometheus::MetricFamily> CollectProcessMetrics() {
  // Indices of man 5 proc, counted from ppid, the fourth field.
  enum {
    kUserTicks = 10,
    kSystemTicks = 11,
    kThreads = 16,
    kStartTicks = 18,
    kVirtualBytes = 19,
    kResidentPages = 20
  };
  // A failed reading gives zeros.
  std::vector<double> stat = ReadStat();
  stat.resize(kResidentPages + 1);
  const auto tick = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  static const double boot_time_s = BootTimeSeconds();
  return {
      FamilyBuilder::Counter("process_cpu_seconds_total",
                             "Processor time of the process in seconds.")
          .Add((stat[kUserTicks] + stat[kSystemTicks]) / tick)
          .family,
      FamilyBuilder::Gauge("process_resident_memory_bytes",
                           "Resident memory in bytes.")
          .Add(stat[kResidentPages] * page)
          .family,
      FamilyBuilder::Gauge("process_virtual_memory_bytes",
                           "Virtual memory in bytes.")
          .Add(stat[kVirtualBytes])
          .family,
      FamilyBuilder::Gauge("process_open_fds", "Open file descriptors.")
          .Add(OpenFileDescriptors())
          .family,
      FamilyBuilder::Gauge("process_max_fds",
                           "Largest number of open file descriptors.")
          .Add(MaxFileDescriptors())
          .family,
      FamilyBuilder::Gauge("process_threads", "Threads of the process.")
          .Add(stat[kThreads])
          .family,
      FamilyBuilder::Gauge("process_start_time_seconds",
                           "Start of the process in Unix time.")
          .Add(boot_time_s + stat[kStartTicks] / tick)
          .family,
  };
}

}  // namespace spiked
