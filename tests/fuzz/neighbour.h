// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_FUZZ_NEIGHBOUR_H_
#define SPIKED_TESTS_FUZZ_NEIGHBOUR_H_

#include <memory>

#include "server/session/session.h"
#include "tests/fuzz/fuzz_server.h"

namespace spiked::fuzz {

// A session of another tenant in the same server, which no call of a client can
// name. It runs as fast as possible.
class Neighbour {
 public:
  // The server outlives the neighbour.
  explicit Neighbour(FuzzServer* server);

  // Checks that the session makes a step.
  void CheckGoesOn() const;

 private:
  std::shared_ptr<Session> session_;
};

// Checks that within seconds no call is unanswered and no stream is open.
void CheckCallsHaveEnded(const FuzzServer& server);

}  // namespace spiked::fuzz

#endif  // SPIKED_TESTS_FUZZ_NEIGHBOUR_H_
