// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/tcp_connections.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>

namespace spiked {
namespace {

// A connection of this process with itself, by IPv4 or IPv6.
class ConnectionWithItself {
 public:
  explicit ConnectionWithItself(int family, bool is_dual = false) {
    sockaddr_storage address{};
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(sockaddr_in);
    address.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET) {
      reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr =
          htonl(INADDR_LOOPBACK);
    } else {
      size = sizeof(sockaddr_in6);
      if (!is_dual) {
        reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr = in6addr_loopback;
      }
    }
    const int listener = socket(family, SOCK_STREAM, 0);
    if (bind(listener, name, size) != 0 || listen(listener, 1) != 0) return;
    getsockname(listener, name, &size);
    // Both families have the port in the same place.
    port = ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
    if (is_dual) {
      address = {};
      auto* const v4 = reinterpret_cast<sockaddr_in*>(&address);
      v4->sin_family = AF_INET;
      v4->sin_port = htons(static_cast<uint16_t>(port));
      v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      size = sizeof(sockaddr_in);
    }
    client = socket(is_dual ? AF_INET : family, SOCK_STREAM, 0);
    if (connect(client, name, size) != 0) return;
    server = accept(listener, nullptr, nullptr);
    getsockname(client, name, &size);
    client_port = ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
    close(listener);
  }
  ~ConnectionWithItself() {
    close(client);
    close(server);
  }

  int port = 0;
  int client_port = 0;
  int client = -1;
  int server = -1;
};

std::optional<TcpConnection> Find(const std::string& peer) {
  for (const TcpConnection& connection : TcpConnections()) {
    if (connection.peer == peer) return connection;
  }
  return std::nullopt;
}

TEST(ReceivedBytesTest, CountsWhatAConnectionHasReceived) {
  std::string peer;
  {
    const ConnectionWithItself it(AF_INET);
    ASSERT_NE(it.server, -1);
    peer = "ipv4:127.0.0.1:" + std::to_string(it.client_port);
    EXPECT_EQ(ReceivedBytes(peer), 0);
    ASSERT_EQ(write(it.client, "12345", 5), 5);
    char bytes[5];
    ASSERT_EQ(recv(it.server, bytes, 5, MSG_WAITALL), 5);
    EXPECT_EQ(ReceivedBytes(peer), 5);
  }
  EXPECT_EQ(ReceivedBytes(peer), std::nullopt);
}

TEST(TcpConnectionsTest, TellWhatWasNotReadYet) {
  const ConnectionWithItself it(AF_INET);
  ASSERT_EQ(write(it.client, "12345", 5), 5);
  char bytes[5];
  ASSERT_EQ(recv(it.server, bytes, 2, MSG_WAITALL), 2);
  // The rest has arrived as well when it can be looked at.
  ASSERT_EQ(recv(it.server, bytes, 3, MSG_WAITALL | MSG_PEEK), 3);
  const auto found = Find("ipv4:127.0.0.1:" + std::to_string(it.client_port));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->port, it.port);
  EXPECT_EQ(found->descriptor, it.server);
  EXPECT_EQ(found->received_bytes, 5);
  EXPECT_EQ(found->waiting_bytes, 3);
}

TEST(TcpConnectionsTest, NamePeersOfBothFamilies) {
  const ConnectionWithItself v6(AF_INET6);
  if (v6.server == -1) GTEST_SKIP() << "this machine has no IPv6";
  EXPECT_TRUE(Find("ipv6:[::1]:" + std::to_string(v6.client_port)).has_value());
  // A client of IPv4 of a socket that takes both.
  const ConnectionWithItself dual(AF_INET6, true);
  EXPECT_TRUE(
      Find("ipv4:127.0.0.1:" + std::to_string(dual.client_port)).has_value());
}

TEST(TcpConnectionsTest, EndAtOnceInBothDirections) {
  const ConnectionWithItself it(AF_INET);
  const auto found = Find("ipv4:127.0.0.1:" + std::to_string(it.client_port));
  ASSERT_TRUE(found.has_value());
  // The descriptor has passed to another connection.
  TcpConnection other = *found;
  other.peer = "ipv4:127.0.0.1:1";
  EndConnection(other);
  ASSERT_EQ(write(it.client, "1", 1), 1);
  char byte = 0;
  ASSERT_EQ(recv(it.server, &byte, 1, 0), 1);
  EndConnection(*found);
  EXPECT_EQ(recv(it.server, &byte, 1, 0), 0);
  EXPECT_EQ(recv(it.client, &byte, 1, 0), 0);
}

TEST(ReceivedBytesTest, OfOtherPeersAreUnknown) {
  for (const char* peer :
       {"", "unix:", "unix:/tmp/socket", "ipv4:", "ipv4:1.2.3:4",
        "ipv6:%5B::1%5D:x", "ipv6:%5B2001:db8::1%5D:1", "unknown"}) {
    EXPECT_EQ(ReceivedBytes(peer), std::nullopt) << peer;
  }
}

}  // namespace
}  // namespace spiked
