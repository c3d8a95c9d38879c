// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/tenant_tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace spiked::benchmark {
namespace {

// Appends the line of a new token to `file_text`, and returns the token.
absl::StatusOr<std::string> MakeTokenOf(const std::string& daemon_path,
                                        const std::string& tenant,
                                        std::string* file_text) {
  const std::string command =
      absl::StrCat("'", daemon_path, "' token --tenant ", tenant);
  FILE* const pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) return absl::UnavailableError(command);
  std::string text;
  std::array<char, 512> buffer;
  for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    text.append(buffer.data(), n);
  }
  // The token, then the line.
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (pclose(pipe) != 0 || lines.size() < 2) {
    return absl::UnavailableError(absl::StrCat(command, " failed"));
  }
  absl::StrAppend(file_text, lines[1], "\n");
  return lines[0];
}

}  // namespace

absl::StatusOr<TenantTokens> TenantTokens::Make(
    const std::string& daemon_path) {
  TenantTokens tokens;
  const auto watched = MakeTokenOf(daemon_path, "watched", &tokens.file_text);
  if (!watched.ok()) return watched.status();
  const auto other = MakeTokenOf(daemon_path, "other", &tokens.file_text);
  if (!other.ok()) return other.status();
  tokens.watched = *watched;
  tokens.other = *other;
  return tokens;
}

TemporaryFile::TemporaryFile(const std::string& text)
    : path_(
          (std::filesystem::temp_directory_path() / "spiked-XXXXXX").string()) {
  const int fd = mkstemp(path_.data());
  if (fd < 0) return;
  // A part of the file is noticed by the daemon, which refuses to start.
  if (write(fd, text.data(), text.size()) < 0) unlink(path_.c_str());
  close(fd);
}

TemporaryFile::~TemporaryFile() { unlink(path_.c_str()); }

}  // namespace spiked::benchmark
