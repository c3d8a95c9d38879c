// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_SESSION_BUILDER_H_
#define SPIKED_SERVER_SESSION_REGISTRY_SESSION_BUILDER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "core/build/build_progress.h"
#include "core/spec/network_spec.h"
#include "core/spec/violations.h"
#include "server/base/executor.h"
#include "server/base/owner_turns.h"
#include "server/session/registry/session_registry.h"
#include "server/session/registry/uploaded_lists.h"
#include "server/session/session.h"
#include "server/session/session_lifetime.h"
#include "server/session/session_options.h"

namespace spiked {

// How a session is created.
struct SessionCare {
  LifetimeChange lifetime;  // of the new session
  // Answers with a session that is still CREATING; if it can't be built, it
  // stays for a while and says why.
  bool return_at_once = false;
  UploadedLists uploads;  // that the network's projections get
};

// Creates sessions: checks and builds their networks on a thread of its own,
// where tenants take turns. Thread-safe.
class SessionBuilder {
 public:
  // The registry outlives the builder.
  explicit SessionBuilder(SessionRegistry* registry);
  // Stops the builds, then waits for the thread.
  ~SessionBuilder();

  struct CreateResult {
    absl::Status status;               // INVALID_ARGUMENT: see violations
    Violations violations;             // paths begin with "network"
    std::shared_ptr<Session> session;  // if the status is OK
  };
  // Builds a network, then calls `done`; at once if there is no place. An empty
  // id in the key is replaced by a new one. Building stops soon once
  // `cancelled`, if there is one, is true, or the session is deleted; then the
  // status is CANCELLED.
  void Create(std::string key, NetworkSpec spec, SessionOptions options,
              std::function<void(CreateResult)> done,
              std::shared_ptr<const std::atomic<bool>> cancelled = nullptr,
              SessionCare care = {});

  // Begins an edit of a network on the same thread, when it is the tenant's
  // turn and its last edit is over.
  void PostEdit(const std::string& tenant, OwnerTurns::Begin begin) {
    edits_.Post(tenant, std::move(begin));
  }

  // The progress of work that stops when the client is gone, too; the flag may
  // be null.
  std::shared_ptr<BuildProgress> MakeProgress(
      std::shared_ptr<const std::atomic<bool>> gone) const;

 private:
  SessionRegistry* const registry_;
  const std::shared_ptr<std::atomic<bool>> stopping_ =
      std::make_shared<std::atomic<bool>>(false);
  Executor executor_;  // after the rest, which its thread uses
  OwnerTurns edits_{&executor_};
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_SESSION_BUILDER_H_
