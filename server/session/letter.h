// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_LETTER_H_
#define SPIKED_SERVER_SESSION_LETTER_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "server/security/memory_ledger.h"
#include "server/session/command.h"
#include "server/session/session_network.h"

namespace spiked {

class SessionBody;

// A command that waits in a session's mailbox, with its answer.
class Letter {
 public:
  // Pauses and deletions are taken by a mailbox that is full for all others.
  enum class Kind { kOrdinary, kPause, kDeletion };

  // `made_for`: the network that the command is valid for; null: any.
  // `bytes`: that the command holds (command_bytes.h).
  Letter(Kind kind, int64_t bytes,
         std::shared_ptr<const SessionNetwork> made_for)
      : kind_(kind), bytes_(bytes), made_for_(std::move(made_for)) {}
  virtual ~Letter() = default;
  Letter(const Letter&) = delete;
  Letter& operator=(const Letter&) = delete;

  // Executes the command, on the session's worker, and answers; or lets the
  // body answer later.
  virtual void Execute(SessionBody& body) = 0;
  // Answers without executing it; does nothing if the answer was given or
  // taken.
  virtual void Refuse(Outcome why) = 0;

  // Null: it is another command.
  virtual const AdvanceCommand* advance() const { return nullptr; }

  Kind kind() const { return kind_; }
  int64_t bytes() const { return bytes_; }
  // Keeps the reservation of these bytes as long as the letter exists.
  void Hold(MemoryReservation memory) { memory_ = std::move(memory); }

  const std::shared_ptr<const SessionNetwork>& made_for() const {
    return made_for_;
  }

 private:
  const Kind kind_;
  const int64_t bytes_;
  // Destroyed after the command, which belongs to the derived class.
  MemoryReservation memory_;
  const std::shared_ptr<const SessionNetwork> made_for_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_LETTER_H_
