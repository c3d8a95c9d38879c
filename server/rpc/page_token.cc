// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/page_token.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/session/session_registry.h"

namespace spiked {
namespace {

constexpr char kPrefix[] = "after:";
constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1000;

}  // namespace

std::string MakePageToken(const std::string& id) {
  return absl::WebSafeBase64Escape(kPrefix + id);
}

std::string ParsePageToken(const std::string& token, Violations* violations) {
  if (token.empty()) return "";
  std::string text;
  if (absl::WebSafeBase64Unescape(token, &text) &&
      text.rfind(kPrefix, 0) == 0) {
    std::string id = text.substr(sizeof(kPrefix) - 1);
    if (SessionRegistry::IsSessionId(id)) return id;
  }
  violations->Add("page_token", "is not a next_page_token of ListSessions");
  return "";
}

size_t ParsePageSize(int page_size, Violations* violations) {
  if (page_size < 0) {
    violations->Add("page_size", absl::StrCat(page_size, " is less than 0"));
    return 0;
  }
  return page_size == 0 ? kDefaultPageSize : std::min(page_size, kMaxPageSize);
}

}  // namespace spiked
