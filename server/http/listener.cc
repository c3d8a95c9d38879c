// SPDX-License-Identifier: Apache-2.0

#include "server/http/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace spiked {
namespace {

// Returns a listening socket, or -1 with errno.
int OpenListener(const addrinfo& to) {
  const int fd =
      socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  // A daemon that is started again must not wait for connections that its
  // predecessor has closed.
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (bind(fd, to.ai_addr, to.ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) {
    return fd;
  }
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int PortOf(int fd) {
  sockaddr_storage own{};
  socklen_t size = sizeof(own);
  getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&own)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&own)->sin_port);
}

}  // namespace

absl::StatusOr<HttpListener> Listen(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == address.npos) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, " for HTTP: not host:port"));
  }
  const std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  const std::string name = absl::StartsWith(host, "[") && host.back() == ']'
                               ? host.substr(1, host.size() - 2)
                               : host;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(name.c_str(), port.c_str(), &hints, &found);
  if (error != 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", address, " for HTTP: ", gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found,
                                                                 freeaddrinfo);
  int fd = -1;
  // A name such as localhost may have addresses of both kinds.
  for (const int family : {AF_INET, AF_INET6}) {
    for (const addrinfo* to = found; to != nullptr && fd < 0;
         to = to->ai_next) {
      if (to->ai_family == family) fd = OpenListener(*to);
    }
  }
  if (fd < 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", address, " for HTTP: ", std::strerror(errno)));
  }
  return HttpListener{fd, absl::StrCat(host, ":", PortOf(fd))};
}

std::string ClientOf(const sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from).sin_addr;
    return {reinterpret_cast<const char*>(&v4), sizeof(v4)};
  }
  if (from.ss_family != AF_INET6) return "";
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from).sin6_addr;
  const char* bytes = reinterpret_cast<const char*>(&v6);
  // An IPv4 client of an IPv6 listener has its address in the last bytes.
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return {bytes + 12, 4};
  return {bytes, 8};
}

}  // namespace spiked
