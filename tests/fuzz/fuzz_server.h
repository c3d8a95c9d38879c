// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_FUZZ_FUZZ_SERVER_H_
#define SPIKED_TESTS_FUZZ_FUZZ_SERVER_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/base/clock.h"
#include "server/rpc/rpc_server.h"
#include "server/session/registry/session_registry.h"
#include "server/session/scheduling/scheduler.h"

namespace spiked::fuzz {

// A server in this process, and a connection to it.
class FuzzServer {
 public:
  // `tokens` may be null: then calls need no token.
  explicit FuzzServer(const TokenStore* tokens = nullptr);

  // Makes sure that callers without a token have a single session, "demo", of
  // ExampleNetwork, paused.
  void Restore();
  std::shared_ptr<Session> session() { return *registry_.Find("demo"); }

  // Sends messages as they are, reads an answer if one comes in time, and ends
  // the call.
  grpc::Status Call(const std::string& path,
                    const std::vector<absl::string_view>& messages,
                    const std::map<std::string, std::string>& metadata = {});

  // Checks that a call is served, or on a busy machine ends too late.
  void CheckServes();

  SessionRegistry& registry() { return registry_; }
  SessionBuilder* builder() { return &builder_; }
  const CallStatistics& calls() const { return calls_; }
  const Statistics& statistics() const { return statistics_; }

 private:
  SteadyClock clock_;
  Statistics statistics_;
  CallStatistics calls_;
  Scheduler scheduler_{1, &clock_, &statistics_};
  SessionRegistry registry_{
      SessionLimits{.max_sessions = 10, .memory_bytes = 20'000'000}, &clock_,
      &scheduler_, &statistics_};
  SessionBuilder builder_{&registry_};
  SessionEditor editor_{&registry_, &builder_};
  std::unique_ptr<RpcServer> rpc_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

}  // namespace spiked::fuzz

#endif  // SPIKED_TESTS_FUZZ_FUZZ_SERVER_H_
