// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_SESSION_SESSION_ENVIRONMENT_H_
#define SPIKED_SERVER_SESSION_SESSION_ENVIRONMENT_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "server/base/clock.h"
#include "server/security/memory_ledger.h"
#include "server/security/tenant.h"
#include "server/session/history/history_budget.h"
#include "server/session/scheduling/fair_tasks.h"
#include "server/session/scheduling/load_book.h"
#include "server/session/scheduling/scheduler.h"
#include "server/statistics/statistics.h"

namespace spiked {

// The parts of the server that a session uses. All outlive it, and are
// thread-safe.
struct SessionEnvironment {
  Clock* clock;
  Scheduler* scheduler;
  Statistics* statistics;
  size_t history_bytes;                            // of the spike ring
  LoadBook* loads = nullptr;                       // null: every load fits
  std::shared_ptr<Tenant> tenant = nullptr;        // null: without quotas
  std::shared_ptr<MemoryLedger> ledger = nullptr;  // null: memory never ends
  std::shared_ptr<HistoryBudget> history_budget = nullptr;  // null: none
  std::shared_ptr<FairShare> share = nullptr;  // null: that of no owner
  // Told the key of a session that fails by an error of the server. May be
  // null.
  std::function<void(const std::string& key, const std::string& what)>
      report_failure = nullptr;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_SESSION_SESSION_ENVIRONMENT_H_
