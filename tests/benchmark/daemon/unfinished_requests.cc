// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/unfinished_requests.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace spiked::benchmark {
namespace {

// HTTP/2 by hand (RFC 9113), because gRPC's clients finish their requests.
constexpr uint8_t kData = 0, kHeaders = 1, kSettings = 4;
constexpr uint8_t kEndHeaders = 4;
constexpr uint32_t kSaidBytes = 15 << 20;
// All calls of a connection fit into its first window of 65,535 bytes.
constexpr size_t kSentBytes = 3000;

std::string BigEndian(uint32_t number, int byte_count) {
  std::string bytes;
  for (int i = byte_count - 1; i >= 0; --i) {
    bytes += static_cast<char>(number >> (8 * i) & 0xff);
  }
  return bytes;
}

std::string Frame(uint8_t kind, uint8_t flags, uint32_t stream,
                  const std::string& payload) {
  return absl::StrCat(BigEndian(static_cast<uint32_t>(payload.size()), 3),
                      BigEndian(kind, 1), BigEndian(flags, 1),
                      BigEndian(stream, 4), payload);
}

// A literal field without indexing (RFC 7541, 6.2.2); words are shorter than
// 127 bytes.
std::string Field(const std::string& name, const std::string& value) {
  return absl::StrCat(BigEndian(0, 1),
                      BigEndian(static_cast<uint32_t>(name.size()), 1), name,
                      BigEndian(static_cast<uint32_t>(value.size()), 1), value);
}

// All that a connection sends.
std::string BytesOf(const std::string& token) {
  const std::string fields = absl::StrCat(
      Field(":method", "POST"), Field(":scheme", "http"),
      Field(":path", "/spiked.v1.SessionService/CreateSession"),
      Field(":authority", "localhost"),
      Field("content-type", "application/grpc"), Field("te", "trailers"),
      Field("authorization", absl::StrCat("Bearer ", token)));
  const std::string message = absl::StrCat(
      BigEndian(0, 1), BigEndian(kSaidBytes, 4), std::string(kSentBytes, 'x'));
  std::string bytes = absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                   Frame(kSettings, 0, 0, ""));
  for (int i = 0; i < UnfinishedRequests::kCallsPerConnection; ++i) {
    const auto stream = static_cast<uint32_t>(2 * i + 1);
    absl::StrAppend(&bytes, Frame(kHeaders, kEndHeaders, stream, fields),
                    Frame(kData, 0, stream, message));
  }
  return bytes;
}

// A connected socket, or -1.
int ConnectTo(const std::string& address) {
  const std::vector<std::string> parts = absl::StrSplit(address, ':');
  int port = 0;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &port) ||
      inet_pton(AF_INET, parts[0].c_str(), &to.sin_addr) != 1) {
    return -1;
  }
  to.sin_port = htons(static_cast<uint16_t>(port));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

}  // namespace

UnfinishedRequests::UnfinishedRequests(const std::string& address,
                                       const std::string& token)
    : thread_(
          [this, address, bytes = BytesOf(token)] { Run(address, bytes); }) {}

UnfinishedRequests::~UnfinishedRequests() {
  stopped_ = true;
  thread_.join();
}

void UnfinishedRequests::Run(const std::string& address,
                             const std::string& bytes) {
  while (!stopped_) {
    std::vector<int> sockets;
    for (int i = 0; i < kConnections; ++i) {
      const int fd = ConnectTo(address);
      if (fd < 0) continue;
      // If the daemon closes the connection, it is made again a second later.
      if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0)
        close(fd);
      else
        sockets.push_back(fd);
    }
    for (int i = 0; i < 10 && !stopped_; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    for (const int fd : sockets) close(fd);
  }
}

}  // namespace spiked::benchmark
