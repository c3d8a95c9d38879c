// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONNECTION_TLS_H_
#define SPIKED_SERVER_RPC_CONNECTION_TLS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"

namespace spiked {

// Files of a server in PEM. They are read again every second: new connections
// get a renewed certificate, and open connections stay. When renewing, write
// the key first, and replace files by renaming.
struct TlsFiles {
  std::string certificate;  // the server's, with its chain; empty: no TLS
  std::string key;          // its private key
  std::string client_ca;    // authorities for clients; empty: none asked
  bool enabled() const { return !certificate.empty(); }
};

// Checks the files as they are now. Errors: a file cannot be read or is not
// PEM, or the key doesn't belong to the certificate. Without this check, such
// mistakes would show only as failed connections of clients.
absl::Status CheckTlsFiles(const TlsFiles& files);

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const TlsFiles& files);

// TLS settings of a client.
struct ClientTls {
  bool enabled = false;
  std::string ca;           // authorities for servers; empty: the system's
  std::string certificate;  // the client's, with `key`; empty: none
  std::string key;
  std::string server_name;  // expected in the certificate; empty: the address's
};
// Makes the credentials of a client. Error: NOT_FOUND if a file cannot be read.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeClientCredentials(
    const ClientTls& tls);

// Makes credentials that accept any server certificate; only for a server that
// calls itself. They show the server's own certificate where clients have to
// show one.
std::shared_ptr<grpc::ChannelCredentials> MakeTrustingCredentials(
    const TlsFiles& own);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_TLS_H_
