// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_STREAMS_BATCH_HEADER_H_
#define SPIKED_SERVER_RPC_STREAMS_BATCH_HEADER_H_

#include <cstdint>

namespace spiked {

// Fields about the stream that each message has beside its data.
struct BatchHeader {
  int64_t sequence = 0;
  int64_t session_step = 0;
  bool end_of_stream = false;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_STREAMS_BATCH_HEADER_H_
