// SPDX-License-Identifier: Apache-2.0
//
// The versions of gRPC that the files of this folder are known to fit. They use
// parts of gRPC that may change between versions: grpc::internal, headers below
// impl/, and batches of operations on a call. For another version, run the
// tests of server/rpc with it, then change the numbers below; until then it
// does not compile.

#ifndef SPIKED_SERVER_RPC_INTERNALS_GRPC_VERSION_H_
#define SPIKED_SERVER_RPC_INTERNALS_GRPC_VERSION_H_

#include "grpcpp/version_info.h"

static_assert(GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51,
              "server/rpc/internals was tested with gRPC 1.51 only; run the "
              "tests of server/rpc with this version, then allow it here");

#endif  // SPIKED_SERVER_RPC_INTERNALS_GRPC_VERSION_H_
