// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/security/token_file.h"
#include "server/security/token_store.h"
#include "tests/fuzz/example.h"
#include "tests/fuzz/fuzz_server.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

constexpr char kScheme[] = "bearer ";

struct Tokens {
  TokenStore store;
  Tokens() {
    const auto entries =
        ParseTokens(TokenLine("acme", Role::kUser, kUserToken) + "\n" +
                    TokenLine("ops", Role::kAdmin, kAdminToken) + "\n");
    FUZZ_CHECK(entries.ok());
    store.Set(*entries);
  }
};

// The bytes that a client can send as a value; gRPC doesn't send others.
std::string Sendable(absl::string_view bytes) {
  std::string text;
  for (char c : bytes) {
    if (c >= 0x20 && c < 0x7f) text += c;
  }
  return text;
}

}  // namespace

void FuzzAccess(absl::string_view bytes) {
  static const auto* const tokens = new Tokens;
  static auto* const server = new FuzzServer(&tokens->store);
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string authorization = Sendable(bytes.substr(0, end));
  const std::string tenant =
      Sendable(bytes.substr(std::min(end + 1, bytes.size())));
  std::map<std::string, std::string> metadata = {
      {"authorization", authorization}};
  if (!tenant.empty()) metadata["spiked-tenant"] = tenant;
  const grpc::Status status =
      server->Call("/spiked.v1.ServerService/GetServerInfo", {""}, metadata);

  // The permission, computed from the bytes.
  const bool has_scheme = absl::StartsWithIgnoreCase(authorization, kScheme);
  const std::string token =
      has_scheme ? std::string(absl::StripAsciiWhitespace(
                       authorization.substr(sizeof(kScheme) - 1)))
                 : "";
  const bool is_user = token == kUserToken;
  const bool is_admin = token == kAdminToken;
  const bool may = is_admin
                       ? tenant.empty() || tenant == "acme" || tenant == "ops"
                       : is_user && (tenant.empty() || tenant == "acme");
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      FUZZ_CHECK(may);
      break;
    case grpc::StatusCode::PERMISSION_DENIED:
      FUZZ_CHECK((is_user || is_admin) && !may);
      break;
    case grpc::StatusCode::UNAUTHENTICATED:
      FUZZ_CHECK(!is_user && !is_admin);
      break;
    default:  // too late on a busy machine, or cancelled after the answer
      FUZZ_CHECK(status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED ||
                 (status.error_code() == grpc::StatusCode::CANCELLED && may));
  }
}

}  // namespace spiked::fuzz
