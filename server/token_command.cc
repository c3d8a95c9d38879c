// SPDX-License-Identifier: Apache-2.0

#include "server/token_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <string>

#include "server/security/token_file.h"

namespace spiked {
namespace {

// Appends a line in one write, so that two programs don't mix their lines. Only
// the owner can read a new file.
bool Append(const std::string& path, const std::string& line) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
                      S_IRUSR | S_IWUSR);
  if (fd < 0) return false;
  const bool written =
      write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int error = errno;
  close(fd);
  errno = error;
  return written;
}

}  // namespace

int MakeTokenCommand(const TokenOptions& options) {
  const Role role =
      options.role == RoleName(Role::kAdmin) ? Role::kAdmin : Role::kUser;
  const std::string token = MakeToken();
  const std::string line = TokenLine(options.tenant, role, token) + "\n";
  if (options.file.empty()) {
    std::cout << token << "\n" << line;
    return 0;
  }
  if (!Append(options.file, line)) {
    std::cerr << options.file << ": cannot be written: " << strerror(errno)
              << "\n";
    return 1;
  }
  std::cout << token << "\n";
  return 0;
}

}  // namespace spiked
