// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/own_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/tcp_relay.h"
#include "tests/server/rpc/tls_files.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;

// For listeners that don't answer.
constexpr std::chrono::milliseconds kLittle{400};

std::string MessageOf(const ListenerTry& tried) {
  return std::string(tried.status.message());
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

TEST(OwnListener, ThatTakesNoConnectionsGivesNoAnswer) {
  const Port port;
  OwnListener listener(absl::StrCat("127.0.0.1:", port.number()), {}, kLittle);
  const ListenerTry tried = listener.Try();
  EXPECT_THAT(MessageOf(tried), HasSubstr("no answer in time"));
  EXPECT_THAT(MessageOf(tried), HasSubstr(listener.address()));
  EXPECT_FALSE(tried.has_open);
  EXPECT_EQ(tried.open_answers, 0);
}

TEST(OwnListener, WithClientCertificatesThatTakesNoConnections) {
  const Port port;
  OwnListener listener(absl::StrCat("0.0.0.0:", port.number()),
                       {.certificate = "c", .key = "k", .client_ca = "a"},
                       kLittle);
  EXPECT_THAT(MessageOf(listener.Try()),
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

TEST(OwnListener, ThatTakesTheCertificateAndDoesNotAnswer) {
  TlsFolder folder;
  folder.MakeCertificate("server", "server");
  const TlsFiles tls = {folder.Path("server.crt"), folder.Path("server.key"),
                        folder.Path("ca.crt")};
  const SilentServer server(tls);
  OwnListener listener(absl::StrCat("127.0.0.1:", server.port()), tls, kLittle);
  EXPECT_THAT(MessageOf(listener.Try()), HasSubstr("no answer in time"));
}

using OwnListenerTest = RpcFixture;

// A relay takes one connection and no more, like a listener that has died.
TEST_F(OwnListenerTest, ThatDiesStillAnswersOverTheOpenConnection) {
  TcpRelay relay(server_->port());
  OwnListener listener(relay.address(), {}, std::chrono::seconds(2));
  EXPECT_TRUE(listener.Try().status.ok());
  const ListenerTry dead = listener.Try();
  EXPECT_THAT(MessageOf(dead), HasSubstr("no answer in time"));
  EXPECT_TRUE(dead.has_open);
  EXPECT_GE(dead.open_answers, ListenerVerdict::kProofAnswers);
  // A listener that is cut off, or whose threads are stuck, answers neither.
  relay.Cut();
  const ListenerTry stuck = listener.Try();
  EXPECT_FALSE(stuck.status.ok());
  EXPECT_EQ(stuck.open_answers, 0);
}

}  // namespace
}  // namespace spiked::testing
