// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "server/security/text_file.h"

namespace spiked {
namespace {

using grpc::experimental::FileWatcherCertificateProvider;
using grpc::experimental::IdentityKeyCertPair;
using grpc::experimental::StaticDataCertificateProvider;
using grpc::experimental::TlsChannelCredentialsOptions;
using grpc::experimental::TlsServerCredentialsOptions;

constexpr unsigned kLookAgainSeconds = 1;

// Returns the text of OpenSSL's last error and clears it.
std::string TlsError() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

absl::Status BadFile(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", what, " (", TlsError(), ")"));
}

}  // namespace

absl::Status CheckTlsFiles(const TlsFiles& files) {
  for (const std::string& path :
       {files.certificate, files.key, files.client_ca}) {
    if (path.empty()) continue;
    if (auto text = ReadTextFile(path); !text.ok()) return text.status();
  }
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (SSL_CTX_use_certificate_chain_file(context.get(),
                                         files.certificate.c_str()) != 1) {
    return BadFile(files.certificate, "is not a certificate in PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(),
                                  SSL_FILETYPE_PEM) != 1) {
    return BadFile(files.key, absl::StrCat("is not the private key, in PEM, of "
                                           "the certificate ",
                                           files.certificate));
  }
  if (!files.client_ca.empty() &&
      SSL_CTX_load_verify_locations(context.get(), files.client_ca.c_str(),
                                    nullptr) != 1) {
    return BadFile(files.client_ca, "has no certificates in PEM");
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(
    const TlsFiles& files) {
  if (!files.enabled()) return grpc::InsecureServerCredentials();
  TlsServerCredentialsOptions options(
      std::make_shared<FileWatcherCertificateProvider>(
          files.key, files.certificate, files.client_ca, kLookAgainSeconds));
  options.watch_identity_key_cert_pairs();
  if (!files.client_ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeClientCredentials(
    const ClientTls& tls) {
  if (!tls.enabled) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  for (const auto& [path, text] :
       {std::pair(tls.ca, &options.pem_root_certs),
        std::pair(tls.certificate, &options.pem_cert_chain),
        std::pair(tls.key, &options.pem_private_key)}) {
    if (path.empty()) continue;
    auto read = ReadTextFile(path);
    if (!read.ok()) return read.status();
    *text = *std::move(read);
  }
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> MakeTrustingCredentials(
    const TlsFiles& own) {
  TlsChannelCredentialsOptions options;
  if (!own.client_ca.empty()) {
    const auto certificate = ReadTextFile(own.certificate);
    const auto key = ReadTextFile(own.key);
    if (certificate.ok() && key.ok()) {
      options.set_certificate_provider(
          std::make_shared<StaticDataCertificateProvider>(
              std::vector<IdentityKeyCertPair>{{*key, *certificate}}));
      options.watch_identity_key_cert_pairs();
    }
  }
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace spiked
