// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_REGISTRY_CLIENTS_PROGRESS_H_
#define SPIKED_SERVER_SESSION_REGISTRY_CLIENTS_PROGRESS_H_

#include <atomic>
#include <memory>
#include <utility>

#include "core/build/build_progress.h"

namespace spiked {

// Stops when the client has gone away, too. The flag may be null.
class ClientsProgress : public BuildProgress {
 public:
  explicit ClientsProgress(std::shared_ptr<const std::atomic<bool>> gone)
      : gone_(std::move(gone)) {}
  bool cancelled() const override {
    return BuildProgress::cancelled() || (gone_ != nullptr && *gone_);
  }

 private:
  const std::shared_ptr<const std::atomic<bool>> gone_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_REGISTRY_CLIENTS_PROGRESS_H_
