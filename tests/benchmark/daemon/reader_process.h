// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_READER_PROCESS_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_READER_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace spiked::benchmark {

// A client in a process of its own that reads a session's spikes. The process
// runs this program again, and is killed by the destructor.
class ReaderProcess {
 public:
  // Returns when the first message of the stream has arrived. The token is
  // empty if the daemon has none.
  static absl::StatusOr<std::unique_ptr<ReaderProcess>> Start(
      const std::string& address, const std::string& session,
      const std::string& token = "");
  ReaderProcess(const ReaderProcess&) = delete;
  ReaderProcess& operator=(const ReaderProcess&) = delete;
  ~ReaderProcess();

  // Stops the process, which keeps its connection but reads no more.
  void Suspend();

  // The main function of the process; returns its exit status.
  static int Main(const std::string& address, const std::string& session,
                  const std::string& token);
  static constexpr char kOption[] = "--read-spikes";

 private:
  explicit ReaderProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;
};

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_READER_PROCESS_H_
