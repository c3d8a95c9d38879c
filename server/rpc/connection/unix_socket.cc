// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace spiked {
namespace {

constexpr char kUnixPrefix[] = "unix:";

// Connects to a Unix socket and closes it again. Returns 0 or the errno of
// connect(2).
int Connect(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int result =
      connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0
          ? 0
          : errno;
  close(fd);
  return result;
}

}  // namespace

std::string UnixPathOf(const std::string& address) {
  if (address.rfind(kUnixPrefix, 0) != 0) return "";
  return address.substr(sizeof(kUnixPrefix) - 1);
}

absl::Status PrepareUnixSocket(const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": the path of a socket has less than ",
                     sizeof(sockaddr_un::sun_path), " bytes"));
  }
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": ", std::strerror(errno)));
  }
  if (!S_ISSOCK(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": exists, and is no socket"));
  }
  // ECONNREFUSED means that no process has the socket open; after any other
  // result one has, or may have.
  const int error = Connect(path);
  if (error != ECONNREFUSED) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on unix:", path, ": ",
        error == 0 || error == EAGAIN ? "another process listens there"
                                      : std::strerror(error)));
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": cannot be removed: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace spiked
