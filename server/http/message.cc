// SPDX-License-Identifier: Apache-2.0

#include "server/http/message.h"

#include "absl/strings/str_cat.h"

namespace spiked {
namespace {

const char* ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
  }
  return "";
}

}  // namespace

HeadState ReadHead(std::string_view bytes, HttpRequest* request) {
  if (bytes.find("\r\n\r\n") == bytes.npos) {
    return bytes.size() < kMaxHeadBytes ? HeadState::kUnfinished
                                        : HeadState::kTooLong;
  }
  // "GET /metrics?query HTTP/1.1"
  const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == line.npos || first == 0 || last == first ||
      !line.substr(last + 1).starts_with("HTTP/1.")) {
    return HeadState::kMalformed;
  }
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!target.starts_with('/') || target.find(' ') != target.npos) {
    return HeadState::kMalformed;
  }
  request->method = line.substr(0, first);
  request->path = target.substr(0, target.find('?'));
  return HeadState::kComplete;
}

std::string HeadOf(const HttpResponse& response) {
  return absl::StrCat("HTTP/1.1 ", response.status, " ",
                      ReasonPhrase(response.status),
                      "\r\nContent-Type: ", response.content_type,
                      "\r\nContent-Length: ", response.body.size(),
                      "\r\nCache-Control: no-store\r\nConnection: close"
                      "\r\n\r\n");
}

}  // namespace spiked
