// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/listener_verdict.h"

#include <utility>

namespace spiked {

std::optional<std::string> ListenerVerdict::Add(const ListenerTry& tried,
                                                int64_t progress) {
  const bool moved = std::exchange(progress_, progress) != progress;
  if (tried.status.ok()) {
    missed_ = proven_ = stuck_ = 0;
    return std::nullopt;
  }
  ++missed_;
  proven_ = tried.open_answers >= kProofAnswers ? proven_ + 1 : 0;
  stuck_ = tried.open_answers == 0 && !moved ? stuck_ + 1 : 0;
  if (proven_ >= kDeadTries) {
    return "it takes no new connection, and answers open ones";
  }
  if (stuck_ >= tries_per_minute_) return "no call has moved for a minute";
  if (!tried.has_open && missed_ >= tries_per_minute_) {
    return "it has taken no connection for a minute";
  }
  return std::nullopt;
}

}  // namespace spiked
