// SPDX-License-Identifier: Apache-2.0

#include "server/http/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace spiked {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::map<std::string, HttpServer::Handler> Handlers() {
  return {{"/metrics", [] { return HttpServer::Response{.body = "m 1\n"}; }},
          {"/healthz", [] {
             return HttpServer::Response{.status = 503, .body = "draining\n"};
           }}};
}

// Connects to a server on loopback and sends bytes.
int Send(const std::string& address, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(
      static_cast<uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
  EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  return fd;
}

// Sends bytes to a server on loopback and returns its whole answer.
std::string Exchange(const std::string& address, const std::string& request) {
  const int fd = Send(address, request);
  shutdown(fd, SHUT_WR);
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
    answer.append(buffer, static_cast<size_t>(n));
  }
  close(fd);
  return answer;
}

std::string Get(const HttpServer& server, const std::string& path) {
  return Exchange(server.address(),
                  "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

TEST(HttpServer, AnswersItsPaths) {
  const auto server = HttpServer::Start("127.0.0.1:0", Handlers());
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_THAT(Get(**server, "/metrics"), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(Get(**server, "/metrics"), HasSubstr("m 1"));
  EXPECT_THAT(Get(**server, "/healthz"), StartsWith("HTTP/1.1 503"));
}

TEST(HttpServer, OtherPathsAreNotFound) {
  const auto server = HttpServer::Start("127.0.0.1:0", Handlers());
  ASSERT_TRUE(server.ok());
  for (const char* path : {"/", "/metrics/", "/metrics/x", "/../etc/passwd"}) {
    EXPECT_THAT(Get(**server, path), Not(HasSubstr("200 OK"))) << path;
  }
  EXPECT_THAT(Get(**server, "/other"), HasSubstr("/healthz /metrics"));
}

TEST(HttpServer, OtherMethodsAreRefused) {
  const auto server = HttpServer::Start("127.0.0.1:0", Handlers());
  ASSERT_TRUE(server.ok());
  EXPECT_THAT(Exchange((*server)->address(),
                       "POST /metrics HTTP/1.1\r\nHost: x\r\n"
                       "Content-Length: 0\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
}

TEST(HttpServer, AHandlerThatThrowsFailsItsRequestOnly) {
  auto handlers = Handlers();
  handlers["/throws"] = []() -> HttpServer::Response {
    throw std::bad_alloc();
  };
  auto server = HttpServer::Start("127.0.0.1:0", std::move(handlers));
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_THAT(Get(**server, "/throws"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Get(**server, "/metrics"), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, GarbageHarmsNobody) {
  const auto server = HttpServer::Start("127.0.0.1:0", Handlers());
  ASSERT_TRUE(server.ok());
  Exchange((*server)->address(), std::string("\x00\xff\r\n\r\n", 6));
  EXPECT_THAT(Get(**server, "/metrics"), HasSubstr("m 1"));
}

TEST(HttpServer, RequestsThatNeverEndHoldUpNoOthers) {
  const auto server = HttpServer::Start("127.0.0.1:0", Handlers());
  ASSERT_TRUE(server.ok());
  std::vector<int> begun;
  for (int i = 0; i < 50; ++i) {
    begun.push_back(Send((*server)->address(), "GET /metrics HTTP/1.1\r\n"));
  }
  EXPECT_THAT(Get(**server, "/healthz"), StartsWith("HTTP/1.1 503"));
  // The server has answered before it gave any of the others up.
  int open = 0;
  for (const int fd : begun) {
    char byte = 0;
    if (recv(fd, &byte, 1, MSG_DONTWAIT) < 0) ++open;
    close(fd);
  }
  EXPECT_EQ(open, 50);
}

TEST(HttpServer, AnAddressInUseIsAClearError) {
  const auto first = HttpServer::Start("127.0.0.1:0", Handlers());
  ASSERT_TRUE(first.ok());
  const auto second = HttpServer::Start((*first)->address(), Handlers());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr((*first)->address()));
}

}  // namespace
}  // namespace spiked
