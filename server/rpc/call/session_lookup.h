// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_SESSION_LOOKUP_H_
#define SPIKED_SERVER_RPC_CALL_SESSION_LOOKUP_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/spec/violations.h"
#include "google/protobuf/repeated_field.h"
#include "server/rpc/call/environment.h"
#include "server/session/registry/session_registry.h"
#include "server/session/session.h"
#include "spiked/v1/network.pb.h"

namespace spiked {

// A session that has its network, by the key that ParseSessionName returns.
// NOT_FOUND if there is none, FAILED_PRECONDITION if it is still being created.
absl::StatusOr<std::shared_ptr<Session>> FindBuilt(
    const SessionRegistry& registry, const std::string& key);

// What the reading of a request takes, as a number of bytes for
// RpcEnvironment::Run: the request itself, each of its names compared with all
// of the session's populations and encoders, and, if so, a look at every
// neuron.
struct Reading {
  size_t bytes = 0;
  int64_t names = 0;
  bool all_neurons = false;
};
size_t SizeOfReading(const RpcEnvironment& environment,
                     const std::string& session_name, const Reading& reading);
size_t SizeOfReading(const Session& session, const Reading& reading);

// A request has at most so many stimuli.
inline constexpr int kMaxStimuli = 10'000;
void CheckStimulusCount(int count, int min, Violations* violations);

// The stimuli of a request, checked against a session's network. Their paths
// begin with "stimuli[0]".
std::vector<StimulusSpec> ReadStimuli(
    const google::protobuf::RepeatedPtrField<v1::Stimulus>& stimuli,
    const SessionNetwork& network, Violations* violations);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_SESSION_LOOKUP_H_
