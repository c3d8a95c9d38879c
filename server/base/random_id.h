// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_BASE_RANDOM_ID_H_
#define SPIKED_SERVER_BASE_RANDOM_ID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace spiked {

// 128 random bits as 32 hexadecimal digits (0-9, a-f): an id that nothing else
// has, ever. Thread-safe.
std::string RandomId();

// Whether a text from outside has the form of such an id.
bool IsRandomId(absl::string_view text);

}  // namespace spiked

#endif  // SPIKED_SERVER_BASE_RANDOM_ID_H_
