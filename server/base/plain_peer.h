// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_PLAIN_PEER_H_
#define SPIKED_SERVER_BASE_PLAIN_PEER_H_

#include <string>

#include "absl/strings/str_replace.h"

namespace spiked {

// The client at the other end of a connection: "ipv4:127.0.0.1:50000",
// "ipv6:[::1]:50000", from gRPC's name of it, which has other brackets and may
// have a zone. Names that are of no TCP connection come back as they are.
inline std::string PlainPeer(const std::string& peer) {
  if (!peer.starts_with("ipv6:")) return peer;
  std::string plain =
      absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}, {"%25", "%"}});
  const size_t zone = plain.find('%');
  const size_t end = plain.find(']');
  if (zone < end && end != std::string::npos) plain.erase(zone, end - zone);
  return plain;
}

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_PLAIN_PEER_H_
