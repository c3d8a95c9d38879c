// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONVERT_PAGE_TOKEN_H_
#define SPIKED_SERVER_RPC_CONVERT_PAGE_TOKEN_H_

#include <cstddef>
#include <string>

#include "core/spec/violations.h"

namespace spiked {

// A token that continues a list of sessions after `id`, with the same filter.
// Opaque to clients.
std::string MakePageToken(const std::string& id,
                          const std::string& filter = "");

// The id in a token; empty for an empty token, and with a violation for one
// that is not ours or belongs to another filter.
std::string ParsePageToken(const std::string& token, Violations* violations,
                           const std::string& filter = "");

// A page of sessions ends when it has so many bytes. With a last one of 10,000
// populations it still passes the 4 MiB that clients take by default.
inline constexpr size_t kMaxPageBytes = 1 << 20;

// How many entries a page has: 50 for 0, at most 1000.
size_t ParsePageSize(int page_size, Violations* violations);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_PAGE_TOKEN_H_
