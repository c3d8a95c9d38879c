// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/session_name.h"

#include "absl/strings/str_cat.h"
#include "server/base/random_id.h"
#include "server/session/registry/session_registry.h"
#include "server/session/session_key.h"

namespace spiked {
namespace {

constexpr char kNamePrefix[] = "sessions/";

}  // namespace

std::string SessionName(const std::string& id) { return kNamePrefix + id; }

std::string KeyFor(const Caller& caller, const std::string& id) {
  return SessionKey(caller.tenant == nullptr ? "" : caller.tenant->name(), id);
}

std::string ParseSessionName(const Caller& caller, const std::string& name,
                             const std::string& field, Violations* violations) {
  if (name.rfind(kNamePrefix, 0) == 0) {
    const std::string id = name.substr(sizeof(kNamePrefix) - 1);
    if (SessionRegistry::IsSessionId(id)) return KeyFor(caller, id);
  }
  violations->Add(field, name.empty()
                             ? "is required: sessions/{id}"
                             : absl::StrCat("\"", name,
                                            "\" is not the name of a session: "
                                            "sessions/{id}"));
  return "";
}

std::string ParseTarget(const Caller& caller, const SessionTarget& target,
                        Violations* violations) {
  std::string key =
      ParseSessionName(caller, target.name, target.name_field, violations);
  if (target.incarnation_id.empty() || IsRandomId(target.incarnation_id)) {
    return key;
  }
  violations->Add("expected_incarnation_id",
                  absl::StrCat("\"", target.incarnation_id,
                               "\" is not the incarnation of a session: 32 "
                               "hexadecimal digits, 0-9 and a-f"));
  return "";
}

}  // namespace spiked
