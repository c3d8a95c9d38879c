// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/session_filter.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/spec/names.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/in_range.h"

namespace spiked {
namespace {

constexpr size_t kMaxLabels = 64;
constexpr size_t kMaxKey = 63;
constexpr size_t kMaxValue = 255;
// Sessions that are listed at a time, each time under the registry's lock.
constexpr size_t kAtATime = 256;

bool IsKey(const std::string& key) {
  if (key.empty() || key.size() > kMaxKey || !absl::ascii_islower(key[0])) {
    return false;
  }
  return std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' ||
           c == '_' || c == '.' || c == '/';
  });
}

}  // namespace

SessionLabels ToLabels(const LabelMap& labels, const std::string& path,
                       Violations* violations) {
  SessionLabels result(labels.begin(), labels.end());
  if (result.size() > kMaxLabels) {
    violations->Add(path,
                    absl::StrCat("has ", result.size(), " entries; at most ",
                                 kMaxLabels, " are allowed"));
  }
  for (const auto& [key, value] : result) {
    if (!IsKey(key)) {
      violations->Add(path, absl::StrCat(Quoted(key),
                                         ": a key is a lower-case letter, then "
                                         "up to 62 lower-case letters, digits, "
                                         "'-', '_', '.' or '/'"));
    } else if (value.size() > kMaxValue) {
      violations->Add(absl::StrCat(path, "[", Quoted(key), "]"),
                      absl::StrCat("has ", value.size(), " bytes; at most ",
                                   kMaxValue, " are allowed"));
    }
  }
  return result;
}

void CheckSeconds(double seconds, const std::string& path,
                  Violations* violations) {
  CheckNumberOrZero(seconds, 0.001, 1e9, path, "which means never", violations);
}

SessionFilter ToFilter(const v1::ListSessionsRequest& request,
                       Violations* violations) {
  SessionFilter filter;
  for (int i = 0; i < request.states_size(); ++i) {
    const std::string path = absl::StrCat("states[", i, "]");
    CheckEnum(request.states(i), path, violations);
    if (request.states(i) == v1::SESSION_STATE_UNSPECIFIED) {
      violations->Add(path, "SESSION_STATE_UNSPECIFIED is no state");
    }
    filter.states.push_back(request.states(i));
  }
  std::sort(filter.states.begin(), filter.states.end());
  filter.labels = ToLabels(request.labels(), "labels", violations);
  return filter;
}

bool SessionFilter::Matches(const Session& session) const {
  const bool in_state =
      states.empty() || std::binary_search(states.begin(), states.end(),
                                           ToProto(session.status().state));
  return in_state && session.lifetime()->HasLabels(labels);
}

std::string SessionFilter::Fingerprint() const {
  if (states.empty() && labels.empty()) return "";
  std::string text;
  for (v1::SessionState state : states) absl::StrAppend(&text, state, ",");
  for (const auto& [key, value] : labels) {
    absl::StrAppend(&text, key, "=", value.size(), ":", value, ",");
  }
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return absl::StrCat(absl::Hex(hash));
}

std::vector<std::shared_ptr<Session>> ListMatching(
    const SessionRegistry& registry, const std::string& tenant,
    const SessionFilter& filter, std::string after, size_t max_count) {
  std::vector<std::shared_ptr<Session>> matching;
  while (matching.size() < max_count) {
    const auto chunk = registry.ListOf(tenant, after, kAtATime);
    for (const auto& session : chunk) {
      if (matching.size() < max_count && filter.Matches(*session)) {
        matching.push_back(session);
      }
    }
    if (chunk.size() < kAtATime) break;
    after = chunk.back()->id();
  }
  return matching;
}

}  // namespace spiked
