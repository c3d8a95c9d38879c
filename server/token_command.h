// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_TOKEN_COMMAND_H_
#define SPIKED_SERVER_TOKEN_COMMAND_H_

#include "server/options.h"

namespace spiked {

// Runs `spiked token`: makes a token and writes it to standard output. The line
// with its hash is appended to the token file, or without one follows the
// token. Returns the exit code.
int MakeTokenCommand(const TokenOptions& options);

}  // namespace spiked

#endif  // SPIKED_SERVER_TOKEN_COMMAND_H_
