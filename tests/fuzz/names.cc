// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstring>
#include <string>

#include "server/rpc/convert/page_token.h"
#include "server/rpc/convert/session_name.h"
#include "server/session/registry/session_registry.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {

void FuzzNames(absl::string_view bytes) {
  const std::string text(bytes);
  Violations violations;
  const std::string id = ParseSessionName(Caller(), text, "name", &violations);
  FUZZ_CHECK(violations.empty() == !id.empty());
  if (!id.empty()) FUZZ_CHECK(SessionName(id) == text);

  Violations of_token;
  const std::string after = ParsePageToken(text, &of_token);
  FUZZ_CHECK(after.empty() || SessionRegistry::IsSessionId(after));
  FUZZ_CHECK(of_token.empty() == (text.empty() || !after.empty()));
  if (SessionRegistry::IsSessionId(text)) {
    Violations of_ours;
    FUZZ_CHECK(ParsePageToken(MakePageToken(text), &of_ours) == text);
    FUZZ_CHECK(of_ours.empty());
  }

  int size = 0;
  std::memcpy(&size, bytes.data(), std::min(bytes.size(), sizeof(size)));
  Violations of_size;
  const size_t page = ParsePageSize(size, &of_size);
  FUZZ_CHECK(of_size.empty() == (size >= 0));
  FUZZ_CHECK(page <= 1000);
}

}  // namespace spiked::fuzz
