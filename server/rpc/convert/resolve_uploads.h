// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONVERT_RESOLVE_UPLOADS_H_
#define SPIKED_SERVER_RPC_CONVERT_RESOLVE_UPLOADS_H_

#include <string>

#include "core/spec/network_spec.h"
#include "core/spec/violations.h"
#include "server/session/registry/synapse_upload.h"
#include "server/session/registry/uploaded_lists.h"
#include "spiked/v1/network.pb.h"

namespace spiked {

// Finds the tenant's uploads that a network names. UploadedLists fills in their
// lists later, so this takes time in proportion to the number of projections,
// regardless of the size of the uploads. Requires: `spec` was made from
// `network`, whose path is `path`.
[[nodiscard]] UploadedLists ResolveUploads(const v1::Network& network,
                                           const std::string& path,
                                           const std::string& tenant,
                                           SynapseUploads* uploads,
                                           NetworkSpec* spec,
                                           Violations* violations);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_RESOLVE_UPLOADS_H_
