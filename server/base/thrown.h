// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_THROWN_H_
#define SPIKED_SERVER_BASE_THROWN_H_

#include <exception>
#include <functional>
#include <optional>
#include <string>

namespace spiked {

// Runs work and returns what it throws, as text; nothing if it ends well. This
// code throws nothing, but the standard library does when memory ends or a size
// is impossible: then the work fails instead of the process.
template <typename Work>
std::optional<std::string> ThrownBy(Work work) {
  try {
    work();
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of another type";
  }
}

// Is told what work threw, by a thread that goes on with other work.
using ReportThrown = std::function<void(const std::string& what)>;

// Runs a task of a thread that must go on whatever the task throws. A task that
// somebody waits for should end by itself; this is the last net. `report` may
// be null.
template <typename Task>
void RunAndReport(Task& task, const ReportThrown& report) {
  const auto thrown = ThrownBy([&] { task(); });
  if (thrown.has_value() && report != nullptr) report(*thrown);
}

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_THROWN_H_
