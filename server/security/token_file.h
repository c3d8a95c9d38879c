// SPDX-License-Identifier: Apache-2.0
//
// The file that says who may call. A line for each token:
//
//   # tenant  role   SHA-256 of the token, in hexadecimal
//   acme      user
//   9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 ops admin
//   2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
//
// The tokens themselves are nowhere: whoever reads the file cannot call. They
// are random numbers of 256 bits (`spiked token` makes them), so their hashes
// need neither salt nor slowness.

#ifndef SPIKED_SERVER_SECURITY_TOKEN_FILE_H_
#define SPIKED_SERVER_SECURITY_TOKEN_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/security/sha256.h"

namespace spiked {

// A user works with the sessions of its tenant. An admin does that for any
// tenant, and may drain the server.
enum class Role { kUser, kAdmin };

struct TokenEntry {
  std::string tenant;
  Role role = Role::kUser;
  Sha256 hash{};
};

// INVALID_ARGUMENT names the line.
absl::StatusOr<std::vector<TokenEntry>> ParseTokens(const std::string& text);

// NOT_FOUND if the file cannot be read.
absl::StatusOr<std::vector<TokenEntry>> ReadTokenFile(const std::string& path);

// A new token: "spk_" and 64 hexadecimal digits, from the system's random
// numbers.
std::string MakeToken();

// The line of a token, without a line break.
std::string TokenLine(const std::string& tenant, Role role,
                      const std::string& token);

// "user" or "admin".
const char* RoleName(Role role);

// ^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$
bool IsTenantName(const std::string& name);

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_TOKEN_FILE_H_
