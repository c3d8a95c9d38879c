// SPDX-License-Identifier: Apache-2.0
//
// The server's listeners: several addresses, and Unix sockets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "server/rpc/connection/probe.h"
#include "server/rpc/connection/unix_socket.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::seconds kTimeout{20};

std::string SocketPath() {
  return absl::StrCat(
      ::testing::TempDir(), "/spiked-", getpid(), "-",
      ::testing::UnitTest::GetInstance()->current_test_info()->line());
}

// Listens on a socket file and leaves it behind, like a process that dies.
class DeadSocket {
 public:
  explicit DeadSocket(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
              0);
    EXPECT_EQ(listen(fd_, 1), 0);
  }
  ~DeadSocket() { close(fd_); }

 private:
  const int fd_;
};

class ListenerTest : public RpcFixture {
 protected:
  ListenerTest()
      : RpcFixture(
            {.more_addresses = {"unix:" + SocketPath(), "127.0.0.1:0"}}) {}
};

TEST_F(ListenerTest, ServesOnEachAddress) {
  const std::vector<std::string> addresses = server_->addresses();
  ASSERT_EQ(addresses.size(), 3u);
  EXPECT_EQ(addresses[0], Address());
  EXPECT_EQ(addresses[1], "unix:" + SocketPath());
  EXPECT_NE(addresses[2], Address());
  for (const std::string& address : addresses) {
    EXPECT_TRUE(Probe(address, kTimeout).ok()) << address;
  }
}

TEST_F(ListenerTest, ASocketIsForItsOwnerAndGoesWithTheServer) {
  struct stat info {};
  ASSERT_EQ(lstat(SocketPath().c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  StopServer();
  EXPECT_NE(lstat(SocketPath().c_str(), &info), 0);
}

TEST_F(ListenerTest, ALiveSocketIsLeftAlone) {
  CallStatistics calls;
  const auto second =
      RpcServer::Start({.listen_address = "unix:" + SocketPath()}, {},
                       {.registry = &registry_,
                        .statistics = &statistics_,
                        .call_statistics = &calls,
                        .clock = &clock_});
  EXPECT_EQ(std::string(second.status().message()),
            absl::StrCat("cannot listen on unix:", SocketPath(),
                         ": another process listens there"));
  EXPECT_TRUE(Probe("unix:" + SocketPath(), kTimeout).ok());
}

TEST(UnixSocket, OfADeadProcessIsRemoved) {
  const std::string path = SocketPath();
  { const DeadSocket dead(path); }
  ASSERT_TRUE(std::filesystem::exists(path));
  EXPECT_TRUE(PrepareUnixSocket(path).ok()) << PrepareUnixSocket(path);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(UnixSocket, OfALiveProcessStaysThoughItsQueueIsFull) {
  const std::string path = SocketPath();
  const DeadSocket live(path);
  // Each check makes a connection that is never accepted.
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(std::string(PrepareUnixSocket(path).message()),
                HasSubstr("another process listens there"));
  }
  EXPECT_TRUE(std::filesystem::exists(path));
  std::filesystem::remove(path);
}

TEST(UnixSocket, OtherFilesAreNotRemoved) {
  const std::string path = SocketPath();
  std::ofstream(path) << "precious";
  EXPECT_THAT(std::string(PrepareUnixSocket(path).message()),
              HasSubstr("exists, and is no socket"));
  EXPECT_TRUE(std::filesystem::exists(path));
  std::filesystem::remove(path);
  EXPECT_TRUE(PrepareUnixSocket(path).ok());
  EXPECT_THAT(
      std::string(PrepareUnixSocket("/" + std::string(107, 'x')).message()),
      HasSubstr("less than 108 bytes"));
}

}  // namespace
}  // namespace spiked::testing
