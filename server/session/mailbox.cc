// SPDX-License-Identifier: Apache-2.0

#include "server/session/mailbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/megabytes.h"
#include "server/base/status_payload.h"

namespace spiked {
namespace {

// How many letters may wait when one of this kind comes. Pauses have places
// that others don't get, and so have deletions; that many of them waiting, one
// more would change nothing.
size_t MaxLetters(Letter::Kind kind) {
  const auto kinds_before = static_cast<size_t>(kind);
  return Mailbox::kMaxLetters + kinds_before * Mailbox::kSpareLetters;
}

}  // namespace

absl::Status Mailbox::Put(std::unique_ptr<Letter>& letter) {
  MutexLock lock(&mutex_);
  const int64_t bytes = letter->bytes();
  if (letters_.size() >= MaxLetters(letter->kind())) {
    return Refusal(Reason::kLimitReached,
                   absl::StrCat(letters_.size(), " commands are waiting in ",
                                "session \"sessions/", session_id_, "\""));
  }
  // One that is larger than all that may wait can only be the only one.
  if (bytes > 0 && bytes_ > 0 && bytes_ + bytes > kMaxBytes) {
    return Refusal(
        Reason::kLimitReached,
        absl::StrCat(
            "the command holds ", Megabytes(static_cast<double>(bytes)),
            ", and those that wait in session \"sessions/", session_id_,
            "\" hold ", Megabytes(static_cast<double>(bytes_)), "; at most ",
            Megabytes(static_cast<double>(kMaxBytes)),
            " are allowed together"));
  }
  bytes_ += bytes;
  letters_.push_back(std::move(letter));
  return absl::OkStatus();
}

std::unique_ptr<Letter> Mailbox::Take() {
  MutexLock lock(&mutex_);
  if (letters_.empty()) return nullptr;
  std::unique_ptr<Letter> letter = std::move(letters_.front());
  letters_.pop_front();
  bytes_ -= letter->bytes();
  return letter;
}

}  // namespace spiked
