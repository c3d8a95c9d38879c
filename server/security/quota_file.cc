// SPDX-License-Identifier: Apache-2.0

#include "server/security/quota_file.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/security/text_file.h"
#include "server/security/token_file.h"

namespace spiked {
namespace {

constexpr double kMaxLimit = 1e18;
constexpr double kMinWeight = 0.01;
constexpr double kMaxWeight = 100;

// Parses a word such as "sessions=10" or "weight=2".
absl::Status ParseLimit(const std::string& word, TenantQuota* quota) {
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  if (equals != std::string::npos && name == "weight") {
    if (!absl::SimpleAtod(word.substr(equals + 1), &quota->weight) ||
        !(quota->weight >= kMinWeight && quota->weight <= kMaxWeight)) {
      return absl::InvalidArgumentError(
          absl::StrCat(word, ": the weight is not in [0.01, 100]"));
    }
    return absl::OkStatus();
  }
  const auto it = std::find(kResourceNames.begin(), kResourceNames.end(), name);
  if (equals == std::string::npos || it == kResourceNames.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", word, "\" is not name=number; known names: weight, ",
                     absl::StrJoin(kResourceNames, ", ")));
  }
  double limit = 0;
  if (!absl::SimpleAtod(word.substr(equals + 1), &limit) ||
      !(limit > 0 && limit <= kMaxLimit)) {
    return absl::InvalidArgumentError(
        absl::StrCat(word, ": the limit is not in (0, 1e18]"));
  }
  quota->limits[it - kResourceNames.begin()] = limit;
  return absl::OkStatus();
}

// `others` becomes true with the line of `*`.
absl::Status ParseQuotaLine(const std::vector<std::string>& words,
                            Quotas* quotas, bool* others) {
  const std::string& tenant = words[0];
  if (tenant != "*" && !IsTenantName(tenant)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", tenant, "\" is neither a tenant nor *"));
  }
  if (words.size() == 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", tenant, "\" has no limits; weight=1 says that none is meant"));
  }
  TenantQuota quota;
  for (size_t i = 1; i < words.size(); ++i) {
    if (auto status = ParseLimit(words[i], &quota); !status.ok()) {
      return status;
    }
  }
  const bool is_new = tenant == "*"
                          ? !std::exchange(*others, true)
                          : quotas->by_tenant.emplace(tenant, quota).second;
  if (!is_new) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", tenant, "\" occurs twice"));
  }
  if (tenant == "*") quotas->others = quota;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Quotas> ParseQuotas(const std::string& text) {
  Quotas quotas;
  bool others = false;
  for (const auto& [number, words] : WordsByLine(text)) {
    if (auto status = ParseQuotaLine(words, &quotas, &others); !status.ok()) {
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
