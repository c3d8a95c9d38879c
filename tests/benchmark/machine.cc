// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/machine.h"

#include <cctype>
#include <cstdio>
#include <fstream>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/numbers/vector_target.h"

namespace spiked::benchmark {
namespace {

// The value of the first line with a field in /proc/cpuinfo.
std::string CpuInfo(const std::string& field) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    if (absl::StripAsciiWhitespace(line.substr(0, colon)) == field) {
      return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
  }
  return "?";
}

std::string Slug(const std::string& text) {
  const std::string plain =
      absl::StrReplaceAll(text, {{"(R)", ""}, {"(TM)", ""}, {"(C)", ""}});
  std::string slug;
  for (const unsigned char c : plain) {
    if (std::isalnum(c)) {
      slug += static_cast<char>(std::tolower(c));
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  return slug;
}

// The first line that a command prints; empty if it fails.
std::string OutputOf(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  char line[200] = "";
  const bool has_line = fgets(line, sizeof(line), pipe) != nullptr;
  const bool is_good = pclose(pipe) == 0;
  return has_line && is_good ? std::string(absl::StripAsciiWhitespace(line))
                             : "";
}

// The commit, with "-dirty" if any file but results differs from it.
std::string Commit() {
  const std::string git = "git -C '" SPIKED_SOURCE_DIR "' ";
  const std::string commit =
      OutputOf(git + "rev-parse --short=12 HEAD 2>/dev/null");
  if (commit.empty()) return "";
  const std::string changed =
      OutputOf(git +
               "status --porcelain --untracked-files=no -- . "
               "':!tests/benchmark/results' 2>/dev/null");
  return changed.empty() ? commit : commit + "-dirty";
}

Machine Describe() {
  Machine machine;
  const unsigned processors = std::thread::hardware_concurrency();
  machine.cpu =
      absl::StrCat(CpuInfo("model name"), " (family ", CpuInfo("cpu family"),
                   " model ", CpuInfo("model"), ") x ", processors);
  machine.slug =
      Slug(absl::StrCat(CpuInfo("model name"), " ", CpuInfo("cpu family"), " ",
                        CpuInfo("model"), " x", processors));
#ifdef __clang__
  machine.compiler = "clang " __clang_version__;
#else
  machine.compiler = "g++ " __VERSION__;
#endif
  machine.flags =
      std::string(absl::StripAsciiWhitespace(SPIKED_BENCHMARK_FLAGS));
  machine.vector_target = std::string(VectorTarget());
  machine.date = absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone());
  machine.commit = Commit();
  return machine;
}

}  // namespace

const Machine& ThisMachine() {
  static const auto* const machine = new Machine(Describe());
  return *machine;
}

}  // namespace spiked::benchmark
