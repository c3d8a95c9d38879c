// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_MEGABYTES_H_
#define SPIKED_SERVER_BASE_MEGABYTES_H_

#include <string>

#include "absl/strings/str_format.h"

namespace spiked {

// An amount of memory as texts tell it: "1.5 MB".
inline std::string Megabytes(double bytes) {
  return absl::StrFormat("%.1f MB", bytes / 1e6);
}

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_MEGABYTES_H_
