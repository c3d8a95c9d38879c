// SPDX-License-Identifier: Apache-2.0
//
// The entry point of libFuzzer. The environment variable SPIKED_FUZZ_TARGET
// names the target: one program links faster than ten.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto run = [] {
    const char* name = std::getenv("SPIKED_FUZZ_TARGET");
    for (const spiked::fuzz::Target& target : spiked::fuzz::Targets()) {
      if (name != nullptr && std::string(target.name) == name) {
        return target.run;
      }
    }
    FUZZ_CHECK(false && "there is no such target");
  }();
  run({reinterpret_cast<const char*>(data), size});
  return 0;
}
