// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/probe.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/rpc/connection/health_call.h"

namespace spiked {
namespace {

// True if the server serves, false if it answers otherwise.
absl::StatusOr<bool> AskHealth(
    const std::string& address, std::chrono::duration<double> timeout,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials,
    const std::string& server_name) {
  const auto deadline =
      std::chrono::system_clock::now() +
      std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
  grpc::CompletionQueue queue;
  HealthCall call(MakeHealthChannel(address, credentials, server_name),
                  deadline, HealthCall::Unconnected::kFail, &queue);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  return call.Answer(address);
}

}  // namespace

absl::Status Probe(const std::string& address,
                   std::chrono::duration<double> timeout,
                   const ClientTls& tls) {
  const auto credentials = MakeClientCredentials(tls);
  if (!credentials.ok()) return credentials.status();
  const auto serving =
      AskHealth(address, timeout, *credentials, tls.server_name);
  if (!serving.ok()) return serving.status();
  if (*serving) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(address, " is not serving"));
}

}  // namespace spiked
