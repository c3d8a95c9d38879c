// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_STATISTICS_CALL_STATISTICS_H_
#define SPIKED_SERVER_STATISTICS_CALL_STATISTICS_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "server/statistics/histogram.h"
#include "server/statistics/statistics.h"

namespace spiked {

// Statistics of the calls of one gRPC method. Thread-safe.
struct MethodStatistics {
  static constexpr int kCodeCount = 17;  // OK to UNAUTHENTICATED

  std::string service;  // "spiked.v1.SessionService"
  std::string method;   // "CreateSession"
  std::string type;     // "unary", "server_stream", "bidi_stream"
  Counter started;
  std::array<Counter, kCodeCount> handled;  // by gRPC status code
  DurationHistogram latency;
};

// Statistics of all methods of the server, which are registered before it
// starts, so that every series exists from the beginning. Thread-safe after
// that, because only the numbers change.
class CallStatistics {
 public:
  void Register(const std::string& service, const std::string& method,
                const std::string& type) {
    MethodStatistics& entry = methods_.emplace_back();
    entry.service = service;
    entry.method = method;
    entry.type = type;
    by_path_["/" + service + "/" + method] = &entry;
  }

  // Finds a method by its path, such as
  // "/spiked.v1.SessionService/CreateSession"; null if unknown.
  MethodStatistics* Find(const std::string& path) {
    const auto it = by_path_.find(path);
    return it == by_path_.end() ? nullptr : it->second;
  }

  const std::deque<MethodStatistics>& methods() const { return methods_; }

  // The number of calls that have begun, and of those that have ended.
  int64_t EventCount() const {
    int64_t count = 0;
    for (const MethodStatistics& method : methods_) {
      count += method.started.Get();
      for (const Counter& code : method.handled) count += code.Get();
    }
    return count;
  }

 private:
  std::deque<MethodStatistics> methods_;
  std::map<std::string, MethodStatistics*> by_path_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_STATISTICS_CALL_STATISTICS_H_
