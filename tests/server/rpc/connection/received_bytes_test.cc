// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/received_bytes.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace spiked {
namespace {

TEST(ReceivedBytesTest, CountsWhatAConnectionHasReceived) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(bind(listener, name, size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, name, &size), 0);
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(connect(client, name, size), 0);
  const int server = accept(listener, nullptr, nullptr);
  ASSERT_EQ(getsockname(client, name, &size), 0);
  const std::string peer =
      "ipv4:127.0.0.1:" + std::to_string(ntohs(address.sin_port));

  EXPECT_EQ(ReceivedBytes(peer), 0);
  ASSERT_EQ(write(client, "12345", 5), 5);
  char bytes[5];
  ASSERT_EQ(recv(server, bytes, 5, MSG_WAITALL), 5);
  EXPECT_EQ(ReceivedBytes(peer), 5);

  for (const int fd : {listener, client, server}) close(fd);
  EXPECT_EQ(ReceivedBytes(peer), std::nullopt);
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
