// SPDX-License-Identifier: Apache-2.0

#include "server/base/random_id.h"

#include <algorithm>
#include <cstddef>
#include <random>

namespace spiked {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr size_t kIdDigits = 32;

}  // namespace

std::string RandomId() {
  std::random_device random;
  std::string id;
  while (id.size() < kIdDigits) {
    for (unsigned bits = random(), i = 0; i < 8; ++i, bits >>= 4) {
      id.push_back(kHexDigits[bits & 0xF]);
    }
  }
  return id;
}

bool IsRandomId(absl::string_view text) {
  return text.size() == kIdDigits &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace spiked
