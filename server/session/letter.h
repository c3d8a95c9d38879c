// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_LETTER_H_
#define SPIKED_SERVER_SESSION_LETTER_H_

#include <memory>
#include <utility>

#include "server/session/command.h"
#include "server/session/session_network.h"

namespace spiked {

class SessionBody;

// A command that waits in a session's mailbox, with its answer.
class Letter {
 public:
  // `made_for`: the network that the command is valid for; null: any.
  explicit Letter(std::shared_ptr<const SessionNetwork> made_for)
      : made_for_(std::move(made_for)) {}
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
  virtual bool is_deletion() const { return false; }

  const std::shared_ptr<const SessionNetwork>& made_for() const {
    return made_for_;
  }

 private:
  const std::shared_ptr<const SessionNetwork> made_for_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_LETTER_H_
