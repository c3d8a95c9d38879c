// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_BARE_BUFFER_H_
#define SPIKED_TESTS_BENCHMARK_BARE_BUFFER_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace spiked::benchmark {

// An array of zeros, on huge pages if the kernel grants them: rows of synapses
// are visited in random order, and with small pages each visit would miss the
// TLB. Pages that are never touched cost nothing.
template <typename T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t size) {
    bytes_ = size * sizeof(T) + 2 * kHugePage;
    base_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base_ == MAP_FAILED) std::abort();
    const auto address = reinterpret_cast<uintptr_t>(base_);
    data_ =
        reinterpret_cast<T*>((address + kHugePage - 1) / kHugePage * kHugePage);
    madvise(data_, bytes_ - kHugePage, MADV_HUGEPAGE);
  }
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    std::swap(data_, other.data_);
    return *this;
  }
  ~Buffer() {
    if (base_ != nullptr) munmap(base_, bytes_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

 private:
  static constexpr size_t kHugePage = size_t{2} << 20;

  void* base_ = nullptr;
  size_t bytes_ = 0;
  T* data_ = nullptr;
};

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_BARE_BUFFER_H_
