// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_UNFINISHED_REQUESTS_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_UNFINISHED_REQUESTS_H_

#include <atomic>
#include <string>
#include <thread>

namespace spiked::benchmark {

// Connections with calls whose requests begin, say that they are long, and
// never end; each connection is closed after a second and made again.
class UnfinishedRequests {
 public:
  static constexpr int kConnections = 4;
  static constexpr int kCallsPerConnection = 20;

  // `address` is "IPv4:port".
  UnfinishedRequests(const std::string& address, const std::string& token);
  ~UnfinishedRequests();
  UnfinishedRequests(const UnfinishedRequests&) = delete;
  UnfinishedRequests& operator=(const UnfinishedRequests&) = delete;

 private:
  void Run(const std::string& address, const std::string& bytes);

  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_UNFINISHED_REQUESTS_H_
