// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/own_listener.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpcpp/security/credentials.h"
#include "server/rpc/connection/health_call.h"
#include "server/rpc/connection/tls_handshake.h"

namespace spiked {
namespace {

using std::chrono::system_clock;

// Times that an open connection could be asked within a try.
constexpr int kAsksInATry = 2 * ListenerVerdict::kProofAnswers;

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

OwnListener::OwnListener(std::string address, const TlsFiles& tls,
                         std::chrono::nanoseconds timeout)
    : address_(Callable(address)),
      tls_(absl::StartsWith(address, "unix:") ? TlsFiles() : tls),
      timeout_(timeout) {}

ListenerTry OwnListener::Try() {
  if (open_ != nullptr && open_->GetState(false) != GRPC_CHANNEL_READY) {
    open_.reset();
  }
  ListenerTry result{.has_open = open_ != nullptr};
  const bool shows_certificate = tls_.enabled() && !tls_.client_ca.empty();
  if (!shows_certificate) {
    Call(timeout_, &result);
    return result;
  }
  // Before the first call, and after one without an answer, see what the
  // listener does with the certificate: the files may have changed.
  if (open_ != nullptr) {
    Call(timeout_ / 4 * 3, &result);
    if (result.status.ok()) return result;
  }
  const auto handshake =
      TryHandshake(address_, tls_, open_ == nullptr ? timeout_ : timeout_ / 4);
  if (!handshake.ok()) {
    result.status = handshake.status();
  } else if (*handshake == Handshake::kRefused) {
    open_.reset();
    result.status = absl::OkStatus();
  } else if (open_ == nullptr) {
    Call(timeout_, &result);
  } else {
    result.open_answers = 0;  // it accepts, and is slow
  }
  return result;
}

// Asks over a new connection, and meanwhile over the open one.
void OwnListener::Call(std::chrono::nanoseconds timeout, ListenerTry* result) {
  const auto step =
      std::chrono::duration_cast<system_clock::duration>(timeout / kAsksInATry);
  const auto deadline = system_clock::now() + step * kAsksInATry;
  const auto channel = MakeHealthChannel(
      address_, tls_.enabled() ? MakeTrustingCredentials(tls_)
                               : grpc::InsecureChannelCredentials());
  grpc::CompletionQueue queue;
  HealthCall fresh(channel, deadline, HealthCall::Unconnected::kWait, &queue);
  std::optional<HealthCall> again;  // over the open connection
  auto next_ask = system_clock::now() + step;
  for (bool is_over = false; !is_over;) {
    const bool may_ask = open_ != nullptr && !again.has_value();
    void* tag = nullptr;
    bool ok = false;
    const auto event =
        queue.AsyncNext(&tag, &ok, may_ask ? next_ask : deadline + step);
    if (event != grpc::CompletionQueue::GOT_EVENT) {
      if (!may_ask) continue;
      again.emplace(open_, deadline, HealthCall::Unconnected::kFail, &queue);
      next_ask = system_clock::now() + step;
    } else if (tag == &fresh) {
      is_over = true;
    } else {
      if (again->Answer(address_).ok()) ++result->open_answers;
      again.reset();
    }
  }
  if (again.has_value()) {
    again->Cancel();
    void* tag;
    bool ok;
    queue.Next(&tag, &ok);
  }
  // Any answer will do, also that of a draining server.
  result->status = fresh.Answer(address_).status();
  if (result->status.ok()) open_ = channel;
}

}  // namespace spiked
