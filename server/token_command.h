// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_TOKEN_COMMAND_H_
#define SPIKED_SERVER_TOKEN_COMMAND_H_

#include "server/options.h"

namespace spiked {

// `spiked token`: makes a token and writes it to standard output; the line with
// its hash goes to the token file, or after it. Returns the exit code.
int MakeTokenCommand(const TokenOptions& options);

}  // namespace spiked

#endif  // SPIKED_SERVER_TOKEN_COMMAND_H_
