// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_LOG_THROWN_H_
#define SPIKED_SERVER_BASE_LOG_THROWN_H_

#include <string>
#include <utility>

#include "server/base/log.h"
#include "server/base/log_budget.h"
#include "server/base/thrown.h"

namespace spiked {

// Writes what work threw to the log; `where` says whose work it was. All
// threads share a few lines per second, because clients may cause them.
inline void LogThrown(const std::string& where, const std::string& what) {
  static LogBudget budget(10);
  if (!budget.Admit()) return;
  Log(LogLevel::kError, "an error of the server",
      {{"where", where}, {"what", what}});
}

// The same, for RunAndReport.
inline ReportThrown LogThrownBy(std::string where) {
  return [where = std::move(where)](const std::string& what) {
    LogThrown(where, what);
  };
}

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_LOG_THROWN_H_
