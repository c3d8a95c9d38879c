// SPDX-License-Identifier: Apache-2.0
//
// Between the words of the contract (proto/spiked/v1) and our own types. What a
// field means stands in the proto; here is only how it is carried over. Nothing
// is validated but what our types cannot hold: enum values that we don't know
// are added to `violations` under their path.

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

// Whether a network has no more of anything than is allowed; before it becomes
// a specification, which takes several times as much memory.
bool CheckCounts(const v1::Network& network, const std::string& path,
                 Violations* violations);

// A oneof that is not set becomes std::monostate, which validation refuses. So
// does a component of a mixture that is a list, a mixture or by distance.
NetworkSpec ToSpec(const v1::Network& network, const std::string& path,
                   Violations* violations);
StimulusSpec ToSpec(const v1::Stimulus& stimulus);
std::vector<StimulusSpec> ToSpecs(
    const google::protobuf::RepeatedPtrField<v1::Stimulus>& stimuli);
Value ToValue(const v1::Value& value, const std::string& path,
              Violations* violations);
ValueMap ToValues(const google::protobuf::Map<std::string, v1::Value>& values,
                  const std::string& path, Violations* violations);

// Pacing, pace, lateness policy and number of threads; all their violations.
SessionOptions ToOptions(const v1::CreateSessionRequest& request,
                         int max_thread_count, Violations* violations);

Pacing ToPacing(v1::Pacing pacing);
LatenessPolicy ToLatenessPolicy(v1::LatenessPolicy policy);
// None: UNSPECIFIED.
std::optional<AdmissionPolicy> ToAdmissionPolicy(v1::AdmissionPolicy policy);

// In [0.001, 1000]; `zero` says what 0 means.
void CheckPace(double pace, const std::string& zero, Violations* violations);
void CheckTick(double tick_ms, const std::string& zero, Violations* violations);

// ---- Answers

v1::SessionState ToProto(SessionState state);
// Of a session that runs in real time; UNSPECIFIED for others.
v1::Admission AdmissionOf(const Session& session);
// `status` is the session's, of the moment that the answer is about.
void ToProto(const Session& session, const SessionStatus& status,
             v1::Session* proto);
// Adds what Session.projections has; apart, because not every answer has it.
void AddProjections(const SessionStatus& status, v1::Session* proto);
inline constexpr int kMaxProjectionInfos = 1000;
void ToProto(const SessionMetrics& metrics, v1::SessionMetrics* proto);
void ToProto(const ModelInfo& info, v1::ModelKind kind, v1::Model* proto);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_CONVERT_H_
