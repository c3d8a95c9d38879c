// SPDX-License-Identifier: Apache-2.0
//
// Structured log lines on stderr, one event each, as key=value pairs (logfmt):
//
//   time=2026-01-31T12:00:00.000Z level=info msg="session created" id=demo
//
// Not for the step loop. Thread-safe.

#ifndef SPIKED_SERVER_BASE_LOG_H_
#define SPIKED_SERVER_BASE_LOG_H_

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

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_LOG_H_
