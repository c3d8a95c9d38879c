// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_CLIENT_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "spiked/v1/session.grpc.pb.h"

namespace spiked::benchmark {

absl::Status ToStatus(const grpc::Status& status);

// A channel with a connection of its own, whose calls carry the token, if there
// is one.
std::shared_ptr<grpc::Channel> Connect(const std::string& address,
                                       const std::string& token = "");

// Izhikevich neurons with noise, dt 1 ms, `indegree` synapses to each.
v1::Network NoisyNetwork(int neurons, int indegree);

// Sessions of one network, named prefix-0, prefix-1, ...; the request's
// session_id is the prefix. Deletes them at the end of its life.
class SessionSet {
 public:
  SessionSet(std::shared_ptr<grpc::Channel> channel,
             v1::CreateSessionRequest request);
  SessionSet(const SessionSet&) = delete;
  SessionSet& operator=(const SessionSet&) = delete;
  ~SessionSet();

  // Creates sessions until there are `count`.
  absl::Status GrowTo(int count);
  int size() const { return static_cast<int>(names_.size()); }
  const std::string& name(int i) const { return names_[i]; }

  // Starts, pauses or reads the first `count` sessions; starting continues from
  // their current step.
  absl::Status Start(int count);
  absl::Status Pause(int count);
  absl::StatusOr<std::vector<v1::SessionMetrics>> Metrics(int count);

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::SessionService::Stub> stub_;
  v1::CreateSessionRequest request_;
  const std::string prefix_;
  std::vector<std::string> names_;
};

// The answer to GET, with its headers, at an http:// address with an IPv4 host.
absl::StatusOr<std::string> HttpGet(const std::string& url);

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_DAEMON_CLIENT_H_
