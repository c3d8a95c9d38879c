// SPDX-License-Identifier: Apache-2.0
//
// The server's listeners: several addresses, Unix sockets, and the probe of its
// own addresses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "server/rpc/connection/probe.h"
#include "server/rpc/connection/self_probe.h"
#include "server/rpc/connection/unix_socket.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/tls_files.h"

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

// Waits for the reason with which the probe finds an address dead.
struct Verdict {
  std::promise<std::string> reason;
  std::atomic<bool> given{false};
  std::function<void(const std::string&)> Take() {
    return [this](const std::string& why) {
      if (!given.exchange(true)) reason.set_value(why);
    };
  }
};

TEST(SelfProbe, FindsAListenerThatTakesNoConnections) {
  const std::string path = SocketPath();
  const DeadSocket dead(path);
  Statistics statistics;
  Verdict verdict;
  const SelfProbe probe(
      {.addresses = {"unix:" + path}, .period = std::chrono::milliseconds(50)},
      &statistics, verdict.Take());
  EXPECT_THAT(verdict.reason.get_future().get(), HasSubstr(path));
  EXPECT_GE(statistics.self_probe_failures.Get(), SelfProbe::kMaxMisses);
  std::filesystem::remove(path);
}

// A listening port of 127.0.0.1 that accepts no connections by itself.
class Port {
 public:
  Port() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(fd_, 10), 0);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    number_ = ntohs(address.sin_port);
  }
  ~Port() { close(fd_); }

  int number() const { return number_; }
  int fd() const { return fd_; }

 private:
  const int fd_;
  int number_;
};

TEST(SelfProbe, FindsATlsListenerThatTakesNoConnections) {
  const Port port;
  Statistics statistics;
  Verdict verdict;
  const SelfProbe probe(
      {.addresses = {absl::StrCat("0.0.0.0:", port.number())},
       .tls = {.certificate = "c", .key = "k", .client_ca = "a"},
       .period = std::chrono::milliseconds(50)},
      &statistics, verdict.Take());
  EXPECT_THAT(verdict.reason.get_future().get(),
              HasSubstr("the connection is not taken"));
}

// A server that accepts clients with a certificate, sends the first bytes of
// HTTP/2, and then answers nothing.
class SilentServer {
 public:
  explicit SilentServer(const TlsFiles& files)
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    SSL_CTX* context = context_.get();
    SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_load_verify_file(context, files.client_ca.c_str());
    SSL_CTX_set_verify(
        context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_alpn_select_cb(
        context,
        [](SSL*, const unsigned char** chosen, unsigned char* length,
           const unsigned char*, unsigned int, void*) {
          *chosen = reinterpret_cast<const unsigned char*>("h2");
          *length = 2;
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    thread_ = std::thread([this] { Serve(); });
  }
  ~SilentServer() {
    shutdown(port_.fd(), SHUT_RDWR);
    thread_.join();
  }

  int port() const { return port_.number(); }

 private:
  void Serve() {
    std::vector<std::unique_ptr<SSL, decltype(&SSL_free)>> clients;
    for (int fd; (fd = accept(port_.fd(), nullptr, nullptr)) >= 0;) {
      SSL* client = SSL_new(context_.get());
      clients.emplace_back(client, SSL_free);
      SSL_set_fd(client, fd);
      constexpr unsigned char kSettings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
      if (SSL_accept(client) == 1) {
        SSL_write(client, kSettings, sizeof(kSettings));
      }
    }
    for (const auto& client : clients) close(SSL_get_fd(client.get()));
  }

  const Port port_;
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::thread thread_;
};

TEST(SelfProbe, FindsAServerThatTakesItsCertificateAndDoesNotAnswer) {
  TlsFolder folder;
  folder.MakeCertificate("server", "server");
  const TlsFiles tls = {folder.Path("server.crt"), folder.Path("server.key"),
                        folder.Path("ca.crt")};
  const SilentServer server(tls);
  Statistics statistics;
  Verdict verdict;
  const SelfProbe probe(
      {.addresses = {absl::StrCat("127.0.0.1:", server.port())},
       .tls = tls,
       .period = std::chrono::milliseconds(50)},
      &statistics, verdict.Take());
  EXPECT_THAT(verdict.reason.get_future().get(),
              HasSubstr("no answer in time"));
}

class SelfProbeTest : public RpcFixture,
                      public ::testing::WithParamInterface<int> {
 protected:
  SelfProbeTest() { folder_.MakeCertificate("server", "server"); }
  TlsFolder folder_;
  TlsFolder other_;
};

// Without TLS; with TLS; and with client certificates, where the server's own
// is accepted from clients or not.
TEST_P(SelfProbeTest, FindsALivingServerAlive) {
  const TlsFiles tls = {
      .certificate = GetParam() > 0 ? folder_.Path("server.crt") : "",
      .key = GetParam() > 0 ? folder_.Path("server.key") : "",
      .client_ca = GetParam() == 2   ? folder_.Path("ca.crt")
                   : GetParam() == 3 ? other_.Path("ca.crt")
                                     : ""};
  CallStatistics calls;
  const std::string socket = "unix:" + SocketPath();
  auto server = RpcServer::Start(
      {.listen_address = "127.0.0.1:0", .more_addresses = {socket}, .tls = tls},
      {},
      {.registry = &registry_,
       .statistics = &statistics_,
       .call_statistics = &calls,
       .clock = &clock_});
  ASSERT_TRUE(server.ok()) << server.status();
  Verdict verdict;
  Statistics statistics;
  std::atomic<int> rounds = 0;
  {
    const SelfProbe probe({.addresses = (*server)->addresses(),
                           .tls = tls,
                           .period = std::chrono::seconds(1)},
                          &statistics, verdict.Take());
    // A draining server is alive, too.
    (*server)->SetDraining();
    const Periodic count(&clock_, 900'000'000, [&] { ++rounds; });
    EXPECT_TRUE(Eventually([&] { return rounds >= 3; }));
  }
  EXPECT_FALSE(verdict.given);
  EXPECT_EQ(statistics.self_probe_failures.Get(), 0);
}

INSTANTIATE_TEST_SUITE_P(Tls, SelfProbeTest, ::testing::Range(0, 4));

}  // namespace
}  // namespace spiked::testing
