// SPDX-License-Identifier: Apache-2.0

#include "core/numbers/random.h"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

namespace spiked {
namespace {

// FNV-1a, which is the same on every machine and in every version.
uint64_t HashName(std::string_view text, uint64_t hash) {
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return (hash ^ 0xff) * 0x100000001b3;  // separates owner and part
}

}  // namespace

RandomStream MakeRandomStream(int64_t seed, RandomPurpose purpose,
                              std::string_view owner, std::string_view part) {
  const uint64_t name = HashName(part, HashName(owner, 0xcbf29ce484222325));
  const auto s = static_cast<uint64_t>(seed);
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<uint32_t>(name), static_cast<uint32_t>(name >> 32),
       static_cast<uint32_t>(purpose), 0x6b657973}};
  const r123::Philox4x32::key_type key = {
      {static_cast<uint32_t>(s), static_cast<uint32_t>(s >> 32)}};
  const auto words = r123::Philox4x32()(counter, key);
  return {{words[0], words[1]}};
}

std::array<uint32_t, 4> RandomBlock(RandomStream stream, uint64_t high,
                                    uint64_t low) {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<uint32_t>(low), static_cast<uint32_t>(low >> 32),
       static_cast<uint32_t>(high), static_cast<uint32_t>(high >> 32)}};
  const r123::Philox4x32::key_type key = {{stream.key[0], stream.key[1]}};
  const auto words = r123::Philox4x32()(counter, key);
  return {words[0], words[1], words[2], words[3]};
}

uint32_t ElementRandom::NextWord() {
  if (next_word_ == 4) {
    block_ = RandomBlock(stream_, next_block_++, element_);
    next_word_ = 0;
  }
  return block_[next_word_++];
}

double ElementRandom::Uniform01() {
  const uint64_t high = NextWord();
  const uint64_t low = NextWord();
  return static_cast<double>(((high << 32) | low) >> 11) * 0x1p-53;
}

double ElementRandom::StandardNormal() {
  const double radius = std::sqrt(-2 * std::log(1 - Uniform01()));
  return radius * std::cos(2 * std::numbers::pi * Uniform01());
}

}  // namespace spiked
