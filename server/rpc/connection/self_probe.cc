// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/self_probe.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpcpp/security/credentials.h"
#include "server/base/log_thrown.h"
#include "server/rpc/connection/probe.h"
#include "server/rpc/connection/tls_handshake.h"

namespace spiked {
namespace {

// Replaces the wildcard address of a listener by the loopback address, to which
// a client can connect.
std::string Callable(const std::string& address) {
  for (const auto& [any, loopback] :
       {std::pair("0.0.0.0:", "127.0.0.1:"), std::pair("[::]:", "[::1]:")}) {
    if (absl::StartsWith(address, any)) {
      return absl::StrCat(loopback, absl::StripPrefix(address, any));
    }
  }
  return address;
}

}  // namespace

SelfProbe::SelfProbe(Options options, Statistics* statistics,
                     std::function<void(const std::string&)> on_dead)
    : options_(std::move(options)),
      statistics_(statistics),
      on_dead_(std::move(on_dead)),
      misses_(options_.addresses.size()),
      due_nanos_(clock_.NowNanos() + options_.period.count()),
      // Runs more often than the period, which counts from begin to begin, so
      // that a probe that runs into its timeout doesn't delay the next one.
      periodic_(
          &clock_, options_.period.count() / 8, [this] { ProbeIfDue(); },
          LogThrownBy("calling the server's own addresses")) {}

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
    const auto handshake = TryHandshake(address, options_.tls, timeout());
    if (!handshake.ok()) return handshake.status();
    if (*handshake == Handshake::kRefused) return absl::OkStatus();
  }
  // Any answer will do, also that of a draining server.
  return AskHealth(address, timeout(),
                   plain ? grpc::InsecureChannelCredentials()
                         : MakeTrustingCredentials(options_.tls))
      .status();
}

}  // namespace spiked
