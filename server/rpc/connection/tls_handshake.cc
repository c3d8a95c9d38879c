// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/connection/tls_handshake.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace spiked {
namespace {

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

constexpr char kNotTaken[] = "the connection is not taken";

absl::Status Failed(const std::string& address, const char* what) {
  return absl::UnavailableError(absl::StrCat(address, ": ", what));
}

// A TCP socket with a timeout for connecting, sending and receiving.
class Socket {
 public:
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }

  absl::Status Connect(const std::string& address,
                       std::chrono::nanoseconds timeout) {
    const size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (absl::StartsWith(host, "[")) host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints,
                    &found) != 0) {
      return Failed(address, "cannot be resolved");
    }
    const std::unique_ptr<addrinfo, Deleter<freeaddrinfo>> owner(found);
    fd_ = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return Failed(address, std::strerror(errno));
    const auto microseconds = timeout / std::chrono::microseconds(1);
    const timeval time{.tv_sec = microseconds / 1'000'000,
                       .tv_usec = microseconds % 1'000'000};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
    if (connect(fd_, found->ai_addr, found->ai_addrlen) != 0) {
      return Failed(address,
                    errno == EINPROGRESS ? kNotTaken : std::strerror(errno));
    }
    return absl::OkStatus();
  }

  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

using Context = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;

// Makes a client's context with the server's own certificate, and with the
// authorities that sign clients' certificates. Null if the files don't belong
// together.
Context MakeContext(const TlsFiles& files) {
  Context context(SSL_CTX_new(TLS_client_method()));
  // Keys with a passphrase are not supported: OpenSSL must not ask for it.
  SSL_CTX_set_default_passwd_cb(context.get(),
                                [](char*, int, int, void*) { return 0; });
  constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), kHttp2, sizeof(kHttp2));
  const bool loaded =
      SSL_CTX_use_certificate_chain_file(context.get(),
                                         files.certificate.c_str()) == 1 &&
      SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(),
                                  SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_load_verify_file(context.get(), files.client_ca.c_str()) == 1;
  return loaded ? std::move(context) : nullptr;
}

// Whether one of the authorities has signed the certificate, and for use by
// clients.
bool IsForClients(SSL_CTX* context) {
  const std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>> check(
      X509_STORE_CTX_new());
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context, static_cast<void*>(&chain));
  return X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context),
                             SSL_CTX_get0_certificate(context), chain) == 1 &&
         X509_STORE_CTX_set_default(check.get(), "ssl_client") == 1 &&
         X509_verify_cert(check.get()) == 1;
}

// The server's reaction; nullopt: none before the timeout.
using Answer = std::optional<Handshake>;

// Does the handshake, with HTTP/2 and the certificate, and reads the first
// byte, because with TLS 1.3 the server refuses only after the client's part of
// the handshake.
Answer Show(SSL_CTX* context, int fd) {
  const std::unique_ptr<SSL, Deleter<SSL_free>> tls(SSL_new(context));
  SSL_set_fd(tls.get(), fd);
  char byte;
  int result = SSL_connect(tls.get());
  if (result == 1) result = SSL_read(tls.get(), &byte, 1);
  if (result == 1) return Handshake::kTaken;
  const int error = SSL_get_error(tls.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {};
  return Handshake::kRefused;
}

// Closes the client's side without a handshake, upon which the server ends the
// connection.
Answer HangUp(int fd) {
  shutdown(fd, SHUT_WR);
  char byte;
  if (recv(fd, &byte, 1, 0) < 0 && errno == EAGAIN) return {};
  return Handshake::kRefused;
}

}  // namespace

absl::StatusOr<Handshake> TryHandshake(const std::string& address,
                                       const TlsFiles& files,
                                       std::chrono::nanoseconds timeout) {
  // Blocks SIGPIPE in this thread: the server may end the connection during a
  // write.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  Socket socket;
  absl::Status status = socket.Connect(address, timeout);
  if (!status.ok()) return status;
  const Context context = MakeContext(files);
  const Answer answer = context != nullptr && IsForClients(context.get())
                            ? Show(context.get(), socket.fd())
                            : HangUp(socket.fd());
  ERR_clear_error();
  if (!answer.has_value()) return Failed(address, kNotTaken);
  return *answer;
}

}  // namespace spiked
