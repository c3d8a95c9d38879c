// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_DAEMON_H_
#define SPIKED_SERVER_DAEMON_H_

#include <string>

#include "server/options.h"

namespace spiked {

// Runs the daemon until SIGTERM or SIGINT; returns the exit code. SIGTERM
// drains: health says NOT_SERVING, new sessions are refused, streams get their
// last message, sessions pause, open calls have the grace period to end. A
// second signal stops at once. Requires: called on the main thread, before any
// other thread exists.
int RunDaemon(const ServerOptions& options, const std::string& version);

}  // namespace spiked

#endif  // SPIKED_SERVER_DAEMON_H_
