// SPDX-License-Identifier: Apache-2.0

#include "server/base/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <thread>

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

// Lines that may wait; room for each is allocated at the start.
constexpr size_t kMaxWaiting = 1024;

// Writes lines to stderr and counts them.
class StderrSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  int64_t written() const { return written_; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    size_t begin = 0;
    while (begin < line.size()) {
      const ssize_t count =
          write(STDERR_FILENO, line.data() + begin, line.size() - begin);
      if (count > 0) {
        begin += count;
      } else if (errno != EINTR) {
        break;  // there is no stderr
      }
    }
    ++written_;
  }
  void flush_() override {}

 private:
  std::atomic<int64_t> written_{0};
};

// The queue and the thread that empties it. Never destroyed, because the thread
// may be writing when the process ends.
struct Writer {
  std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>();
  std::shared_ptr<spdlog::details::thread_pool> pool =
      std::make_shared<spdlog::details::thread_pool>(kMaxWaiting, 1);
  std::shared_ptr<spdlog::async_logger> logger =
      std::make_shared<spdlog::async_logger>(
          "spiked", sink, pool, spdlog::async_overflow_policy::overrun_oldest);
  std::atomic<int64_t> posted{0};

  Writer() {
    logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v",
                        spdlog::pattern_time_type::utc);
  }
  int64_t dropped() const {
    return static_cast<int64_t>(pool->overrun_counter());
  }
};

Writer& TheWriter() {
  static auto* const writer = new Writer;
  return *writer;
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

void SetLogLevel(LogLevel level) {
  TheWriter().logger->set_level(SpdlogLevel(level));
}

void Log(LogLevel level, const std::string& message,
         std::initializer_list<LogField> fields) {
  Writer& writer = TheWriter();
  if (!writer.logger->should_log(SpdlogLevel(level))) return;
  std::string text = absl::StrCat("msg=", Quoted(message));
  for (const LogField& field : fields) {
    absl::StrAppend(&text, " ", field.key, "=",
                    Quoted(std::string(field.value.Piece())));
  }
  ++writer.posted;
  writer.logger->log(SpdlogLevel(level), spdlog::string_view_t(text));
}

int64_t DroppedLogLines() { return TheWriter().dropped(); }

bool FlushLog(std::chrono::milliseconds limit) {
  Writer& writer = TheWriter();
  const int64_t wanted = writer.posted;
  const auto end = std::chrono::steady_clock::now() + limit;
  while (writer.sink->written() + writer.dropped() < wanted) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

void FlushLogAndExit(int code) {
  FlushLog();
  _exit(code);
}

}  // namespace spiked
