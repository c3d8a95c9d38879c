// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONVERT_PAGE_TOKEN_H_
#define SPIKED_SERVER_RPC_CONVERT_PAGE_TOKEN_H_

#include <cstddef>
#include <string>

#include "core/spec/violations.h"

namespace spiked {

// Makes a token that continues a list of sessions after `id`, with the same
// filter. Opaque to clients.
std::string MakePageToken(const std::string& id,
                          const std::string& filter = "");

// The id in a token; empty for an empty token. Adds a violation, and returns an
// empty id, if MakePageToken didn't make the token or it has another filter.
std::string ParsePageToken(const std::string& token, Violations* violations,
                           const std::string& filter = "");

// A page of sessions ends once it has this many bytes. Even if its last session
// has 10,000 populations, it then fits into the 4 MiB that clients accept by
// default.
inline constexpr size_t kMaxPageBytes = 1 << 20;

// The number of entries of a page: `page_size`, but 50 for 0, and at most 1000.
size_t ParsePageSize(int page_size, Violations* violations);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_PAGE_TOKEN_H_
