// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONVERT_VALUE_BYTES_H_
#define SPIKED_SERVER_RPC_CONVERT_VALUE_BYTES_H_

#include <bit>
#include <string>

#include "spiked/v1/recording.pb.h"

namespace spiked {

// Numbers in messages are little-endian; the machine's are copied unchanged.
static_assert(std::endian::native == std::endian::little);

inline void AppendValue(double value, v1::ValueEncoding encoding,
                        std::string* bytes) {
  if (encoding == v1::FLOAT64_BYTES) {
    bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
  } else {
    const auto narrow = static_cast<float>(value);
    bytes->append(reinterpret_cast<const char*>(&narrow), sizeof(narrow));
  }
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_VALUE_BYTES_H_
