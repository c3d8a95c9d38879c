// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/library_logs.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "server/base/log.h"
#include "server/base/log_budget.h"
#include "server/base/mutex.h"

namespace spiked {
namespace {

// The budget of both libraries together.
LogBudget& Budget() {
  static LogBudget budget(/*lines_per_second=*/10);
  return budget;
}

// What gRPC said, while it is held back.
struct Held {
  Mutex mutex;
  std::optional<std::vector<std::string>> lines ABSL_GUARDED_BY(mutex);
};

Held& HeldLines() {
  static Held held;
  return held;
}

void LogGrpc(gpr_log_func_args* args) {
  if (args->severity != GPR_LOG_SEVERITY_ERROR || !Budget().Admit()) return;
  {
    MutexLock lock(&HeldLines().mutex);
    if (auto& lines = HeldLines().lines) {
      lines->emplace_back(args->message);
      return;
    }
  }
  Log(LogLevel::kWarning, args->message, {{"library", "grpc"}});
}

void LogProtobuf(google::protobuf::LogLevel level, const char*, int,
                 const std::string& message) {
  if (level < google::protobuf::LOGLEVEL_WARNING || !Budget().Admit()) return;
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

HeldLibraryLogs::HeldLibraryLogs() {
  MutexLock lock(&HeldLines().mutex);
  HeldLines().lines.emplace();
}

HeldLibraryLogs::~HeldLibraryLogs() {
  MutexLock lock(&HeldLines().mutex);
  for (const std::string& line : *HeldLines().lines) {
    Log(LogLevel::kWarning, line, {{"library", "grpc"}});
  }
  HeldLines().lines.reset();
}

std::string HeldLibraryLogs::TakeSystemError() {
  std::vector<std::string> lines;
  {
    MutexLock lock(&HeldLines().mutex);
    lines.swap(*HeldLines().lines);
  }
  constexpr std::string_view kBefore = "os_error:\"";
  for (const std::string& line : lines) {
    const size_t found = line.find(kBefore);
    if (found == std::string::npos) continue;
    const size_t begin = found + kBefore.size();
    return line.substr(begin, line.find('"', begin) - begin);
  }
  return "";
}

}  // namespace spiked
