// SPDX-License-Identifier: Apache-2.0
//
// The file of quotas, which limit the resources of tenants. It has a line for
// each tenant; `*` stands for tenants without a line. Resources that a line
// leaves out are not limited:
//
//   *     sessions=10 neurons=1e5 synapses=1e7 memory_bytes=2e9
//   acme  sessions=100 streams=50 stimuli_per_s=1000 stream_bytes_per_s=1e7
//   lab   weight=2
//
// `weight`, 1 if it is left out, decides how tenants share the processor time
// that sessions on time leave (server/session/scheduling/README.md).
//
// Bytes of answers count for stream_bytes_per_s too, but only streams wait.
//
// A server without tokens has one tenant, to which `*` applies.

#ifndef SPIKED_SERVER_SECURITY_QUOTA_FILE_H_
#define SPIKED_SERVER_SECURITY_QUOTA_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/security/tenant_limits.h"

namespace spiked {

// Parses the text of a file. Error: INVALID_ARGUMENT with the line's number.
absl::StatusOr<Quotas> ParseQuotas(const std::string& text);

// Reads a file; as ParseQuotas, or NOT_FOUND if it cannot be read.
absl::StatusOr<Quotas> ReadQuotaFile(const std::string& path);

}  // namespace spiked

#endif  // SPIKED_SERVER_SECURITY_QUOTA_FILE_H_
