// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_REQUEST_TURNS_H_
#define SPIKED_SERVER_RPC_GATE_REQUEST_TURNS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "grpc/grpc.h"
#include "server/base/fair_queue.h"
#include "server/security/memory_ledger.h"
#include "server/security/tenant.h"

namespace spiked {

// A request that waits to be read, or is being read.
struct RequestReading {
  grpc_call* call = nullptr;
  std::function<void(grpc_byte_buffer*)> done;
  std::shared_ptr<Tenant> tenant;
  std::string connection;    // the client's address and port
  bool may_be_long = false;  // more than fits HTTP/2's first window

  // Of a request that takes long: memory for the longest one, or that which is
  // kept for one such request.
  MemoryReservation memory;
  bool has_kept_memory = false;

  bool has_memory() const { return memory.holds() || has_kept_memory; }

  // The rest belongs to RequestTurns.
  int rank = 0;
  int64_t begin_nanos = 0;
  int64_t measured_nanos = 0;  // of `measured_bytes`; 0: never
  int64_t measured_bytes = -1;
  bool is_slow = false;
  bool is_ended = false;
};

// Decides which of one tenant's requests are read: a few at a time, because
// each may take memory up to the longest allowed message, and cannot be put
// back once it is begun.
//
// A short request has arrived when its reading begins, and ends at once; so
// short ones have turns of their own, and one that is unfinished after
// kTrialNanos passes to a turn of the long ones, or has to end if there is none
// and others wait. Long requests have their turn for as long as their
// connection makes progress. Connections whose requests have ended in time go
// first, then unknown ones, then those with unfinished requests; each rank has
// turns that no other can take, so none waits for another's unfinished
// requests. Within a rank, connections take turns.
//
// A request that is unfinished after kTrialNanos takes memory for the longest
// one, because nobody knows how long a request is before all of it has arrived.
// Without it the request has to end; so a long one waits until there is some,
// before it is begun.
//
// Not thread-safe; knows no clock.
class RequestTurns {
 public:
  using Readings = std::list<RequestReading>;
  // Requests whose turn has come: the caller begins to read them.
  using Next = std::vector<Readings::iterator>;
  // Bytes that connections have received in all; those that are unknown are
  // missing.
  using ReceivedBytes = std::map<std::string, int64_t>;

  // Memory for the longest request. Called whenever a function of the turns is.
  class Memory {
   public:
    virtual ~Memory() = default;
    // Whether there is memory for a request that waits, beside so many others
    // that may take theirs, too.
    virtual bool IsFree(const RequestReading& reading, int others) = 0;
    // Takes it; false if there is none.
    virtual bool Take(RequestReading* reading) = 0;
  };

  explicit RequestTurns(Memory* memory) : memory_(memory) {}

  Next Add(RequestReading reading, int64_t now_nanos);

  // Call it when a reading has ended. `is_complete`: the request has arrived.
  Next Remove(Readings::iterator reading, bool is_complete, int64_t now_nanos);

  // Adds the connections of which CheckUnfinished wants to know the bytes.
  void ConnectionsToMeasure(int64_t now_nanos,
                            std::set<std::string>* connections) const;

  struct Ended {
    grpc_call* call;
    bool lacks_memory;  // else it is slow
  };
  // Returns the calls to end: slow ones, at most one for each waiting request,
  // and unfinished ones without memory. Adds to `next` the requests whose turn
  // has come.
  std::vector<Ended> CheckUnfinished(int64_t now_nanos,
                                     const ReceivedBytes& received, Next* next);

  // The most requests that are read at a time, short and long.
  static constexpr int kMaxShort = 6;
  static constexpr int kMaxLong = 10;
  // Many times what it takes to read a request that has arrived.
  static constexpr int64_t kTrialNanos = 20'000'000;
  // A connection must receive kMinBytes in this time for each long request that
  // is read, or they are slow.
  static constexpr int64_t kSlowNanos = 2'000'000'000;
  static constexpr int64_t kMinBytes = 128 << 10;
  // The longest allowed request takes no longer at that pace; then it is slow,
  // whatever its connection receives.
  static constexpr int64_t kLongestNanos = 256'000'000'000;
  // The most connections that are remembered is twice this.
  static constexpr size_t kMaxRemembered = 4096;

 private:
  // The less, the better.
  static constexpr int kRanks = 3;
  enum Rank { kProven, kUnknown, kUnfinished };

  struct Pool {
    size_t Waiting() const;

    const int max;
    const std::array<int, kRanks> reserved;  // turns of each rank alone
    std::array<int, kRanks> open_count = {};
    Readings open;
    std::array<FairQueue<RequestReading>, kRanks> waiting;  // by connection
  };
  struct Standing {
    Rank rank = kUnknown;
    bool was_ended = false;  // stays kUnfinished, whatever it completes
  };

  Pool* PoolOf(const RequestReading& reading) {
    return reading.may_be_long ? &long_ : &short_;
  }
  static bool HasTurn(const Pool& pool, int rank);
  // Whether there is memory for a request if it takes long.
  bool HasMemory(const RequestReading& reading) const;
  void TakeNext(Pool* pool, int64_t now_nanos, Next* next);
  // Gives an unfinished short request a long turn.
  void PassToLong(Readings::iterator reading);
  void MarkUnfinished(const std::string& connection, bool was_ended);
  Standing StandingOf(const std::string& connection) const;
  void Remember(const std::string& connection, Standing standing);
  void MeasureLong(int64_t now_nanos, const ReceivedBytes& received);

  Memory* const memory_;
  Pool short_{kMaxShort, {2, 1, 1}, {}, {}, {}};
  Pool long_{kMaxLong, {2, 2, 1}, {}, {}, {}};
  // What is known of connections; when the first is full it becomes the second,
  // which is forgotten.
  std::unordered_map<std::string, Standing> recent_, older_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_REQUEST_TURNS_H_
