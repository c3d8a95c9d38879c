// SPDX-License-Identifier: Apache-2.0

#include "server/base/free_memory.h"

#include <malloc.h>

namespace spiked {
namespace {

// Blocks of this size or more are mapped by themselves, and go back when they
// are freed: networks, lists, large requests. A step allocates none.
constexpr int kMappedBytes = 1 << 20;
// What may stay free at the end of a heap, so that small blocks that come and
// go cost no calls of the system.
constexpr int kKeptBytes = 2 << 20;

}  // namespace

void KeepLittleFreeMemory() {
  mallopt(M_MMAP_THRESHOLD, kMappedBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
}

void GiveBackFreeMemory() { malloc_trim(0); }

}  // namespace spiked
