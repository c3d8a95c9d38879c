// SPDX-License-Identifier: Apache-2.0

#include "server/security/sha256.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace spiked {

Sha256 HashOf(const std::string& bytes) {
  Sha256 hash;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         hash.data());
  return hash;
}

std::string ToHex(const Sha256& hash) {
  return absl::BytesToHexString(
      std::string(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

std::optional<Sha256> FromHex(const std::string& text) {
  Sha256 hash;
  if (text.size() != 2 * hash.size() ||
      !std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      })) {
    return std::nullopt;
  }
  const std::string bytes = absl::HexStringToBytes(text);
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace spiked
