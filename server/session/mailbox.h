// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_MAILBOX_H_
#define SPIKED_SERVER_SESSION_MAILBOX_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/base/mutex.h"
#include "server/session/letter.h"

namespace spiked {

// The commands that wait for a session's worker, in the order in which they
// came. Thread-safe.
class Mailbox {
 public:
  static constexpr size_t kMaxLetters = 10'000;
  // Places that only pauses and deletions get, and as many that only deletions
  // get.
  static constexpr size_t kSpareLetters = 1000;
  // Of all commands that wait (command_bytes.h). A larger one is taken if no
  // other that holds any bytes waits.
  static constexpr int64_t kMaxBytes = int64_t{32} << 20;
  // Commands that together hold less are not reserved.
  static constexpr int64_t kFreeBytes = int64_t{256} << 10;

  // The id is for texts of refusals.
  explicit Mailbox(std::string session_id)
      : session_id_(std::move(session_id)) {}

  // Takes the letter. Error: RESOURCE_EXHAUSTED if the mailbox is full; then
  // the letter is left alone.
  absl::Status Put(std::unique_ptr<Letter>& letter);

  // Null if there is none.
  std::unique_ptr<Letter> Take();

  // Whether a letter's bytes are to be reserved before it is put here: the
  // bytes that wait are no longer few. Letters that come at the same moment may
  // all be the last that is free.
  bool IsToBeReserved(const Letter& letter) const {
    if (letter.bytes() == 0) return false;
    MutexLock lock(&mutex_);
    return bytes_ + letter.bytes() > kFreeBytes;
  }

  bool empty() const {
    MutexLock lock(&mutex_);
    return letters_.empty();
  }

  // The command of the only letter, if there is one letter and it asks for an
  // advance; else null. Valid until the letter is taken.
  const AdvanceCommand* only_advance() const {
    MutexLock lock(&mutex_);
    return letters_.size() == 1 ? letters_.front()->advance() : nullptr;
  }

 private:
  const std::string session_id_;
  mutable Mutex mutex_;
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // that the letters hold
  std::deque<std::unique_ptr<Letter>> letters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_MAILBOX_H_
