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

// Files in PEM. They are read again every second: a renewed certificate is
// shown to those who connect from then on; connections that are open stay.
// Write the key first, and replace files by renaming.
struct TlsFiles {
  std::string certificate;  // the server's, with its chain; empty: no TLS
  std::string key;          // its private key
  std::string client_ca;  // who signs clients' certificates; empty: none asked
  bool enabled() const { return !certificate.empty(); }
};

// What is wrong with the files as they are now: cannot be read, no PEM, the key
// is not the certificate's. Otherwise clients would only see connections that
// fail.
absl::Status CheckTlsFiles(const TlsFiles& files);

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const TlsFiles& files);

// How a client meets a server.
struct ClientTls {
  bool enabled = false;
  std::string ca;           // who signs servers' certificates; empty: system's
  std::string certificate;  // the client's, with `key`; empty: none
  std::string key;
  std::string server_name;  // expected in the certificate; empty: the address's
};
// NOT_FOUND if a file cannot be read.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeClientCredentials(
    const ClientTls& tls);

// Takes any certificate: for a server that calls itself, and nobody else. Shows
// the server's own where clients have to show one.
std::shared_ptr<grpc::ChannelCredentials> MakeTrustingCredentials(
    const TlsFiles& own);

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONNECTION_TLS_H_
