// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SERVER_RPC_NETWORK_PROTO_H_
#define SPIKED_TESTS_SERVER_RPC_NETWORK_PROTO_H_

#include "core/spec/network_spec.h"
#include "spiked/v1/network.pb.h"

namespace spiked::testing {

// Conversion in the opposite direction of server/rpc/convert/convert.h, so that
// tests can send specifications, and check that converting loses nothing.
v1::Network ToNetworkProto(const NetworkSpec& spec);
v1::Value ToValueProto(const Value& value);
v1::Stimulus ToStimulusProto(const StimulusSpec& spec);

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SERVER_RPC_NETWORK_PROTO_H_
