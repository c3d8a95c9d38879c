// SPDX-License-Identifier: Apache-2.0

#include "tests/server/rpc/tcp_relay.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace spiked::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// Forwards the bytes that have arrived; false at the end of the connection.
bool Pump(int from, int to) {
  std::vector<char> buffer(64 << 10);
  const ssize_t n = read(from, buffer.data(), buffer.size());
  return n > 0 && write(to, buffer.data(), n) == n;
}

}  // namespace

TcpRelay::TcpRelay(int server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, raw, size) != 0 || listen(listener_, 1) != 0 ||
      getsockname(listener_, raw, &size) != 0 || pipe(wake_) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, server_port] { Run(server_port); });
}

TcpRelay::~TcpRelay() { Cut(); }

std::string TcpRelay::address() const {
  return "127.0.0.1:" + std::to_string(port_);
}

void TcpRelay::Cut() {
  if (!thread_.joinable()) return;
  close(wake_[1]);
  thread_.join();
  close(wake_[0]);
  close(listener_);
}

void TcpRelay::Run(int server_port) {
  pollfd waiting[] = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
  poll(waiting, 2, -1);
  if (waiting[0].revents != 0) return;
  const int client = accept(listener_, nullptr, nullptr);
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(server_port);
  // If it fails, the relay ends with the first byte, as with a cut connection.
  static_cast<void>(connect(server, reinterpret_cast<const sockaddr*>(&address),
                            sizeof(address)));
  for (;;) {
    pollfd sockets[] = {
        {wake_[0], POLLIN, 0}, {client, POLLIN, 0}, {server, POLLIN, 0}};
    poll(sockets, 3, -1);
    if (sockets[0].revents != 0) break;
    if (sockets[1].revents != 0 && !Pump(client, server)) break;
    if (sockets[2].revents != 0 && !Pump(server, client)) break;
  }
  close(client);
  close(server);
}

}  // namespace spiked::testing
