// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CALL_SESSION_FILTER_H_
#define SPIKED_SERVER_RPC_CALL_SESSION_FILTER_H_

#include <memory>
#include <string>
#include <vector>

#include "core/spec/violations.h"
#include "google/protobuf/map.h"
#include "server/session/registry/session_registry.h"
#include "spiked/v1/session.pb.h"

namespace spiked {

using LabelMap = google::protobuf::Map<std::string, std::string>;

// Labels of a request, checked; `path` is that of the map.
SessionLabels ToLabels(const LabelMap& labels, const std::string& path,
                       Violations* violations);

// Checks a time in seconds: in [0.001, 1e9], or 0 for none.
void CheckSeconds(double seconds, const std::string& path,
                  Violations* violations);

// The states and labels that ListSessions asks for.
struct SessionFilter {
  std::vector<v1::SessionState> states;  // ascending; empty: all
  SessionLabels labels;

  bool Matches(const Session& session) const;
  // A hash of the filter, as hexadecimal digits; empty for one that all
  // sessions pass.
  std::string Fingerprint() const;
};
SessionFilter ToFilter(const v1::ListSessionsRequest& request,
                       Violations* violations);

// The tenant's sessions that pass the filter, ordered by id, beginning after
// `after`; at most `max_count`.
std::vector<std::shared_ptr<Session>> ListMatching(
    const SessionRegistry& registry, const std::string& tenant,
    const SessionFilter& filter, std::string after, size_t max_count);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CALL_SESSION_FILTER_H_
