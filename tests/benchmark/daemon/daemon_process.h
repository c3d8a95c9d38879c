// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_PROCESS_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace spiked::benchmark {

// The daemon as a child process on free loopback ports. Ends it at the end of
// its life.
class DaemonProcess {
 public:
  static absl::StatusOr<std::unique_ptr<DaemonProcess>> Start(
      const std::string& path, const std::vector<std::string>& options = {});
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;
  ~DaemonProcess();

  // "host:port" for a channel.
  const std::string& address() const { return address_; }

  // "http://host:port/metrics".
  const std::string& metrics_url() const { return metrics_url_; }

  // Resident memory in bytes, and processor time so far in seconds.
  double ResidentBytes() const;
  double CpuSeconds() const;

 private:
  DaemonProcess(pid_t pid, int stdout_fd) : pid_(pid), stdout_fd_(stdout_fd) {}

  pid_t pid_;
  int stdout_fd_;
  std::string address_;
  std::string metrics_url_;
};

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_PROCESS_H_
