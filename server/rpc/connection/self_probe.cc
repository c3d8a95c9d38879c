// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/self_probe.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/ceil_div.h"
#include "server/base/log.h"
#include "server/base/log_thrown.h"

namespace spiked {
namespace {

constexpr int64_t kMinuteNanos = 60'000'000'000;

// A listener that is slow for long has a line in the log in this time.
constexpr int64_t kLogNanos = 30'000'000'000;

std::chrono::nanoseconds TimeoutOf(std::chrono::nanoseconds period) {
  return std::max<std::chrono::nanoseconds>(period / 4 * 3,
                                            std::chrono::seconds(1));
}

// A try without an answer takes a period or its timeout. One alone proves
// nothing, however long the period is.
int TriesPerMinute(std::chrono::nanoseconds period) {
  return std::max(
      ListenerVerdict::kDeadTries,
      static_cast<int>(
          CeilDiv(kMinuteNanos, std::max(period, TimeoutOf(period)).count())));
}

}  // namespace

SelfProbe::SelfProbe(const Options& options, Statistics* statistics,
                     std::function<int64_t()> progress,
                     std::function<void(const std::string&)> on_dead)
    : period_nanos_(options.period.count()),
      statistics_(statistics),
      progress_(std::move(progress)),
      on_dead_(std::move(on_dead)) {
  for (const std::string& address : options.addresses) {
    probed_.push_back(
        {OwnListener(address, options.tls, TimeoutOf(options.period)),
         ListenerVerdict(TriesPerMinute(options.period))});
  }
  ProbeAll();
  // Looks more often than once in a period, which counts from begin to begin,
  // so that a probe that runs into its timeout doesn't delay the next one.
  periodic_.emplace(
      &clock_, period_nanos_ / 8, [this] { ProbeIfDue(); },
      LogThrownBy("calling the server's own addresses"));
}

void SelfProbe::ProbeIfDue() {
  if (clock_.NowNanos() >= due_nanos_) ProbeAll();
}

void SelfProbe::ProbeAll() {
  due_nanos_ = clock_.NowNanos() + period_nanos_;
  int64_t slowest = 0;
  for (Probed& probed : probed_) {
    Probe(&probed);
    slowest = std::max(slowest, probed.answer_nanos);
  }
  statistics_->self_probe_nanos = slowest;
}

void SelfProbe::Probe(Probed* probed) {
  const int64_t begin = clock_.NowNanos();
  const ListenerTry tried = probed->listener.Try();
  const int64_t took = clock_.NowNanos() - begin;
  const auto death = probed->verdict.Add(tried, progress_());
  if (tried.status.ok()) {
    probed->answer_nanos = took;
    return;
  }
  statistics_->self_probe_failures.Add();
  // From the first try without an answer on.
  probed->answer_nanos =
      took + (probed->verdict.missed() - 1) * std::max(period_nanos_, took);
  LogMiss(*probed, tried);
  if (death.has_value()) {
    on_dead_(absl::StrCat(tried.status.message(), ": ", *death));
  }
}

void SelfProbe::LogMiss(const Probed& probed, const ListenerTry& tried) {
  const int64_t now = clock_.NowNanos();
  if (now < log_from_nanos_) return;
  log_from_nanos_ = now + kLogNanos;
  Log(LogLevel::kWarning, "the daemon answers itself too slowly",
      {{"reason", tried.status.message()},
       {"seconds", static_cast<double>(probed.answer_nanos) / 1e9},
       {"answers_over_an_open_connection", tried.open_answers}});
}

}  // namespace spiked
