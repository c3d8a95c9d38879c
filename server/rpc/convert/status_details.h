// SPDX-License-Identifier: Apache-2.0
//
// Errors as clients get them: code, text for people, and details for programs
// in a trailer (proto/spiked/v1/error_details.proto).

#ifndef SPIKED_SERVER_RPC_CONVERT_STATUS_DETAILS_H_
#define SPIKED_SERVER_RPC_CONVERT_STATUS_DETAILS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "core/spec/violations.h"
#include "grpcpp/support/status.h"
#include "server/base/status_payload.h"
#include "server/session/command.h"
#include "server/session/history/spike_cursor.h"

namespace spiked {

using ErrorMetadata = std::map<std::string, std::string>;

// Codes are the same numbers. Long texts are cut. Payloads of
// base/status_payload.h become the reason, QuotaFailure and RetryInfo; an error
// without a reason is INTERNAL to clients.
grpc::Status ToGrpcStatus(const absl::Status& status,
                          const ErrorMetadata& metadata = {});

// The error of a command, with where the session is if that is the reason.
grpc::Status ToGrpcStatus(const Outcome& outcome);
grpc::Status ToGrpcStatus(const InjectResult& result);
grpc::Status ToGrpcStatus(const ChangeResult& result);

// INVALID_ARGUMENT. A trailer may be as large as 8 KiB, so the list may end
// early; the text then says how many violations there are.
grpc::Status ToGrpcStatus(const Violations& violations,
                          Reason reason = Reason::kInvalidRequest);

// Why a stream of spikes can't begin where it was asked to.
grpc::Status ToGrpcStatus(const SpikeCursor::Opened& refused,
                          const SpikeCursor::Opening& opening);

// ABORTED: the session is in another epoch than the request wants.
grpc::Status OtherEpochStatus(int64_t wanted, SpikeRing::Position now);

// RESOURCE_EXHAUSTED: the client was too slow; where it can go on.
grpc::Status SlowConsumerStatus(SpikeRing::Position next, int64_t next_sequence,
                                const std::string& incarnation_id);

// A status takes less in its trailers, texts and details together.
inline constexpr size_t kMaxTrailerBytes = 6 << 10;

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_STATUS_DETAILS_H_
