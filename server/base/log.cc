// SPDX-License-Identifier: Apache-2.0

#include "server/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace spiked {
namespace {

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& Logger() {
  static spdlog::logger* const logger = [] {
    auto* made = new spdlog::logger(
        "spiked", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v",
                      spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

std::string Quoted(const std::string& value) {
  const bool plain =
      !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return absl::ascii_isgraph(c) && c != '"' && c != '=' && c != '\\';
      });
  return plain ? value : absl::StrCat("\"", absl::CHexEscape(value), "\"");
}

}  // namespace

const std::vector<std::string>& LogLevelNames() {
  static const auto* const names =
      new std::vector<std::string>{"debug", "info", "warning", "error"};
  return *names;
}

void SetLogLevel(LogLevel level) { Logger().set_level(SpdlogLevel(level)); }

void Log(LogLevel level, const std::string& message,
         std::initializer_list<LogField> fields) {
  spdlog::logger& logger = Logger();
  if (!logger.should_log(SpdlogLevel(level))) return;
  std::string text = absl::StrCat("msg=", Quoted(message));
  for (const LogField& field : fields) {
    absl::StrAppend(&text, " ", field.key, "=",
                    Quoted(std::string(field.value.Piece())));
  }
  logger.log(SpdlogLevel(level), spdlog::string_view_t(text));
}

}  // namespace spiked
