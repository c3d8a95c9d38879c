// SPDX-License-Identifier: Apache-2.0
//
// The file of tokens, which says who may call. It has a line for each token:
//
//   # tenant role and SHA-256 of the token, in hexadecimal
//   acme user 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//   ops admin 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
//
// The tokens themselves are not stored: a reader of the file cannot call. They
// are random numbers of 256 bits (`spiked token` makes them), so their hashes
// need neither salt nor a slow hash function.

#ifndef SPIKED_SERVER_SECURITY_TOKEN_FILE_H_
#define SPIKED_SERVER_SECURITY_TOKEN_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/security/sha256.h"

namespace spiked {

// A user may work with the sessions of its tenant; an admin with those of any
// tenant, and may drain the server.
enum class Role { kUser, kAdmin };

struct TokenEntry {
  std::string tenant;
  Role role = Role::kUser;
  Sha256 hash{};
};

// Parses the text of a file. Error: INVALID_ARGUMENT with the line's number.
absl::StatusOr<std::vector<TokenEntry>> ParseTokens(const std::string& text);

// Reads a file; as ParseTokens, or NOT_FOUND if it cannot be read.
absl::StatusOr<std::vector<TokenEntry>> ReadTokenFile(const std::string& path);

// Makes a new token: "spk_" and 64 random hexadecimal digits.
std::string MakeToken();

// The file's line for a token, without a line break.
std::string TokenLine(const std::string& tenant, Role role,
                      const std::string& token);

// "user" or "admin".
const char* RoleName(Role role);

// Whether a name matches ^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$
bool IsTenantName(const std::string& name);

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TOKEN_FILE_H_
