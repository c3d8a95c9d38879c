// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/library_logs.h"

#include <atomic>
#include <chrono>
#include <string>

#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "server/base/log.h"

namespace spiked {
namespace {

constexpr int kLinesPerSecond = 10;

// Whether a line of this second may still be written. Atomic, but not exact
// where two seconds meet.
bool Admit() {
  static std::atomic<int64_t> second{0};
  static std::atomic<int> lines{0};
  const int64_t now = std::chrono::steady_clock::now().time_since_epoch() /
                      std::chrono::seconds(1);
  if (second.exchange(now) != now) lines = 0;
  return lines.fetch_add(1) < kLinesPerSecond;
}

void LogGrpc(gpr_log_func_args* args) {
  if (args->severity != GPR_LOG_SEVERITY_ERROR || !Admit()) return;
  Log(LogLevel::kWarning, args->message, {{"library", "grpc"}});
}

void LogProtobuf(google::protobuf::LogLevel level, const char*, int,
                 const std::string& message) {
  if (level < google::protobuf::LOGLEVEL_WARNING || !Admit()) return;
  Log(LogLevel::kWarning, message, {{"library", "protobuf"}});
}

}  // namespace

void RouteLibraryLogs() {
  [[maybe_unused]] static const bool once = [] {
    gpr_set_log_function(LogGrpc);
    google::protobuf::SetLogHandler(LogProtobuf);
    return true;
  }();
}

}  // namespace spiked
