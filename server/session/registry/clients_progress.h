// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_CLIENTS_PROGRESS_H_
#define SPIKED_SERVER_SESSION_REGISTRY_CLIENTS_PROGRESS_H_

#include <atomic>
#include <memory>
#include <utility>

#include "core/build/build_progress.h"

namespace spiked {

// Stops when the client has gone away or the server stops, too. The flags may
// be null.
class ClientsProgress : public BuildProgress {
 public:
  using Flag = std::shared_ptr<const std::atomic<bool>>;

  ClientsProgress(Flag gone, Flag stopping)
      : gone_(std::move(gone)), stopping_(std::move(stopping)) {}
  bool cancelled() const override {
    return BuildProgress::cancelled() || (gone_ != nullptr && *gone_) ||
           (stopping_ != nullptr && *stopping_);
  }

 private:
  const Flag gone_;
  const Flag stopping_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_CLIENTS_PROGRESS_H_
