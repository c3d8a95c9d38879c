// SPDX-License-Identifier: Apache-2.0

#include "server/security/quota_file.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/security/text_file.h"
#include "server/security/token_file.h"

namespace spiked {
namespace {

constexpr double kMaxLimit = 1e18;

// Parses a word such as "sessions=10".
absl::Status ParseLimit(const std::string& word, TenantLimits* limits) {
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const auto it = std::find(kResourceNames.begin(), kResourceNames.end(), name);
  if (equals == std::string::npos || it == kResourceNames.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", word, "\" is not name=number; known names: ",
                     absl::StrJoin(kResourceNames, ", ")));
  }
  double limit = 0;
  if (!absl::SimpleAtod(word.substr(equals + 1), &limit) ||
      !(limit > 0 && limit <= kMaxLimit)) {
    return absl::InvalidArgumentError(
        absl::StrCat(word, ": the limit is not in (0, 1e18]"));
  }
  (*limits)[it - kResourceNames.begin()] = limit;
  return absl::OkStatus();
}

absl::Status ParseQuotaLine(const std::vector<std::string>& words,
                            Quotas* quotas) {
  const std::string& tenant = words[0];
  if (tenant != "*" && !IsTenantName(tenant)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", tenant, "\" is neither a tenant nor *"));
  }
  TenantLimits limits{};
  for (size_t i = 1; i < words.size(); ++i) {
    if (auto status = ParseLimit(words[i], &limits); !status.ok()) {
      return status;
    }
  }
  if (tenant == "*") {
    quotas->others = limits;
  } else if (!quotas->by_tenant.emplace(tenant, limits).second) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", tenant, "\" occurs twice"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Quotas> ParseQuotas(const std::string& text) {
  Quotas quotas;
  for (const auto& [number, words] : WordsByLine(text)) {
    if (auto status = ParseQuotaLine(words, &quotas); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", status.message()));
    }
  }
  return quotas;
}

absl::StatusOr<Quotas> ReadQuotaFile(const std::string& path) {
  return ReadAndParse<Quotas>(path, ParseQuotas);
}

}  // namespace spiked
