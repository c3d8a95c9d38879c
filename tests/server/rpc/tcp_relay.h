// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SERVER_RPC_TCP_RELAY_H_
#define SPIKED_TESTS_SERVER_RPC_TCP_RELAY_H_

#include <string>
#include <thread>

namespace spiked::testing {

// Forwards the connection between one client and a server on this machine. A
// test can cut it: to the server it looks as if the client's process was
// killed.
class TcpRelay {
 public:
  explicit TcpRelay(int server_port);
  ~TcpRelay();

  // The address for the client, which connects once.
  std::string address() const;

  // Closes the connection to the server.
  void Cut();

 private:
  void Run(int server_port);

  int listener_ = -1;
  int port_ = 0;
  int wake_[2] = {-1, -1};  // a pipe; closing its end stops the thread
  std::thread thread_;
};

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SERVER_RPC_TCP_RELAY_H_
