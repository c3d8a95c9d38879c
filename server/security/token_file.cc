// SPDX-License-Identifier: Apache-2.0

#include "server/security/token_file.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/security/text_file.h"

namespace spiked {
namespace {

absl::StatusOr<TokenEntry> ParseTokenLine(
    const std::vector<std::string>& words) {
  if (words.size() != 3) {
    return absl::InvalidArgumentError(
        "is not \"tenant role hash\": three words");
  }
  TokenEntry entry;
  entry.tenant = words[0];
  if (!IsTenantName(entry.tenant)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", entry.tenant,
        "\": a tenant is a lower-case letter, then up to 62 lower-case "
        "letters, digits or '-', not ending in '-'"));
  }
  if (words[1] == RoleName(Role::kAdmin)) {
    entry.role = Role::kAdmin;
  } else if (words[1] != RoleName(Role::kUser)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", words[1], "\" is no role; known: \"user\", \"admin\""));
  }
  const auto hash = FromHex(words[2]);
  if (!hash.has_value()) {
    // The word is not quoted, because it may be a token instead of a hash.
    return absl::InvalidArgumentError(
        "the third word is not 64 hexadecimal digits");
  }
  entry.hash = *hash;
  return entry;
}

}  // namespace

absl::StatusOr<std::vector<TokenEntry>> ParseTokens(const std::string& text) {
  std::vector<TokenEntry> entries;
  std::set<Sha256> known;
  for (const auto& [number, words] : WordsByLine(text)) {
    auto entry = ParseTokenLine(words);
    if (!entry.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", entry.status().message()));
    }
    if (!known.insert(entry->hash).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": the hash occurs twice"));
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

absl::StatusOr<std::vector<TokenEntry>> ReadTokenFile(const std::string& path) {
  return ReadAndParse<std::vector<TokenEntry>>(path, ParseTokens);
}

std::string MakeToken() {
  Sha256 random;
  // Without random numbers, no token would be secure.
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) abort();
  return "spk_" + ToHex(random);
}

std::string TokenLine(const std::string& tenant, Role role,
                      const std::string& token) {
  return absl::StrCat(tenant, " ", RoleName(role), " ", ToHex(HashOf(token)));
}

const char* RoleName(Role role) {
  return role == Role::kAdmin ? "admin" : "user";
}

bool IsTenantName(const std::string& name) {
  if (name.empty() || name.size() > 63 ||
      !absl::ascii_islower(static_cast<unsigned char>(name[0])) ||
      name.back() == '-') {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return absl::ascii_islower(u) || absl::ascii_isdigit(u) || c == '-';
  });
}

}  // namespace spiked
