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
#include "server/rpc/convert/session_name.h"
#include "server/session/registry/session_registry.h"
#include "server/session/session.h"
#include "spiked/v1/network.pb.h"

namespace spiked {

// Finds a session whose network is built, by the key that ParseTarget returns
// and the incarnation that it must have. Errors: those of the registry's Find,
// FAILED_PRECONDITION if its network is not built yet.
absl::StatusOr<std::shared_ptr<Session>> FindBuilt(
    const SessionRegistry& registry, const std::string& key,
    const std::string& incarnation_id);

// The costs of reading a request: its own bytes, the number of its names, each
// of which is compared with all of the session's populations and encoders,
// whether every neuron is visited, and whether every projection is.
// SizeOfReading gives them as a number of bytes for RpcEnvironment::Run: the
// largest of the four.
struct Reading {
  size_t bytes = 0;
  int64_t names = 0;
  bool all_neurons = false;
  bool all_projections = false;
};
size_t SizeOfReading(const RpcEnvironment& environment,
                     const SessionTarget& target, const Reading& reading);
size_t SizeOfReading(const Session& session, const Reading& reading);

// The most stimuli that one request may have.
inline constexpr int kMaxStimuli = 10'000;
void CheckStimulusCount(int count, int min, Violations* violations);

// Converts the stimuli of a request and checks them against a session's
// network. Paths of violations begin with "stimuli[0]", "stimuli[1]", ...
std::vector<StimulusSpec> ReadStimuli(
    const google::protobuf::RepeatedPtrField<v1::Stimulus>& stimuli,
    const SessionNetwork& network, Violations* violations);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_SESSION_LOOKUP_H_
