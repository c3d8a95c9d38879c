// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONVERT_CONVERT_CHANGE_H_
#define SPIKED_SERVER_RPC_CONVERT_CONVERT_CHANGE_H_

#include <string>

#include "core/spec/change_spec.h"
#include "core/spec/violations.h"
#include "google/protobuf/repeated_field.h"
#include "spiked/v1/change.pb.h"

namespace spiked {

// Converts the changes of a request; see convert.h.
ChangeSpecs ToSpecs(
    const google::protobuf::RepeatedPtrField<v1::Change>& changes,
    const std::string& path, Violations* violations);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_CONVERT_CHANGE_H_
