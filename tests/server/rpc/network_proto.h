// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SERVER_RPC_NETWORK_PROTO_H_
#define SPIKED_TESTS_SERVER_RPC_NETWORK_PROTO_H_

#include "core/spec/network_spec.h"
#include "spiked/v1/network.pb.h"

namespace spiked::testing {

// The other way round than server/rpc/convert/convert.h, so that tests can send
// what they build, and check that nothing is lost on the way.
v1::Network ToNetworkProto(const NetworkSpec& spec);
v1::Value ToValueProto(const Value& value);
v1::Stimulus ToStimulusProto(const StimulusSpec& spec);

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SERVER_RPC_NETWORK_PROTO_H_
