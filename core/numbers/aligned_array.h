// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_NUMBERS_ALIGNED_ARRAY_H_
#define SPIKED_CORE_NUMBERS_ALIGNED_ARRAY_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

namespace spiked {

// A zeroed, cache-line aligned array of plain numbers. Only the code that fills
// it knows the element type, such as float or double by the network's
// precision. Copying copies the numbers, so a struct of these is a snapshot.
class AlignedArray {
 public:
  // Bytes. The start of the array is aligned to it, and rows are padded to it.
  static constexpr size_t kAlignment = 64;

  AlignedArray() : AlignedArray(0) {}
  explicit AlignedArray(size_t bytes)
      : bytes_(bytes), data_(Allocate(bytes), Free{bytes}) {}
  AlignedArray(const AlignedArray& other) : AlignedArray(other.bytes_) {
    if (bytes_ > 0) std::memcpy(data_.get(), other.data_.get(), bytes_);
  }
  AlignedArray(AlignedArray&& other) noexcept
      : bytes_(std::exchange(other.bytes_, 0)), data_(std::move(other.data_)) {}
  AlignedArray& operator=(AlignedArray other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(data_, other.data_);
    return *this;
  }

  template <typename T>
  static AlignedArray Of(size_t count) {
    return AlignedArray(count * sizeof(T));
  }

  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(data_.get());
  }
  template <typename T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_.get());
  }

  size_t bytes() const { return bytes_; }

 private:
  // Large arrays lie on huge pages where the system has them: synapses are read
  // in an order that a TLB can't foresee.
  static std::byte* Allocate(size_t bytes);
  struct Free {
    explicit Free(size_t size) : bytes(size) {}
    void operator()(std::byte* p) const;

    size_t bytes;
  };

  size_t bytes_;
  std::unique_ptr<std::byte, Free> data_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_NUMBERS_ALIGNED_ARRAY_H_
