// SPDX-License-Identifier: Apache-2.0

#include "server/security/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_split.h"

namespace spiked {
namespace {

constexpr size_t kMaxBytes = 16 << 20;

}  // namespace

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  // Opening a pipe would wait for its writer, without O_NONBLOCK, and reading
  // one for its bytes.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const auto error = [&](const char* why) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read: ", why));
  };
  if (file < 0) return error(std::strerror(errno));
  const absl::Cleanup close_file = [file] { close(file); };
  struct stat info {};
  if (fstat(file, &info) != 0) return error(std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return error("it is no regular file");
  std::string text;
  std::string part(64 << 10, '\0');
  for (;;) {
    const ssize_t count = read(file, part.data(), part.size());
    if (count < 0) return error(std::strerror(errno));
    if (count == 0) return text;
    text.append(part, 0, static_cast<size_t>(count));
    if (text.size() > kMaxBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": is larger than 16 MiB"));
    }
  }
}

std::vector<std::pair<int, std::vector<std::string>>> WordsByLine(
    const std::string& text) {
  std::vector<std::pair<int, std::vector<std::string>>> lines;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = line.substr(0, line.find('#'));
    std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (!words.empty()) lines.emplace_back(number, std::move(words));
  }
  return lines;
}

std::string FileStamp(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return "";
  return absl::StrCat(info.st_dev, ":", info.st_ino, ":", info.st_size, ":",
                      info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, ":",
                      info.st_ctim.tv_sec, ".", info.st_ctim.tv_nsec);
}

}  // namespace spiked
