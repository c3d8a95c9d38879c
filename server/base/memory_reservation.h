// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_MEMORY_RESERVATION_H_
#define SPIKED_SERVER_BASE_MEMORY_RESERVATION_H_

#include <functional>
#include <utility>

namespace spiked {

// A reserved part of the memory that all sessions share; the destructor gives
// it back.
class MemoryReservation {
 public:
  MemoryReservation() = default;
  explicit MemoryReservation(std::function<void()> give_back)
      : give_back_(std::move(give_back)) {}
  ~MemoryReservation() {
    if (give_back_ != nullptr) give_back_();
  }
  MemoryReservation(MemoryReservation&& other) noexcept
      : give_back_(std::exchange(other.give_back_, nullptr)) {}
  MemoryReservation& operator=(MemoryReservation&& other) noexcept {
    std::swap(give_back_, other.give_back_);
    return *this;
  }

  // Whether this holds a part; false after default construction or a move.
  bool holds() const { return give_back_ != nullptr; }

 private:
  std::function<void()> give_back_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_MEMORY_RESERVATION_H_
