// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_BATCH_HEADER_H_
#define SPIKED_SERVER_RPC_STREAMS_BATCH_HEADER_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace spiked {

// Fields about the stream that each message has beside its data.
struct BatchHeader {
  int64_t sequence = 0;
  int64_t session_step = 0;
  bool end_of_stream = false;
  // Of the session, in the first message; empty in the others, because clients
  // need it once and messages may be small.
  absl::string_view incarnation_id = {};
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_BATCH_HEADER_H_
