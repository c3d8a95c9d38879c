// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_SESSION_CREATION_H_
#define SPIKED_SERVER_SESSION_REGISTRY_SESSION_CREATION_H_

#include <memory>

#include "core/build/build_progress.h"
#include "server/session/session.h"

namespace spiked {

// The building of a session's network, as the registry sees it: until the
// session has its network, a deletion goes through this. Thread-safe.
class SessionCreation {
 public:
  virtual ~SessionCreation() = default;

  // Called by the registry before others can find the session.
  virtual void SetSession(std::shared_ptr<Session> session) = 0;

  virtual std::shared_ptr<const BuildProgress> progress() const = 0;

  // Gives the creation up, because the session is to be deleted. True: it takes
  // `done` and calls it, now or when the building has stopped. False: it is
  // over; the session is to be deleted like any other, or is gone.
  virtual bool GiveUp(Done& done) = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_SESSION_CREATION_H_
