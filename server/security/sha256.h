// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SECURITY_SHA256_H_
#define SPIKED_SERVER_SECURITY_SHA256_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace spiked {

using Sha256 = std::array<uint8_t, 32>;

Sha256 HashOf(const std::string& bytes);

// 64 lower-case hexadecimal digits.
std::string ToHex(const Sha256& hash);

// Parses 64 hexadecimal digits; nullopt if the text is anything else.
std::optional<Sha256> FromHex(const std::string& text);

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_SHA256_H_
