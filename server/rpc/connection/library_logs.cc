// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/library_logs.h"

#include <string>

#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "server/base/log.h"
#include "server/base/log_budget.h"

namespace spiked {
namespace {

// The budget of both libraries together.
LogBudget& Budget() {
  static LogBudget budget(/*lines_per_second=*/10);
  return budget;
}

void LogGrpc(gpr_log_func_args* args) {
  if (args->severity != GPR_LOG_SEVERITY_ERROR || !Budget().Admit()) return;
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

}  // namespace spiked
