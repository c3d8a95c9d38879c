// SPDX-License-Identifier: Apache-2.0
//
// Connections of dead and of idle clients are closed.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using std::chrono::milliseconds;

// A client that sends only HTTP/2's preface and answers nothing.
class MuteClient {
 public:
  explicit MuteClient(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
        0);
    const timeval limit = {.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    const std::string preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
    const std::string hello = preface + settings;
    EXPECT_EQ(send(fd_, hello.data(), hello.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(hello.size()));
  }
  ~MuteClient() { close(fd_); }

  // Reads until the server closes the connection; false if it doesn't in time.
  bool IsClosed() const {
    char buffer[4096];
    ssize_t n = 0;
    do {
      n = recv(fd_, buffer, sizeof(buffer), 0);
    } while (n > 0);
    return n == 0 || errno == ECONNRESET;
  }

 private:
  const int fd_;
};

class KeepaliveTest : public RpcFixture {
 protected:
  KeepaliveTest()
      : RpcFixture(
            Settings{.times = {.keepalive = milliseconds(200),
                               .keepalive_timeout = milliseconds(200)}}) {}
};

TEST_F(KeepaliveTest, ClientThatDoesNotAnswerIsGivenUp) {
  EXPECT_TRUE(MuteClient(server_->port()).IsClosed());
}

class MaxIdleTest : public RpcFixture {
 protected:
  static constexpr milliseconds kMaxIdle{200};
  MaxIdleTest() : RpcFixture(Settings{.times = {.max_idle = kMaxIdle}}) {}
};

TEST_F(MaxIdleTest, ConnectionWithoutACallIsClosedAndMadeAnew) {
  EXPECT_TRUE(MuteClient(server_->port()).IsClosed());
  Create("demo", MakeQuietNetwork());
  const auto limit =
      std::chrono::system_clock::now() + std::chrono::seconds(20);
  auto state = channel_->GetState(false);
  while (state == GRPC_CHANNEL_READY) {
    ASSERT_TRUE(channel_->WaitForStateChange(state, limit));
    state = channel_->GetState(false);
  }
  EXPECT_EQ(Get("sessions/demo").name(), "sessions/demo");
}

TEST_F(MaxIdleTest, StreamKeepsItsConnection) {
  Create("demo", MakeQuietNetwork());
  grpc::ClientContext context;
  v1::StreamSpikesRequest request;
  request.set_session("sessions/demo");
  request.set_progress_interval_s(0.1);
  const auto reader = recordings_->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < 4 * kMaxIdle) {
    ASSERT_TRUE(reader->Read(&batch));
  }
  context.TryCancel();
}

}  // namespace
}  // namespace spiked::testing
