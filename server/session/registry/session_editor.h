// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_SESSION_EDITOR_H_
#define SPIKED_SERVER_SESSION_REGISTRY_SESSION_EDITOR_H_

#include <atomic>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "core/change/edit_spec.h"
#include "core/spec/violations.h"
#include "server/session/command.h"
#include "server/session/registry/session_builder.h"
#include "server/session/registry/session_registry.h"
#include "server/session/registry/uploaded_lists.h"
#include "server/session/session.h"

namespace spiked {

// Edits the networks of sessions, on the thread that builds networks: the
// edited network is built, the state is brought into it, and the session goes
// on with both; or, if anything is wrong, with what it had. Thread-safe.
class SessionEditor {
 public:
  // Both outlive the editor.
  SessionEditor(SessionRegistry* registry, SessionBuilder* builder)
      : registry_(registry), builder_(builder) {}

  struct EditResult {
    absl::Status status;    // INVALID_ARGUMENT: see violations
    Violations violations;  // paths begin with "add", "remove_" or "network"
    Outcome outcome;        // of the EditCommand
  };
  // Adds to the network of a paused session and takes from it, all or nothing;
  // its other commands wait. Stops soon once `cancelled`, if there is one, is
  // true, or the session is deleted; then the status is CANCELLED. `uploads`
  // are for the projections that are added.
  void Edit(const std::shared_ptr<Session>& session, EditSpec edit,
            UploadedLists uploads, std::function<void(EditResult)> done,
            std::shared_ptr<const std::atomic<bool>> cancelled = nullptr);

 private:
  SessionRegistry* const registry_;
  SessionBuilder* const builder_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_SESSION_EDITOR_H_
