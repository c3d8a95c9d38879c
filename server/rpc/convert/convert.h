// SPDX-License-Identifier: Apache-2.0
//
// Conversion between the messages of the contract (proto/spiked/v1) and the
// server's own types. The .proto files say what the fields mean. Only values
// that the own types cannot hold are checked here: unknown enum values are
// added to `violations` under their path.

#ifndef SPIKED_SERVER_RPC_CONVERT_CONVERT_H_
#define SPIKED_SERVER_RPC_CONVERT_CONVERT_H_

#include <optional>
#include <string>
#include <vector>

#include "core/spec/model_info.h"
#include "core/spec/network_spec.h"
#include "core/spec/violations.h"
#include "google/protobuf/repeated_field.h"
#include "server/session/session.h"
#include "spiked/v1/model.pb.h"
#include "spiked/v1/network.pb.h"
#include "spiked/v1/session.pb.h"

namespace spiked {

// ---- Requests

template <typename T>
std::vector<T> ToVector(const google::protobuf::RepeatedField<T>& field) {
  return {field.begin(), field.end()};
}

// Whether the numbers of populations, projections, inputs, encoders and stimuli
// are within NetworkLimits. To be called before ToSpec, because a specification
// takes several times the memory of the message.
bool CheckCounts(const v1::Network& network, const std::string& path,
                 Violations* violations);

// Converts a network. A oneof that is not set becomes std::monostate, which
// validation refuses; so does a mixture's component that is a list, a mixture
// or by distance.
NetworkSpec ToSpec(const v1::Network& network, const std::string& path,
                   Violations* violations);
StimulusSpec ToSpec(const v1::Stimulus& stimulus);
std::vector<StimulusSpec> ToSpecs(
    const google::protobuf::RepeatedPtrField<v1::Stimulus>& stimuli);
Value ToValue(const v1::Value& value, const std::string& path,
              Violations* violations);
ValueMap ToValues(const google::protobuf::Map<std::string, v1::Value>& values,
                  const std::string& path, Violations* violations);

// Reads pacing, pace, tick, lateness policy, admission policy and number of
// threads, and adds all their violations.
SessionOptions ToOptions(const v1::CreateSessionRequest& request,
                         int max_thread_count, Violations* violations);

Pacing ToPacing(v1::Pacing pacing);
LatenessPolicy ToLatenessPolicy(v1::LatenessPolicy policy);
// Nullopt for UNSPECIFIED.
std::optional<AdmissionPolicy> ToAdmissionPolicy(v1::AdmissionPolicy policy);

// Check that a pace is in [0.001, 1000] and a tick in [0.1, 100] ms. `zero` is
// the end of the message, which says what 0 means.
void CheckPace(double pace, const std::string& zero, Violations* violations);
void CheckTick(double tick_ms, const std::string& zero, Violations* violations);

// ---- Answers

v1::SessionState ToProto(SessionState state);
// Whether the load of a running real-time session fits; UNSPECIFIED for others.
v1::Admission AdmissionOf(const Session& session);
// Fills all but the projections. `status` is that of the session at the moment
// that the answer describes.
void ToProto(const Session& session, const SessionStatus& status,
             v1::Session* proto);
// Fills Session.projections, which not every answer has.
void AddProjections(const SessionStatus& status, v1::Session* proto);
inline constexpr int kMaxProjectionInfos = 1000;
void ToProto(const SessionMetrics& metrics, v1::SessionMetrics* proto);
void ToProto(const ModelInfo& info, v1::ModelKind kind, v1::Model* proto);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_CONVERT_H_
