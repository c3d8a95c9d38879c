// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/request_log.h"

#include <algorithm>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/rpc/convert/status_details.h"
#include "server/session/session_key.h"

namespace spiked {
namespace {

constexpr size_t kMaxIdLength = 64;
// The time between two sweeps through the answers of all tenants.
constexpr int64_t kSweepNanos = 1'000'000'000;

}  // namespace

RequestLog::Found RequestLog::Begin(const std::string& key,
                                    uint64_t fingerprint, Waiter waiter) {
  Answer answer;
  {
    MutexLock lock(&mutex_);
    MakeRoom(TenantOf(key));
    const auto [it, is_new] = entries_.try_emplace(key);
    Entry& entry = it->second;
    if (is_new) {
      entry.fingerprint = fingerprint;
      return Found::kNothing;
    }
    if (entry.fingerprint != fingerprint) return Found::kOther;
    statistics_->repeated_requests.Add();
    if (!entry.finished) {
      entry.waiters.push_back(std::move(waiter));
      return Found::kSame;
    }
    answer = entry.answer;
  }
  waiter(answer);
  return Found::kSame;
}

void RequestLog::Finish(const std::string& key, Answer answer) {
  std::vector<Waiter> waiters;
  {
    MutexLock lock(&mutex_);
    const auto it = entries_.find(key);
    if (it == entries_.end()) return;
    waiters.swap(it->second.waiters);
    if (answer.status.ok()) {
      it->second.finished = true;
      it->second.answer = answer;
      const std::string tenant = TenantOf(key);
      Answers& answers = answers_[tenant];
      answers.keys.emplace_back(clock_->NowNanos(), key);
      answers.bytes += answer.bytes.size();
      bytes_ += answer.bytes.size();
      MakeRoom(tenant);
    } else {
      entries_.erase(it);
    }
  }
  for (const Waiter& waiter : waiters) waiter(answer);
}

void RequestLog::DropOldest(Answers* answers) {
  const auto it = entries_.find(answers->keys.front().second);
  const size_t bytes = it->second.answer.bytes.size();
  answers->bytes -= bytes;
  bytes_ -= bytes;
  entries_.erase(it);
  answers->keys.pop_front();
}

void RequestLog::DropOld(int64_t now, Answers* answers) {
  while (!answers->keys.empty() &&
         (now - answers->keys.front().first >= kKeepNanos ||
          answers->keys.size() > kMaxAnswers || answers->bytes > kMaxBytes)) {
    DropOldest(answers);
  }
}

void RequestLog::MakeRoom(const std::string& tenant) {
  const int64_t now = clock_->NowNanos();
  const auto own = answers_.find(tenant);
  if (own != answers_.end()) DropOld(now, &own->second);
  if (now - swept_nanos_ >= kSweepNanos) {
    swept_nanos_ = now;
    for (auto it = answers_.begin(); it != answers_.end();) {
      DropOld(now, &it->second);
      it = it->second.keys.empty() ? answers_.erase(it) : std::next(it);
    }
  }
  while (bytes_ > max_total_bytes_) {
    DropOldest(&std::max_element(answers_.begin(), answers_.end(),
                                 [](const auto& a, const auto& b) {
                                   return a.second.bytes < b.second.bytes;
                                 })
                    ->second);
  }
}

uint64_t FingerprintOf(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream string(&bytes);
    google::protobuf::io::CodedOutputStream coded(&string);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

std::string RequestKey(const Caller& caller, const std::string& method) {
  return caller.tenant->name() + "/" + method;
}

void CheckRequestId(const std::string& id, Violations* violations) {
  const bool ok = id.size() <= kMaxIdLength &&
                  std::all_of(id.begin(), id.end(), [](char c) {
                    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                           c == '-' || c == '_' || c == '.';
                  });
  if (ok) return;
  violations->Add(
      "request_id",
      absl::StrCat("\"", id.substr(0, kMaxIdLength), "\": an id has up to ",
                   kMaxIdLength, " letters, digits, '-', '_' or '.'"));
}

grpc::Status RequestIdReused(const std::string& id) {
  return ToGrpcStatus(Refusal(
      Reason::kRequestIdReused,
      absl::StrCat("request_id: \"", id,
                   "\" was used for another request; each needs its own")));
}

}  // namespace spiked
