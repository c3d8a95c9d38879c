// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_MAILBOX_H_
#define SPIKED_SERVER_SESSION_MAILBOX_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "server/base/mutex.h"
#include "server/session/letter.h"

namespace spiked {

// The commands that wait for a session's worker, in the order in which they
// came. Thread-safe.
class Mailbox {
 public:
  static constexpr size_t kMaxLetters = 10'000;

  // Takes the letter; false if the mailbox is full: then the letter is left
  // alone.
  bool Put(std::unique_ptr<Letter>& letter) {
    MutexLock lock(&mutex_);
    if (letters_.size() >= kMaxLetters) return false;
    letters_.push_back(std::move(letter));
    return true;
  }

  // Null if there is none.
  std::unique_ptr<Letter> Take() {
    MutexLock lock(&mutex_);
    if (letters_.empty()) return nullptr;
    std::unique_ptr<Letter> letter = std::move(letters_.front());
    letters_.pop_front();
    return letter;
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
  mutable Mutex mutex_;
  std::deque<std::unique_ptr<Letter>> letters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_MAILBOX_H_
