// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_HTTP_LISTENER_H_
#define SPIKED_SERVER_HTTP_LISTENER_H_

#include <sys/socket.h>

#include <string>

#include "absl/status/statusor.h"

namespace spiked {

// A socket that listens for TCP connections, without blocking.
struct HttpListener {
  int fd;               // belongs to the caller
  std::string address;  // "host:port" with the port in use
};

// Listens on "host:port"; port 0 takes a free one. Error: UNAVAILABLE.
absl::StatusOr<HttpListener> Listen(const std::string& address);

// Who connects, as bytes: the address, or the first half of an IPv6 address,
// because a single machine often has all addresses of that half.
std::string ClientOf(const sockaddr_storage& from);

}  // namespace spiked

#endif  // SPIKED_SERVER_HTTP_LISTENER_H_
