// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_HTTP_MESSAGE_H_
#define SPIKED_SERVER_HTTP_MESSAGE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace spiked {

// The longest head of a request: its line and header fields.
inline constexpr size_t kMaxHeadBytes = 8192;

// What the server looks at in a request. It ignores header fields and bodies.
struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // "/metrics", without a query
};

enum class HeadState { kUnfinished, kComplete, kMalformed, kTooLong };

// Reads the head of a request from the first bytes of a connection. Sets
// `request` if it is complete.
HeadState ReadHead(std::string_view bytes, HttpRequest* request);

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// The bytes before the body. They say that the connection ends after it.
std::string HeadOf(const HttpResponse& response);

}  // namespace spiked

#endif  // SPIKED_SERVER_HTTP_MESSAGE_H_
