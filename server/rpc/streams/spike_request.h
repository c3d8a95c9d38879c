// SPDX-License-Identifier: Apache-2.0
//
// Reads the fields that requests for spikes, rates and states have in common:
// the neurons, the position to begin at, and the policy for slow clients.

#ifndef SPIKED_SERVER_RPC_STREAMS_SPIKE_REQUEST_H_
#define SPIKED_SERVER_RPC_STREAMS_SPIKE_REQUEST_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/spec/violations.h"
#include "server/rpc/call/environment.h"
#include "server/rpc/call/stream_times.h"
#include "server/rpc/convert/enums.h"
#include "server/rpc/convert/in_range.h"
#include "server/security/memory_ledger.h"
#include "server/session/history/spike_cursor.h"
#include "server/session/history/spike_filter.h"
#include "server/session/session.h"
#include "spiked/v1/recording.pb.h"

namespace spiked {

// Finds the index of a population; 0, with a violation, if there is none.
int FindPopulation(const Network& network, const std::string& name,
                   const std::string& path, Violations* violations);

// Finds the index of a projection that the field "projection" names; 0, with a
// violation, if there is none.
int FindProjection(const Network& network, const std::string& name,
                   Violations* violations);

// Returns which populations are named, as [populations]; all if none is.
std::vector<bool> SelectPopulations(
    const google::protobuf::RepeatedPtrField<std::string>& names,
    const Network& network, Violations* violations);

// Reserves memory for what a stream keeps for as long as it lasts. Little,
// about what any stream takes, needs no reservation.
absl::StatusOr<MemoryReservation> ReserveForStream(
    const RpcEnvironment& environment, int64_t bytes, int64_t peak_bytes = 0);

// Makes the filter of the neurons whose spikes a request asks for, in memory
// that is reserved before. Error: that of ReserveForStream. With violations the
// filter is of no use.
absl::StatusOr<std::shared_ptr<const SpikeFilter>> ReadFilter(
    const RpcEnvironment& environment, const v1::StreamSpikesRequest& request,
    const SessionNetwork& network, Violations* violations);

// Checks the window, progress interval and policy, and returns the times.
template <typename Request>
StreamTimes CheckStream(const Request& request, Violations* violations) {
  StreamTimes times;
  times.window_nanos = WindowNanos(request.batch_window_ms(), violations);
  times.progress_nanos =
      ProgressNanos(request.progress_interval_s(), violations);
  CheckEnum(request.slow_consumer_policy(), "slow_consumer_policy", violations);
  return times;
}

// Checks where a stream shall begin.
template <typename Request>
void CheckStart(const Request& request, Violations* violations) {
  CheckRange(request.start_step(), 0, kMaxStep, "start_step", violations);
  CheckRange(request.epoch(), 0, kMaxStep, "epoch", violations);
}

// FAILED_PRECONDITION if the policy is BLOCK and the session is REAL_TIME.
absl::Status CheckPolicy(const Session& session, v1::SlowConsumerPolicy policy);

// The position, filter and limit with which a stream opens the ring.
template <typename Request>
SpikeCursor::Opening OpeningOf(const Request& request,
                               const SessionNetwork& network,
                               std::shared_ptr<const SpikeFilter> filter,
                               int64_t block_bytes) {
  SpikeCursor::Opening opening = {.ring = network.spikes,
                                  .filter = std::move(filter),
                                  .block_bytes = block_bytes};
  if (request.has_epoch()) opening.epoch = request.epoch();
  if (request.has_start_step()) opening.step = request.start_step();
  return opening;
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_SPIKE_REQUEST_H_
