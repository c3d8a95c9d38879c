// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_LISTENER_VERDICT_H_
#define SPIKED_SERVER_RPC_CONNECTION_LISTENER_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace spiked {

// What one try to reach a listener gave.
struct ListenerTry {
  absl::Status status = {};  // OK: a new connection was answered in time
  bool has_open = false;     // there was a connection that had been answered
  int open_answers = 0;      // answers over that one, meanwhile
};

// Tells a dead listener from a slow one, by tries at regular times. Dead is
//   (a) a listener that takes no new connection although gRPC's threads have
//       time: an open connection was answered kProofAnswers times meanwhile, in
//       each of kDeadTries tries in a row;
//   (b) a server in which nothing moves for a minute: neither connection is
//       answered, and no call of any kind begins, ends or sends a message;
//   (c) where no connection is open to compare with, a listener that took none
//       for a minute.
// A minute is counted in tries, so that a process that was suspended has not
// been silent meanwhile. Used by one thread.
class ListenerVerdict {
 public:
  // A new connection needs up to seven turns of gRPC's threads, with TLS, and
  // an open one needs two for each answer: eight answers are twice as many
  // turns as the new one needed.
  static constexpr int kProofAnswers = 8;
  static constexpr int kDeadTries = 3;

  explicit ListenerVerdict(int tries_per_minute)
      : tries_per_minute_(tries_per_minute) {}

  // Adds a try. `progress` is a number that grows with everything that calls
  // do. Returns why the listener is dead, or nullopt if it isn't.
  std::optional<std::string> Add(const ListenerTry& tried, int64_t progress);

  // Tries in a row without an answer.
  int missed() const { return missed_; }

 private:
  const int tries_per_minute_;
  int missed_ = 0;
  int proven_ = 0;  // of these, the last ones in which (a) was so
  int stuck_ = 0;   // of these, the last ones in which (b) was so
  int64_t progress_ = -1;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_LISTENER_VERDICT_H_
