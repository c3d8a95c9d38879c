// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/self_probe.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpcpp/security/credentials.h"
#include "server/rpc/probe.h"

namespace spiked {
namespace {

// An address that listens to all of the machine's, as one that can be called.
std::string Callable(const std::string& address) {
  for (const auto& [any, loopback] :
       {std::pair("0.0.0.0:", "127.0.0.1:"), std::pair("[::]:", "[::1]:")}) {
    if (absl::StartsWith(address, any)) {
      return absl::StrCat(loopback, absl::StripPrefix(address, any));
    }
  }
  return address;
}

absl::Status Failed(const std::string& address, const char* what) {
  return absl::UnavailableError(absl::StrCat(address, ": ", what));
}

// Connects, says that nothing will come, and waits until the server, which
// wanted a handshake, has given up. A dead listener doesn't.
absl::Status ExpectConnectionTaken(const std::string& address,
                                   std::chrono::nanoseconds timeout) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (absl::StartsWith(host, "[")) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints,
                  &found) != 0) {
    return Failed(address, "cannot be resolved");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found,
                                                                 freeaddrinfo);
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed(address, std::strerror(errno));
  absl::Status status;
  if (connect(fd, found->ai_addr, found->ai_addrlen) != 0 ||
      shutdown(fd, SHUT_WR) != 0) {
    status = Failed(address, std::strerror(errno));
  } else {
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    const int ms = static_cast<int>(timeout / std::chrono::milliseconds(1));
    if (poll(&readable, 1, ms) <= 0) {
      status = Failed(address, "the connection is not taken");
    }
  }
  close(fd);
  return status;
}

}  // namespace

SelfProbe::SelfProbe(Options options, Statistics* statistics,
                     std::function<void(const std::string&)> on_dead)
    : options_(std::move(options)),
      statistics_(statistics),
      on_dead_(std::move(on_dead)),
      misses_(options_.addresses.size()),
      due_nanos_(clock_.NowNanos() + options_.period.count()),
      // More often than the period, which is from begin to begin: a probe that
      // waits in vain does not put off the next one.
      periodic_(&clock_, options_.period.count() / 8,
                [this] { ProbeIfDue(); }) {}

void SelfProbe::ProbeIfDue() {
  const int64_t now = clock_.NowNanos();
  if (now < due_nanos_) return;
  due_nanos_ = now + options_.period.count();
  for (size_t i = 0; i < misses_.size(); ++i) {
    const absl::Status status = ProbeOne(Callable(options_.addresses[i]));
    if (status.ok()) {
      misses_[i] = 0;
      continue;
    }
    statistics_->self_probe_failures.Add();
    if (++misses_[i] < kMaxMisses) continue;
    misses_[i] = 0;
    on_dead_(std::string(status.message()));
  }
}

absl::Status SelfProbe::ProbeOne(const std::string& address) const {
  const bool plain =
      !options_.tls.enabled() || absl::StartsWith(address, "unix:");
  if (!plain && !options_.tls.client_ca.empty()) {
    return ExpectConnectionTaken(address, timeout());
  }
  // While it drains it answers, too.
  return AskHealth(address, timeout(),
                   plain ? grpc::InsecureChannelCredentials()
                         : MakeTrustingCredentials())
      .status();
}

}  // namespace spiked
