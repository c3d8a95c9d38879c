// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <memory>
#include <string>

#include "server/rpc/call/environment.h"
#include "server/rpc/call/session_filter.h"
#include "server/rpc/convert/page_token.h"
#include "server/rpc/streams/spike_request.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/session.pb.h"
#include "tests/fuzz/check_text.h"
#include "tests/fuzz/example.h"
#include "tests/fuzz/fuzz_server.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

template <typename Message>
bool Parse(absl::string_view bytes, Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

void ListSessions(absl::string_view bytes) {
  v1::ListSessionsRequest request;
  if (!Parse(bytes, &request)) return;
  Violations violations;
  const SessionFilter filter = ToFilter(request, &violations);
  const std::string fingerprint = filter.Fingerprint();
  const std::string after =
      ParsePageToken(request.page_token(), &violations, fingerprint);
  ParsePageSize(request.page_size(), &violations);
  CheckText(violations);
  FUZZ_CHECK(after.empty() ||
             MakePageToken(after, fingerprint) == request.page_token());
  // A token is valid for its own filter only.
  Violations of_token;
  const std::string token = MakePageToken("demo", fingerprint);
  FUZZ_CHECK(ParsePageToken(token, &of_token, fingerprint) == "demo");
  FUZZ_CHECK(of_token.empty());
  FUZZ_CHECK(ParsePageToken(token, &of_token, fingerprint + "0").empty());
}

// Whether a request asks for a neuron of ExampleNetwork, apart from its column.
bool IsAskedFor(const v1::StreamSpikesRequest& request, int32_t neuron) {
  const auto is_in = [](const auto& list, const auto& value) {
    return list.empty() ||
           std::find(list.begin(), list.end(), value) != list.end();
  };
  const std::string population = neuron < 4 ? "in" : "cells";
  return is_in(request.populations(), population) &&
         is_in(request.neuron_indices(), neuron) &&
         (request.sample_fraction() == 0 ||
          InSample(ExampleNetwork().seed, neuron, request.sample_fraction()));
}

void StreamSpikes(absl::string_view bytes) {
  static auto* const server = [] {
    auto* const made = new FuzzServer;
    made->Restore();
    return made;
  }();
  v1::StreamSpikesRequest request;
  if (!Parse(bytes, &request)) return;
  const std::shared_ptr<Session> session = server->session();
  Violations violations;
  const StreamTimes times = CheckStream(request, &violations);
  CheckStart(request, &violations);
  RpcEnvironment environment{};
  environment.registry = &server->registry();
  environment.caller.tenant = server->registry().tenants()->Get("");
  const auto filter =
      ReadFilter(environment, request, *session->built(), &violations);
  CheckText(violations);
  if (!violations.empty()) return;
  FUZZ_CHECK(filter.ok());
  FUZZ_CHECK(times.window_nanos > 0);
  FUZZ_CHECK(times.progress_nanos > 0);
  for (int32_t n = 0; n < session->built()->network->neuron_count; ++n) {
    const bool is_asked_for = IsAskedFor(request, n);
    FUZZ_CHECK(!(*filter)->Wants(n) || is_asked_for);
    FUZZ_CHECK((*filter)->Wants(n) == is_asked_for ||
               !request.columns().empty());
  }
}

}  // namespace

void FuzzRequests(absl::string_view bytes) {
  ListSessions(bytes);
  StreamSpikes(bytes);
}

}  // namespace spiked::fuzz
