// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_MEMORY_LIMIT_H_
#define SPIKED_SERVER_MEMORY_LIMIT_H_

#include <cstdint>

namespace spiked {

// Memory that this process may have, in bytes: the machine's, or less if its
// control group is limited.
int64_t AvailableMemoryBytes();

}  // namespace spiked

#endif  // SPIKED_SERVER_MEMORY_LIMIT_H_
