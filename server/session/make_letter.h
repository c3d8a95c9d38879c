// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_MAKE_LETTER_H_
#define SPIKED_SERVER_SESSION_MAKE_LETTER_H_

#include <memory>

#include "server/session/command.h"
#include "server/session/letter.h"
#include "server/session/session_network.h"

namespace spiked {

// The letter of a command. Exists for the commands that make_letter.cc lists,
// so that code which posts commands doesn't see what executes them.
template <typename Command>
std::unique_ptr<Letter> MakeLetter(
    Command command, AnswerTo<Command> answer,
    std::shared_ptr<const SessionNetwork> made_for);

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_MAKE_LETTER_H_
