// SPDX-License-Identifier: Apache-2.0
//
// Writes the few elements of protobuf's wire format that streams of spikes need
// (https://protobuf.dev/programming-guides/encoding). By hand, because a
// stream's messages are composed of a part that all subscribers share and a
// part of each one's own, and because the library would copy every spike twice.

#ifndef SPIKED_SERVER_RPC_STREAMS_WIRE_WRITER_H_
#define SPIKED_SERVER_RPC_STREAMS_WIRE_WRITER_H_

#include <cstdint>
#include <string>

namespace spiked {

inline constexpr int kMaxVarint32Bytes = 5;

// Writes a varint and returns its end. Requires: `out` has room for
// kMaxVarint32Bytes. One or two bytes are written without a branch, because
// their number could not be predicted.
inline uint8_t* PutVarint32(uint32_t value, uint8_t* out) {
  while (value >= uint32_t{1} << 14) {
    *out++ = static_cast<uint8_t>(value | 0x80);
    value >>= 7;
  }
  const uint32_t high = value >> 7;
  const uint32_t is_long = high != 0 ? 1 : 0;
  out[0] = static_cast<uint8_t>((value & 0x7F) | (is_long << 7));
  out[1] = static_cast<uint8_t>(high);
  return out + 1 + is_long;
}

inline void AppendVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) {
    out->push_back(static_cast<char>(value | 0x80));
  }
  out->push_back(static_cast<char>(value));
}

// Appends a field of type int64, int32 or bool, unless it is 0.
inline void AppendNumber(int field, int64_t value, std::string* out) {
  if (value == 0) return;
  AppendVarint(static_cast<uint64_t>(field) << 3, out);
  AppendVarint(static_cast<uint64_t>(value), out);
}

// Appends tag and length of a field of bytes or packed numbers; the caller
// appends its content.
inline void AppendLength(int field, size_t bytes, std::string* out) {
  AppendVarint(static_cast<uint64_t>(field) << 3 | 2, out);
  AppendVarint(bytes, out);
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_WIRE_WRITER_H_
