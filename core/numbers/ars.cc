// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/ars.h"

#include <bit>

namespace spiked {
namespace {

// Doubles an element of the finite field of AES.
constexpr uint8_t Double(uint8_t x) {
  return static_cast<uint8_t>(x << 1 ^ (x >> 7) * 0x1b);
}

// The S-box of AES: FIPS 197, section 5.1.1.
struct SBox {
  constexpr SBox() {
    uint8_t p = 1, q = 1;  // p runs through all elements but 0, and p q = 1
    do {
      p = static_cast<uint8_t>(p ^ Double(p));  // times 3
      q = static_cast<uint8_t>(q ^ q << 1);     // divided by 3
      q = static_cast<uint8_t>(q ^ q << 2);
      q = static_cast<uint8_t>(q ^ q << 4);
      if ((q & 0x80) != 0) q ^= 0x09;
      of[p] = static_cast<uint8_t>(q ^ std::rotl(q, 1) ^ std::rotl(q, 2) ^
                                   std::rotl(q, 3) ^ std::rotl(q, 4) ^ 0x63);
    } while (p != 1);
    of[0] = 0x63;
  }
  uint8_t of[256] = {};
};
constexpr SBox kSBox;

// Contribution of a byte of the first row to its column in SubBytes and
// MixColumns.
struct Columns {
  constexpr Columns() {
    for (int i = 0; i < 256; ++i) {
      const uint32_t s = kSBox.of[i];
      const uint32_t twice = Double(kSBox.of[i]);
      of[i] = twice | s << 8 | s << 16 | (twice ^ s) << 24;
    }
  }
  uint32_t of[256] = {};
};
constexpr Columns kColumns;

using AesState = std::array<uint32_t, 4>;

// The byte in a row of a column after ShiftRows.
uint8_t Shifted(const AesState& state, int column, int row) {
  return static_cast<uint8_t>(state[(column + row) % 4] >> 8 * row);
}

}  // namespace

ArsKeys::ArsKeys(RandomStream stream) {
  uint64_t low = uint64_t{stream.key[1]} << 32 | stream.key[0];
  uint64_t high = 0;
  for (auto& key : word) {
    key[0] = static_cast<uint32_t>(low);
    key[1] = static_cast<uint32_t>(low >> 32);
    key[2] = static_cast<uint32_t>(high);
    key[3] = static_cast<uint32_t>(high >> 32);
    low += 0x9E3779B97F4A7C15;   // the golden ratio
    high += 0xBB67AE8584CAA73B;  // sqrt(3) - 1
  }
}

std::array<uint32_t, 4> ArsBlock(const ArsKeys& keys, uint64_t high,
                                 uint64_t low) {
  AesState state = {
      static_cast<uint32_t>(low), static_cast<uint32_t>(low >> 32),
      static_cast<uint32_t>(high), static_cast<uint32_t>(high >> 32)};
  for (int i = 0; i < 4; ++i) state[i] ^= keys.word[0][i];
  for (int round = 1; round <= ArsKeys::kRounds; ++round) {
    AesState next{};
    for (int column = 0; column < 4; ++column) {
      for (int row = 0; row < 4; ++row) {
        const uint8_t byte = Shifted(state, column, row);
        next[column] ^= round < ArsKeys::kRounds
                            ? std::rotl(kColumns.of[byte], 8 * row)
                            : uint32_t{kSBox.of[byte]} << 8 * row;
      }
      next[column] ^= keys.word[round][column];
    }
    state = next;
  }
  return state;
}

}  // namespace spiked
