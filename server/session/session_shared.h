// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_SHARED_H_
#define SPIKED_SERVER_SESSION_SESSION_SHARED_H_

#include <memory>
#include <string>
#include <utility>

#include "server/session/edit_exchange.h"
#include "server/session/mailbox.h"
#include "server/session/published_session.h"
#include "server/session/session_environment.h"
#include "server/session/session_key.h"
#include "server/session/session_lifetime.h"
#include "server/session/session_options.h"

namespace spiked {

// The parts of a session through which its worker and other threads meet. Each
// is constant or thread-safe by itself.
struct SessionShared {
  SessionShared(std::string session_key, const SessionOptions& options,
                SessionEnvironment of)
      : key(std::move(session_key)),
        id(IdOf(key)),
        environment(std::move(of)),
        lifetime(std::make_shared<SessionLifetime>(environment.clock)),
        mailbox(id),
        published(options) {}

  const std::string key;  // in the registry
  const std::string id;   // follows "sessions/"
  const SessionEnvironment environment;
  // Shared, because streams and calls that use the session may outlive it.
  const std::shared_ptr<SessionLifetime> lifetime;
  Mailbox mailbox;
  PublishedSession published;
  EditExchange edits;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_SHARED_H_
