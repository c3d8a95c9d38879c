// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer's entry; SPIKED_FUZZ_TARGET is the name of the target.

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto run = [] {
    for (const spiked::fuzz::Target& target : spiked::fuzz::Targets()) {
      if (std::string(target.name) == SPIKED_FUZZ_TARGET) return target.run;
    }
    FUZZ_CHECK(false && "there is no such target");
  }();
  run({reinterpret_cast<const char*>(data), size});
  return 0;
}
