// SPDX-License-Identifier: Apache-2.0

#include "server/access_files.h"

#include <utility>

#include "server/base/log.h"
#include "server/security/quota_file.h"
#include "server/security/text_file.h"

namespace spiked {
namespace {

void LogReload(const std::string& path, const absl::Status& status) {
  if (status.ok()) {
    Log(LogLevel::kInfo, "file read again", {{"path", path}});
  } else {
    Log(LogLevel::kError, "file not taken over, what it said before holds",
        {{"reason", std::string(status.message())}});
  }
}

}  // namespace

AccessFiles::AccessFiles(std::string token_path, std::string quota_path,
                         Tenants* tenants)
    : tenants_(tenants),
      tokens_file_{std::move(token_path), ""},
      quotas_file_{std::move(quota_path), ""} {}

bool AccessFiles::IsDue(bool always, File* file) {
  if (file->path.empty()) return false;
  // The stamp is taken before the file is read: a change meanwhile makes the
  // file due again.
  std::string stamp = FileStamp(file->path);
  const bool changed = stamp != file->stamp;
  file->stamp = std::move(stamp);
  return always || changed;
}

absl::Status AccessFiles::LoadTokens() {
  return tokens_.Load(tokens_file_.path);
}

absl::Status AccessFiles::LoadQuotas() {
  auto quotas = ReadQuotaFile(quotas_file_.path);
  if (!quotas.ok()) return quotas.status();
  tenants_->SetQuotas(*std::move(quotas));
  return absl::OkStatus();
}

absl::Status AccessFiles::Load() {
  MutexLock lock(&mutex_);
  if (IsDue(true, &tokens_file_)) {
    if (absl::Status status = LoadTokens(); !status.ok()) return status;
  }
  if (IsDue(true, &quotas_file_)) return LoadQuotas();
  return absl::OkStatus();
}

void AccessFiles::Reload() { Reload(/*always=*/true); }
void AccessFiles::ReloadIfChanged() { Reload(/*always=*/false); }

void AccessFiles::Reload(bool always) {
  MutexLock lock(&mutex_);
  if (IsDue(always, &tokens_file_)) {
    LogReload(tokens_file_.path, LoadTokens());
  }
  if (IsDue(always, &quotas_file_)) {
    LogReload(quotas_file_.path, LoadQuotas());
  }
}

}  // namespace spiked
