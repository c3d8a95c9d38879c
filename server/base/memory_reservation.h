// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_MEMORY_RESERVATION_H_
#define SPIKED_SERVER_BASE_MEMORY_RESERVATION_H_

#include <functional>
#include <utility>

namespace spiked {

// A part of the memory that all sessions share; given back when it goes.
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

  // False: it is a part of nothing.
  bool holds() const { return give_back_ != nullptr; }

 private:
  std::function<void()> give_back_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_MEMORY_RESERVATION_H_
