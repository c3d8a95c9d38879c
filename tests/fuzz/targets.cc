// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/targets.h"

#include <cstdlib>
#include <iostream>

namespace spiked::fuzz {

const std::vector<Target>& Targets() {
  static const auto* const targets = new std::vector<Target>{
      {"network", FuzzNetwork}, {"stimulus", FuzzStimulus},
      {"names", FuzzNames},     {"spikes", FuzzSpikes},
      {"change", FuzzChange},   {"upload", FuzzUpload},
      {"access", FuzzAccess},   {"requests", FuzzRequests},
      {"calls", FuzzCalls},     {"talks", FuzzTalks},
  };
  return *targets;
}

void Fail(const char* file, int line, const char* condition) {
  std::cerr << file << ":" << line << ": not true: " << condition << std::endl;
  std::abort();
}

}  // namespace spiked::fuzz
