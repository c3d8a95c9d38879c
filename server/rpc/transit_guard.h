// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_TRANSIT_GUARD_H_
#define SPIKED_SERVER_RPC_TRANSIT_GUARD_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/base/log_budget.h"
#include "server/rpc/connection/tcp_connections.h"
#include "server/rpc/gate/transit_book.h"
#include "server/statistics/statistics.h"

namespace spiked {

// Keeps the memory of requests on their way within bounds when the process has
// no more to spare. gRPC 1.51 reads messages of any length, from any number of
// calls, into memory that all connections share; what it does when that is used
// up hits anybody. So while the process is above its limit, and more is on its
// way than is set aside for that, the connections with the most are ended.
// Others are not touched, and while there is memory nobody is.
//
// A look costs microseconds below the limit. Above it, and once a second, it
// costs microseconds for each connection, so it waits in proportion to their
// number, and takes a fifth of a processor at most. Free memory is given back
// less and less often while the process stays above its limit and nobody is
// ended. Used by one thread.
class TransitGuard {
 public:
  struct Limits {
    int64_t process_bytes;  // above this, the bytes on their way are bounded:
    int64_t transit_bytes;  // of all connections together
  };
  // What the guard looks at, and how it acts.
  struct World {
    std::function<int64_t()> resident_bytes;                  // of the process
    std::function<std::vector<TcpConnection>()> connections;  // with clients
    std::function<void(const TcpConnection&)> end;
    std::function<void()> give_back_free_memory;
  };

  // `book` and `statistics` outlive this.
  TransitGuard(const Limits& limits, World world, TransitBook* book,
               Statistics* statistics)
      : limits_(limits),
        world_(std::move(world)),
        book_(book),
        statistics_(statistics) {}

  // Call it every kPeriodNanos.
  void Look(int64_t now_nanos);

  // A fast client sends some megabytes in this time.
  static constexpr int64_t kPeriodNanos = 2'000'000;

 private:
  struct OnItsWay {
    TcpConnection connection;
    int64_t bytes = 0;
  };
  std::vector<OnItsWay> Measure(int64_t now_nanos);
  // Returns whether a connection was ended.
  bool EndLargest(const std::vector<OnItsWay>& all);
  void GiveBack(int64_t now_nanos, bool has_ended);

  static constexpr int64_t kMeasureNanos = 1'000'000'000;
  // Five times what measuring one takes.
  static constexpr int64_t kNanosPerConnection = 10'000;
  static constexpr int64_t kLeastGiveBackNanos = 250'000'000;
  static constexpr int64_t kMostGiveBackNanos = 5'000'000'000;

  const Limits limits_;
  const World world_;
  TransitBook* const book_;
  Statistics* const statistics_;
  LogBudget log_budget_{5};
  std::set<std::string> ended_;  // that gRPC has not closed yet
  int64_t measured_nanos_ = 0;
  int64_t next_nanos_ = 0;  // of a measurement above the limit
  int64_t gave_back_nanos_ = 0;
  int64_t give_back_wait_nanos_ = kLeastGiveBackNanos;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_TRANSIT_GUARD_H_
