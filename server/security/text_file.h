// SPDX-License-Identifier: Apache-2.0
//
// Reading of small text files, with comments from '#' to the end of a line.

#ifndef SPIKED_SERVER_SECURITY_TEXT_FILE_H_
#define SPIKED_SERVER_SECURITY_TEXT_FILE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace spiked {

// Reads a whole file. Errors: NOT_FOUND, with the path and the reason, if it
// cannot be read, or is no regular file, such as a pipe, which might have to be
// waited for; INVALID_ARGUMENT if it is larger than 16 MiB.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

// Splits each line into words. Returns the lines that have any, with their
// numbers from 1.
std::vector<std::pair<int, std::vector<std::string>>> WordsByLine(
    const std::string& text);

// Returns `parse(text)` of a file's text; errors get the path in front.
template <typename T, typename Parse>
absl::StatusOr<T> ReadAndParse(const std::string& path, Parse parse) {
  auto text = ReadTextFile(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<T> parsed = parse(*text);
  if (parsed.ok()) return parsed;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", parsed.status().message()));
}

// A text that changes when the file is written or replaced: its inode, size and
// times. Empty if there is no such file.
std::string FileStamp(const std::string& path);

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TEXT_FILE_H_
