// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/daemon_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

extern char** environ;  // NOLINT: the name is from POSIX

namespace spiked::benchmark {
namespace {

// Reads the text up to the end of the line or of the file.
std::string ReadLine(int fd) {
  std::string line;
  for (char c; read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

// The text after `key` in a line, up to a space; empty if there is no key.
std::string WordAfter(const std::string& line, const std::string& key) {
  const size_t at = line.find(key);
  if (at == std::string::npos) return "";
  const size_t begin = at + key.size();
  return line.substr(begin, line.find(' ', begin) - begin);
}

// The words of a file of /proc/{pid}.
std::vector<std::string> ProcWords(pid_t pid, const char* file) {
  std::ifstream stream(absl::StrCat("/proc/", pid, "/", file));
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

double NumberAt(const std::vector<std::string>& words, size_t at) {
  double number = 0;
  return at < words.size() && absl::SimpleAtod(words[at], &number) ? number : 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DaemonProcess>> DaemonProcess::Start(
    const std::string& path, const std::vector<std::string>& options) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::UnavailableError(std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<std::string> words = {
      path,          "--listen",    "127.0.0.1:0", "--metrics-listen",
      "127.0.0.1:0", "--log-level", "warning"};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, path.c_str(), &actions, nullptr,
                                arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return absl::NotFoundError(
        absl::StrCat("cannot start ", path, ": ", std::strerror(error)));
  }
  auto daemon = absl::WrapUnique(new DaemonProcess(pid, ends[0]));
  // The daemon prints "spiked 0.1.0 ready: grpc=127.0.0.1:34567 metrics=...".
  const std::string line = ReadLine(ends[0]);
  daemon->address_ = WordAfter(line, "ready: grpc=");
  daemon->metrics_url_ = WordAfter(line, "metrics=");
  if (daemon->address_.empty()) {
    return absl::UnavailableError(
        absl::StrCat(path, " said \"", line, "\" instead of ready"));
  }
  return daemon;
}

DaemonProcess::~DaemonProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  close(stdout_fd_);
}

double DaemonProcess::ResidentBytes() const {
  return NumberAt(ProcWords(pid_, "statm"), 1) *
         static_cast<double>(sysconf(_SC_PAGESIZE));
}

// Words 13 and 14 are utime and stime, see proc(5); the name of the process has
// no spaces.
double DaemonProcess::CpuSeconds() const {
  const std::vector<std::string> words = ProcWords(pid_, "stat");
  return (NumberAt(words, 13) + NumberAt(words, 14)) /
         static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace spiked::benchmark
