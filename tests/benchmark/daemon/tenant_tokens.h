// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_BENCHMARK_DAEMON_TENANT_TOKENS_H_
#define SPIKED_TESTS_BENCHMARK_DAEMON_TENANT_TOKENS_H_

#include <string>

#include "absl/status/statusor.h"

namespace spiked::benchmark {

// The tokens of two tenants: of the one whose sessions are watched, and of one
// whom nothing of the first should cost anything.
struct TenantTokens {
  std::string watched;
  std::string other;
  std::string file_text;  // what the daemon reads, with --token-file

  // Makes them with `spiked token`, `daemon_path` being the daemon's binary.
  static absl::StatusOr<TenantTokens> Make(const std::string& daemon_path);
};

// A temporary file, removed at the end of its life.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace spiked::benchmark

#endif  // SPIKED_TESTS_BENCHMARK_DAEMON_TENANT_TOKENS_H_
