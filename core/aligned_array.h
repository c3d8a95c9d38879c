// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_CORE_ALIGNED_ARRAY_H_
#define SPIKED_CORE_ALIGNED_ARRAY_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace spiked {

// A zeroed, cache-line aligned array of plain numbers whose element type is the
// business of whoever fills it: float or double, by the precision of the
// network. Copying copies the numbers, so a struct of these is a snapshot.
class AlignedArray {
 public:
  // The start of the array and the padding of rows within it.
  static constexpr size_t kAlignment = 64;

  AlignedArray() = default;
  explicit AlignedArray(size_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    data_.reset(static_cast<std::byte*>(
        ::operator new (bytes, std::align_val_t{kAlignment})));
    std::memset(data_.get(), 0, bytes);
  }
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
  struct Free {
    void operator()(std::byte* p) const {
      ::operator delete (p, std::align_val_t{kAlignment});
    }
  };

  size_t bytes_ = 0;
  std::unique_ptr<std::byte, Free> data_;
};

}  // namespace spiked

#endif  // SPIKED_CORE_ALIGNED_ARRAY_H_
