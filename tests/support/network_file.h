// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_SUPPORT_NETWORK_FILE_H_
#define SPIKED_TESTS_SUPPORT_NETWORK_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/spec/network_spec.h"
#include "spiked/v1/network.pb.h"

namespace spiked::testing {

// Reads a network file (YAML or JSON), by its path from the root of the
// repository.
absl::StatusOr<v1::Network> ReadNetworkFile(const std::string& path);

// Reads a network file into a specification of the core.
absl::StatusOr<NetworkSpec> ReadNetworkSpec(const std::string& path);

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SUPPORT_NETWORK_FILE_H_
