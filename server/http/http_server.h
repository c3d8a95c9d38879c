// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_HTTP_HTTP_SERVER_H_
#define SPIKED_SERVER_HTTP_HTTP_SERVER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

struct mg_context;

namespace spiked {

// An HTTP server that answers GET and HEAD requests from memory, for /metrics
// and /healthz. It serves no files, because CivetWeb 1.15 has security holes
// there. Thread-safe.
class HttpServer {
 public:
  struct Response {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
  };
  // Makes the answer to a request; called on one of the server's two threads.
  using Handler = std::function<Response()>;

  // Listens on "host:port"; port 0 takes a free one. Error: UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const std::string& address, std::map<std::string, Handler> handlers);
  ~HttpServer();

  // "host:port" with the port in use.
  const std::string& address() const { return address_; }

 private:
  explicit HttpServer(std::map<std::string, Handler> handlers)
      : handlers_(std::move(handlers)) {}

  std::map<std::string, Handler> handlers_;  // by path
  std::string address_;
  mg_context* context_ = nullptr;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_HTTP_HTTP_SERVER_H_
