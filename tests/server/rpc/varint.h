// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SERVER_RPC_VARINT_H_
#define SPIKED_TESTS_SERVER_RPC_VARINT_H_

#include <cstddef>
#include <string>

namespace spiked::testing {

// Encodes a number as a varint of Protocol Buffers.
inline std::string Varint(size_t n) {
  std::string bytes;
  for (; n >= 128; n >>= 7) bytes += static_cast<char>(n | 128);
  return bytes + static_cast<char>(n);
}

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SERVER_RPC_VARINT_H_
