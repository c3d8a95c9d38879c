// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/tcp_connections.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstddef>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/plain_peer.h"

namespace spiked {
namespace {

std::string V4(const void* address, in_port_t port) {
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, address, text, sizeof(text));
  return absl::StrCat("ipv4:", text, ":", ntohs(port));
}

// The client that a socket is connected to; empty if it is no TCP connection.
std::string PeerOf(int descriptor) {
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    return "";
  }
  if (name.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(name);
    return V4(&v4.sin_addr, v4.sin_port);
  }
  if (name.ss_family != AF_INET6) return "";
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    return V4(&v6.sin6_addr.s6_addr[12], v6.sin6_port);
  }
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  return absl::StrCat("ipv6:[", text, "]:", ntohs(v6.sin6_port));
}

uint16_t OwnPort(int descriptor) {
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    return 0;
  }
  // Both families have the port in the same place.
  return ntohs(reinterpret_cast<const sockaddr_in&>(name).sin_port);
}

std::optional<int64_t> ReceivedBy(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_bytes_received) +
                 sizeof(info.tcpi_bytes_received)) {
    return std::nullopt;
  }
  return static_cast<int64_t>(info.tcpi_bytes_received);
}

}  // namespace

std::vector<TcpConnection> TcpConnections() {
  std::vector<TcpConnection> connections;
  const std::unique_ptr<DIR, int (*)(DIR*)> descriptors(
      opendir("/proc/self/fd"), closedir);
  if (descriptors == nullptr) return connections;
  while (const dirent* entry = readdir(descriptors.get())) {
    TcpConnection connection;
    if (!absl::SimpleAtoi(entry->d_name, &connection.descriptor)) continue;
    connection.peer = PeerOf(connection.descriptor);
    if (connection.peer.empty()) continue;
    const std::optional<int64_t> received = ReceivedBy(connection.descriptor);
    if (!received.has_value()) continue;
    connection.received_bytes = *received;
    connection.port = OwnPort(connection.descriptor);
    int waiting = 0;
    if (ioctl(connection.descriptor, FIONREAD, &waiting) == 0) {
      connection.waiting_bytes = waiting;
    }
    connections.push_back(std::move(connection));
  }
  return connections;
}

std::optional<int64_t> ReceivedBytes(const std::string& peer) {
  const std::string plain = PlainPeer(peer);
  for (const TcpConnection& connection : TcpConnections()) {
    if (connection.peer == plain) return connection.received_bytes;
  }
  return std::nullopt;
}

void EndConnection(const TcpConnection& connection) {
  if (PeerOf(connection.descriptor) != connection.peer) return;
  shutdown(connection.descriptor, SHUT_RDWR);
  // What waits in the kernel would be read all the same. MSG_TRUNC drops it, as
  // much as there is; what comes meanwhile is little.
  constexpr size_t kMostBytes = size_t{1} << 30;
  for (int i = 0; i < 4 && recv(connection.descriptor, nullptr, kMostBytes,
                                MSG_DONTWAIT | MSG_TRUNC) > 0;
       ++i) {
  }
}

}  // namespace spiked
