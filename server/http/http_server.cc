// SPDX-License-Identifier: Apache-2.0

#include "server/http/http_server.h"

#include <civetweb.h>

#include <array>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spiked {
namespace {

using Handlers = std::map<std::string, HttpServer::Handler>;

const char* ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
  }
  return "";
}

int Reply(mg_connection* connection, const HttpServer::Response& response) {
  const std::string head = absl::StrCat(
      "HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status),
      "\r\nContent-Type: ", response.content_type,
      "\r\nContent-Length: ", response.body.size(),
      "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
  mg_write(connection, head.data(), head.size());
  const bool head_only =
      std::strcmp(mg_get_request_info(connection)->request_method, "HEAD") == 0;
  if (!head_only) {
    mg_write(connection, response.body.data(), response.body.size());
  }
  return response.status;
}

// The answer to a request. CivetWeb would use a handler for "/metrics" for
// "/metrics/..." too, so this one handler serves all paths and compares the
// whole path.
HttpServer::Response AnswerOf(const mg_request_info& request,
                              const Handlers& handlers) {
  const std::string method = request.request_method;
  if (method != "GET" && method != "HEAD") {
    return {.status = 405, .body = "GET or HEAD\n"};
  }
  const auto it = handlers.find(request.local_uri);
  if (it == handlers.end()) {
    std::string text = "not found; there is:";
    for (const auto& [path, handler] : handlers) text += " " + path;
    return {.status = 404, .body = text + "\n"};
  }
  return it->second();
}

// Answers every request. What a handler throws must not pass through CivetWeb,
// which is written in C.
int Handle(mg_connection* connection, void* data) {
  try {
    return Reply(connection, AnswerOf(*mg_get_request_info(connection),
                                      *static_cast<const Handlers*>(data)));
  } catch (...) {
    return Reply(connection, {.status = 500, .body = "an error\n"});
  }
}

// Drops CivetWeb's log messages, which otherwise go to stderr.
int DropMessage(const mg_connection*, const char*) { return 1; }

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const std::string& address, std::map<std::string, Handler> handlers) {
  auto server =
      std::unique_ptr<HttpServer>(new HttpServer(std::move(handlers)));
  // CivetWeb reads each request on a thread of its own: so many clients may
  // begin a request and not end it, for a second, before others wait. Threads
  // that wait cost a few kilobytes each.
  const char* options[] = {"listening_ports",
                           address.c_str(),
                           "num_threads",
                           "64",
                           "request_timeout_ms",
                           "1000",
                           "enable_keep_alive",
                           "no",
                           nullptr};
  mg_callbacks callbacks{};
  callbacks.log_message = DropMessage;
  callbacks.log_access = DropMessage;
  mg_init_library(0);
  server->context_ = mg_start(&callbacks, nullptr, options);
  if (server->context_ == nullptr) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", address,
        " for HTTP: the address is in use, not allowed or malformed"));
  }
  mg_set_request_handler(server->context_, "/", Handle, &server->handlers_);
  std::array<mg_server_port, 4> ports{};
  const int count = mg_get_server_ports(
      server->context_, static_cast<int>(ports.size()), ports.data());
  const std::string host = address.substr(0, address.rfind(':'));
  server->address_ = absl::StrCat(host, ":", count > 0 ? ports[0].port : 0);
  return server;
}

HttpServer::~HttpServer() {
  if (context_ != nullptr) mg_stop(context_);
  mg_exit_library();
}

}  // namespace spiked
