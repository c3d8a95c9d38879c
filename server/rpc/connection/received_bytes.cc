// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/received_bytes.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"

namespace spiked {
namespace {

struct TcpPeer {
  in6_addr address{};
  in_port_t port = 0;  // in network order
};

in6_addr Mapped(const in_addr& address) {
  in6_addr mapped{};
  mapped.s6_addr[10] = mapped.s6_addr[11] = 0xff;
  __builtin_memcpy(&mapped.s6_addr[12], &address, sizeof(address));
  return mapped;
}

std::optional<TcpPeer> ParsePeer(const std::string& peer) {
  const size_t begin = peer.find(':');
  const size_t end = peer.rfind(':');
  if (begin == end) return std::nullopt;
  TcpPeer parsed;
  uint32_t port = 0;
  if (!absl::SimpleAtoi(peer.substr(end + 1), &port)) return std::nullopt;
  parsed.port = htons(static_cast<uint16_t>(port));
  std::string address = peer.substr(begin + 1, end - begin - 1);
  if (absl::StartsWith(peer, "ipv4:")) {
    in_addr v4{};
    if (inet_pton(AF_INET, address.c_str(), &v4) != 1) return std::nullopt;
    parsed.address = Mapped(v4);
    return parsed;
  }
  if (!absl::StartsWith(peer, "ipv6:")) return std::nullopt;
  address = absl::StrReplaceAll(
      address, {{"%5B", ""}, {"%5D", ""}, {"[", ""}, {"]", ""}});
  address = address.substr(0, address.find('%'));  // no zone
  if (inet_pton(AF_INET6, address.c_str(), &parsed.address) != 1) {
    return std::nullopt;
  }
  return parsed;
}

bool IsConnectedTo(int fd, const TcpPeer& peer) {
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    return false;
  }
  in6_addr address{};
  in_port_t port = 0;
  if (name.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(name);
    address = Mapped(v4.sin_addr);
    port = v4.sin_port;
  } else if (name.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name);
    address = v6.sin6_addr;
    port = v6.sin6_port;
  }
  return port == peer.port && IN6_ARE_ADDR_EQUAL(&address, &peer.address);
}

}  // namespace

std::optional<int64_t> ReceivedBytes(const std::string& peer) {
  const std::optional<TcpPeer> wanted = ParsePeer(peer);
  if (!wanted.has_value()) return std::nullopt;
  const std::unique_ptr<DIR, int (*)(DIR*)> descriptors(
      opendir("/proc/self/fd"), closedir);
  if (descriptors == nullptr) return std::nullopt;
  while (const dirent* entry = readdir(descriptors.get())) {
    int fd = -1;
    if (!absl::SimpleAtoi(entry->d_name, &fd)) continue;
    if (!IsConnectedTo(fd, *wanted)) continue;
    tcp_info info{};
    socklen_t size = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(tcp_info, tcpi_bytes_received) +
                   sizeof(info.tcpi_bytes_received)) {
      return std::nullopt;
    }
    return static_cast<int64_t>(info.tcpi_bytes_received);
  }
  return std::nullopt;
}

}  // namespace spiked
