// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/aligned_array.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace spiked {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

bool IsLarge(size_t bytes) { return bytes >= 2 * kHugePage; }

}  // namespace

std::byte* AlignedArray::Allocate(size_t bytes) {
  if (bytes == 0) return nullptr;
  if (!IsLarge(bytes)) {
    auto* small = static_cast<std::byte*>(
        ::operator new (bytes, std::align_val_t{kAlignment}));
    std::memset(small, 0, bytes);
    return small;
  }
  // Fresh pages are zero; the thread that fills them touches them first.
  void* large = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (large == MAP_FAILED) std::abort();  // like a failing operator new
  madvise(large, bytes, MADV_HUGEPAGE);
  return static_cast<std::byte*>(large);
}

void AlignedArray::Free::operator()(std::byte* p) const {
  if (IsLarge(bytes)) {
    munmap(p, bytes);
  } else {
    ::operator delete (p, std::align_val_t{kAlignment});
  }
}

}  // namespace spiked
