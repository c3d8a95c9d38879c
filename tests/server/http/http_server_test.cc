// SPDX-License-Identifier: Apache-2.0

#include "server/http/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace spiked {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kBegun[] = "GET /metrics HTTP/1.1\r\n";
constexpr char kGetMetrics[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr char kGetHealth[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

// No connection ends by time in tests that are about something else.
constexpr std::chrono::hours kUnlimited{1};

std::map<std::string, HttpPath> Paths(std::string metrics = "m 1\n") {
  return {{"/metrics",
           {.answer = [metrics] { return HttpResponse{.body = metrics}; },
            .takes_time = true}},
          {"/healthz", {.answer = [] {
             return HttpResponse{.status = 503, .body = "draining\n"};
           }}}};
}

// More than the system keeps for a client that doesn't read: at most 4 MiB of
// the server's, and kReceiveBytes of the client's.
std::string LongBody() { return std::string(size_t{8} << 20, 'm'); }
constexpr int kReceiveBytes = 1 << 18;

std::unique_ptr<HttpServer> StartServer(std::map<std::string, HttpPath> paths,
                                        const HttpLimits& limits = {}) {
  auto server = HttpServer::Start("127.0.0.1:0", std::move(paths), limits);
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

// A connection to a server on loopback, from an address of this machine.
class HttpClient {
 public:
  HttpClient(const HttpServer& server, const std::string& bytes,
             const char* from = "127.0.0.1")
      : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &kReceiveBytes,
               sizeof(kReceiveBytes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, from, &address.sin_addr);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
              0);
    const std::string& to = server.address();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port =
        htons(static_cast<uint16_t>(std::stoi(to.substr(to.find(':') + 1))));
    EXPECT_EQ(
        connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
        0);
    Send(bytes);
  }
  ~HttpClient() { close(fd_); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool Send(const std::string& bytes) const {
    return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }

  // Reads until the server ends the connection.
  std::string ReadAll() const {
    std::string answer;
    char buffer[4096];
    for (ssize_t n; (n = recv(fd_, buffer, sizeof(buffer), 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(n));
    }
    return answer;
  }

  // Waits for the first byte of the answer.
  void AwaitAnswer() const {
    char byte;
    EXPECT_EQ(recv(fd_, &byte, 1, MSG_PEEK), 1);
  }

  // Whether the server has neither answered nor ended the connection.
  bool IsPending() const {
    char byte;
    return recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }

  int fd() const { return fd_; }

 private:
  const int fd_;
};

std::string Get(const HttpServer& server, const std::string& path) {
  return HttpClient(server, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
      .ReadAll();
}

TEST(HttpServer, AnswersItsPaths) {
  const auto server = StartServer(Paths());
  EXPECT_THAT(Get(*server, "/metrics"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(Get(*server, "/metrics?x=1"), HasSubstr("\r\n\r\nm 1\n"));
  EXPECT_THAT(Get(*server, "/healthz"), StartsWith("HTTP/1.1 503"));
  const HttpClient head(*server, "HEAD /metrics HTTP/1.1\r\n\r\n");
  const std::string answer = head.ReadAll();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("m 1")));
}

TEST(HttpServer, AnswersAClientThatHasClosedItsSide) {
  const auto server = StartServer(Paths());
  const HttpClient client(*server, kGetMetrics);
  shutdown(client.fd(), SHUT_WR);
  EXPECT_THAT(client.ReadAll(), HasSubstr("m 1"));
}

TEST(HttpServer, WritesLongAnswersToTheEnd) {
  const auto server = StartServer(Paths(LongBody()));
  EXPECT_GT(Get(*server, "/metrics").size(), LongBody().size());
}

TEST(HttpServer, OtherPathsAreNotFound) {
  const auto server = StartServer(Paths());
  for (const char* path : {"/", "/metrics/", "/metrics/x", "/../etc/passwd"}) {
    EXPECT_THAT(Get(*server, path), StartsWith("HTTP/1.1 404")) << path;
  }
  EXPECT_THAT(Get(*server, "/other"), HasSubstr("/healthz /metrics"));
}

TEST(HttpServer, OtherMethodsAreRefused) {
  const auto server = StartServer(Paths());
  const HttpClient client(*server,
                          "POST /metrics HTTP/1.1\r\nContent-Length: 2\r\n\r\n"
                          "ab");
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 405"));
}

TEST(HttpServer, AHandlerThatThrowsFailsItsRequestOnly) {
  auto paths = Paths();
  const auto throws = []() -> HttpResponse { throw std::bad_alloc(); };
  paths["/throws"].answer = throws;
  paths["/throws_later"] = {.answer = throws, .takes_time = true};
  const auto server = StartServer(std::move(paths));
  EXPECT_THAT(Get(*server, "/throws"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Get(*server, "/throws_later"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(Get(*server, "/metrics"), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, GarbageHarmsNobody) {
  const auto server = StartServer(Paths());
  const HttpClient garbage(*server, std::string("\x00\xff\r\n\r\n", 6));
  EXPECT_THAT(garbage.ReadAll(), StartsWith("HTTP/1.1 400"));
  const HttpClient endless(*server, "GET / " + std::string(kMaxHeadBytes, 'x'));
  EXPECT_THAT(endless.ReadAll(), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(Get(*server, "/metrics"), HasSubstr("m 1"));
}

TEST(HttpServer, HealthIsAnsweredBesideHundredsThatNeverEnd) {
  const auto server = StartServer(
      Paths(LongBody()), {.head_time = kUnlimited, .answer_time = kUnlimited});
  std::list<HttpClient> others;
  for (int i = 0; i < 100; ++i) {
    // Reads no more than the first byte.
    if (i < 16) others.emplace_back(*server, kGetMetrics).AwaitAnswer();
    others.emplace_back(*server, "");
    others.emplace_back(*server, kBegun);
    others.emplace_back(*server, kBegun, "127.0.0.2");

    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(Get(*server, "/healthz"), StartsWith("HTTP/1.1 503"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin,
              std::chrono::milliseconds(500));
  }
  // They were still there: as many as each of the two clients may have.
  int pending = 0;
  for (const HttpClient& other : others) pending += other.IsPending() ? 1 : 0;
  EXPECT_GE(pending, 64);
}

// Answers that are made when the test says so: "1", "2", "3".
class MadeOnDemand {
 public:
  std::map<std::string, HttpPath> Paths() {
    auto paths = spiked::Paths();
    paths["/metrics"].answer = [this] {
      const size_t i = made_++;
      begun_.at(i).set_value();
      allowed_.at(i).get_future().wait();
      return HttpResponse{.body = std::to_string(i + 1)};
    };
    return paths;
  }
  void AwaitBegin(size_t i) { begun_.at(i).get_future().wait(); }
  void Allow(size_t i) { allowed_.at(i).set_value(); }

 private:
  std::atomic<size_t> made_{0};
  std::array<std::promise<void>, 3> begun_;
  std::array<std::promise<void>, 3> allowed_;
};

TEST(HttpServer, HealthIsAnsweredWhileMetricsAreMade) {
  MadeOnDemand metrics;
  const auto server = StartServer(metrics.Paths());
  const HttpClient waiting(*server, kGetMetrics);
  metrics.AwaitBegin(0);
  EXPECT_THAT(Get(*server, "/healthz"), StartsWith("HTTP/1.1 503"));
  EXPECT_TRUE(waiting.IsPending());
  metrics.Allow(0);
  EXPECT_THAT(waiting.ReadAll(), HasSubstr("\r\n\r\n1"));
}

TEST(HttpServer, AnAnswerIsMadeOnceForAllThatWaitAndNeverBeforeItsRequest) {
  MadeOnDemand metrics;
  const auto server = StartServer(metrics.Paths());
  const HttpClient first(*server, kGetMetrics);
  metrics.AwaitBegin(0);
  const HttpClient second(*server, kGetMetrics);
  const HttpClient third(*server, kGetMetrics);
  // The server has read the requests before this one.
  EXPECT_THAT(Get(*server, "/healthz"), StartsWith("HTTP/1.1 503"));
  metrics.Allow(0);
  metrics.Allow(1);
  EXPECT_THAT(first.ReadAll(), HasSubstr("\r\n\r\n1"));
  EXPECT_THAT(second.ReadAll(), HasSubstr("\r\n\r\n2"));
  EXPECT_THAT(third.ReadAll(), HasSubstr("\r\n\r\n2"));
}

TEST(HttpServer, AnAnswerThatTakesTooLongIsGivenUp) {
  MadeOnDemand metrics;
  const auto server = StartServer(
      metrics.Paths(),
      {.head_time = kUnlimited, .answer_time = std::chrono::milliseconds(50)});
  const HttpClient waiting(*server, kGetMetrics);
  EXPECT_THAT(waiting.ReadAll(), IsEmpty());
  metrics.Allow(0);
}

TEST(HttpServer, AHeaderThatTricklesEndsAtItsDeadline) {
  constexpr std::chrono::milliseconds kHeadTime{100};
  const auto server =
      StartServer(Paths(), {.head_time = kHeadTime, .answer_time = kUnlimited});
  const auto begin = std::chrono::steady_clock::now();
  const HttpClient client(*server, kBegun);
  // A byte each time that the server has said nothing for five milliseconds.
  pollfd answer = {client.fd(), POLLIN, 0};
  while (poll(&answer, 1, 5) == 0) client.Send("x");
  EXPECT_THAT(client.ReadAll(), IsEmpty());
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, kHeadTime);
  EXPECT_LT(took, kHeadTime + std::chrono::seconds(5));
}

TEST(HttpServer, TheOldestUnfinishedRequestOfAClientMakesRoom) {
  const auto server = StartServer(Paths(), {.max_connections_per_client = 3,
                                            .head_time = kUnlimited,
                                            .answer_time = kUnlimited});
  const HttpClient other(*server, kBegun, "127.0.0.2");
  const HttpClient first(*server, kBegun);
  const HttpClient second(*server, kBegun);
  const HttpClient third(*server, kBegun);
  const HttpClient fourth(*server, kBegun);
  EXPECT_THAT(first.ReadAll(), IsEmpty());
  EXPECT_TRUE(second.IsPending());
  for (const HttpClient* client : {&other, &second, &third, &fourth}) {
    client->Send("\r\n");
    EXPECT_THAT(client->ReadAll(), HasSubstr("m 1"));
  }
}

TEST(HttpServer, TheOldestUnfinishedRequestOfAllMakesRoom) {
  const auto server = StartServer(Paths(), {.max_connections = 2,
                                            .head_time = kUnlimited,
                                            .answer_time = kUnlimited});
  const HttpClient first(*server, kBegun, "127.0.0.2");
  const HttpClient second(*server, kBegun, "127.0.0.3");
  const HttpClient third(*server, kBegun);
  EXPECT_THAT(first.ReadAll(), IsEmpty());
  EXPECT_TRUE(second.IsPending());
  third.Send("\r\n");
  EXPECT_THAT(third.ReadAll(), HasSubstr("m 1"));
}

TEST(HttpServer, SlowReadersMakeRoomAfterUnfinishedRequests) {
  const auto server =
      StartServer(Paths(LongBody()), {.max_connections_per_client = 2,
                                      .head_time = kUnlimited,
                                      .answer_time = kUnlimited});
  const HttpClient slow(*server, kGetMetrics);
  slow.AwaitAnswer();
  const HttpClient unfinished(*server, kBegun);
  const HttpClient slower(*server, kGetMetrics);
  EXPECT_THAT(unfinished.ReadAll(), IsEmpty());
  slower.AwaitAnswer();
  EXPECT_THAT(HttpClient(*server, kGetHealth).ReadAll(),
              StartsWith("HTTP/1.1 503"));
  EXPECT_LT(slow.ReadAll().size(), LongBody().size());
  EXPECT_GT(slower.ReadAll().size(), LongBody().size());
}

TEST(HttpServer, AnAddressInUseIsAClearError) {
  const auto first = StartServer(Paths());
  const auto second = HttpServer::Start(first->address(), Paths());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(std::string(second.status().message()),
            "cannot listen on " + first->address() +
                " for HTTP: Address already in use");
}

}  // namespace
}  // namespace spiked
