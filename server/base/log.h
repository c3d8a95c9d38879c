// SPDX-License-Identifier: Apache-2.0
//
// Structured log lines on stderr, one event each, as key=value pairs (logfmt):
//
//   time=2026-01-31T12:00:00.000Z level=info msg="session created" id=demo
//
// Lines wait in a bounded queue for a thread that writes them, so that a stderr
// that nothing reads holds up no caller. If the queue is full, the oldest line
// is dropped and counted. Not for the step loop. Thread-safe.

#ifndef SPIKED_SERVER_BASE_LOG_H_
#define SPIKED_SERVER_BASE_LOG_H_

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace spiked {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning" and "error", in this order.
const std::vector<std::string>& LogLevelNames();

// Lines below the level are dropped. Default kInfo.
void SetLogLevel(LogLevel level);

struct LogField {
  const char* key;
  absl::AlphaNum value;
};

// Writes a line. Values are quoted and escaped where they need it, so that what
// clients send cannot forge lines.
void Log(LogLevel level, const std::string& message,
         std::initializer_list<LogField> fields = {});

// Lines that were dropped because the queue was full.
int64_t DroppedLogLines();

// Waits until all lines so far are written or dropped. False: they aren't after
// so much time.
bool FlushLog(std::chrono::milliseconds limit = std::chrono::seconds(1));

// Ends the process at once, after FlushLog.
[[noreturn]] void FlushLogAndExit(int code);

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_LOG_H_
