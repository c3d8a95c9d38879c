// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/page_token.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/rpc/convert/in_range.h"
#include "server/session/registry/session_registry.h"

namespace spiked {
namespace {

constexpr char kTokenPrefix[] = "after:";
constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1000;

}  // namespace

// The text of a token is "after:{id}" or "after:{id}:{filter}".
std::string MakePageToken(const std::string& id, const std::string& filter) {
  std::string text = kTokenPrefix + id;
  if (!filter.empty()) absl::StrAppend(&text, ":", filter);
  return absl::WebSafeBase64Escape(text);
}

std::string ParsePageToken(const std::string& token, Violations* violations,
                           const std::string& filter) {
  if (token.empty()) return "";
  std::string text;
  if (absl::WebSafeBase64Unescape(token, &text) &&
      text.rfind(kTokenPrefix, 0) == 0) {
    const std::string rest = text.substr(sizeof(kTokenPrefix) - 1);
    const size_t colon = std::min(rest.find(':'), rest.size());
    std::string id = rest.substr(0, colon);
    if (SessionRegistry::IsSessionId(id)) {
      if (MakePageToken(id, filter) == token) return id;
      violations->Add("page_token",
                      "belongs to a list with other states or labels");
      return "";
    }
  }
  violations->Add("page_token", "is not a next_page_token of ListSessions");
  return "";
}

size_t ParsePageSize(int page_size, Violations* violations) {
  if (!CheckRange(page_size, 0, kAnyInt32, "page_size", violations)) return 0;
  return page_size == 0 ? kDefaultPageSize : std::min(page_size, kMaxPageSize);
}

}  // namespace spiked
