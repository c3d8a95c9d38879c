// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/in_range.h"

#include <bit>

#include "absl/strings/str_cat.h"

namespace spiked {
namespace {

constexpr uint64_t kShortest = uint64_t{1} << 30;  // written as a power

// The end of a range, from its largest number on.
std::string UpperEnd(int64_t high) {
  const auto number = static_cast<uint64_t>(high);
  if (high > 0 && number >= kShortest && std::has_single_bit(number)) {
    return absl::StrCat("2^", std::bit_width(number) - 1, "]");
  }
  if (high > 0 && number + 1 >= kShortest && std::has_single_bit(number + 1)) {
    return absl::StrCat("2^", std::bit_width(number), ")");
  }
  return absl::StrCat(high, "]");
}

}  // namespace

bool CheckRange(int64_t value, int64_t low, int64_t high,
                const std::string& path, Violations* violations,
                const std::string& note) {
  if (value >= low && value <= high) return true;
  violations->Add(path, absl::StrCat(value, " is not in [", low, ", ",
                                     UpperEnd(high), note));
  return false;
}

bool CheckIndex(int64_t index, int64_t end, const char* list, int64_t i,
                Violations* violations) {
  if (index >= 0 && index < end) return true;
  violations->Add(absl::StrCat(list, "[", i, "]"),
                  absl::StrCat(index, " is not in [0, ", end, ")"));
  return false;
}

bool CheckNumber(double value, double low, double high, const std::string& path,
                 Violations* violations) {
  if (value >= low && value <= high) return true;
  violations->Add(path,
                  absl::StrCat(value, " is not in [", low, ", ", high, "]"));
  return false;
}

bool CheckNumberOrZero(double value, double low, double high,
                       const std::string& path, const std::string& zero,
                       Violations* violations) {
  if (value == 0 || (value >= low && value <= high)) return true;
  violations->Add(path, absl::StrCat(value, " is not in [", low, ", ", high,
                                     "], nor 0, ", zero));
  return false;
}

}  // namespace spiked
