// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_HTTP_HTTP_SERVER_H_
#define SPIKED_SERVER_HTTP_HTTP_SERVER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/mutex.h"
#include "server/http/connection.h"
#include "server/http/listener.h"
#include "server/http/message.h"

namespace spiked {

// How the answer to GET of a path is made.
struct HttpPath {
  std::function<HttpResponse()> answer;
  // The answer is made on a thread of its own. Otherwise it is made on the
  // thread that serves all connections, so it must not wait.
  bool takes_time = false;
};

struct HttpLimits {
  int max_connections = 256;
  int max_connections_per_client = 64;
  // From the connection to the end of the request's head.
  std::chrono::nanoseconds head_time = std::chrono::seconds(1);
  // From there until the client has taken the answer.
  std::chrono::nanoseconds answer_time = std::chrono::seconds(10);
};

// An HTTP server that answers GET and HEAD from memory, for /metrics and
// /healthz; one request for each connection. Thread-safe.
//
// One thread serves all connections and waits for none of them. A new
// connection always gets a place: if its client, or all clients together, have
// as many as they may, the oldest one with an unfinished request ends, or else
// the oldest whose answer is not taken, or else the oldest that waits for one.
class HttpServer {
 public:
  // Listens on "host:port"; port 0 takes a free one. Error: UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const std::string& address, std::map<std::string, HttpPath> paths,
      const HttpLimits& limits = {});

  // Ends all connections; waits for an answer that is being made.
  ~HttpServer();

  // "host:port" with the port in use.
  const std::string& address() const { return listener_.address; }

 private:
  HttpServer(HttpListener listener, std::map<std::string, HttpPath> paths,
             const HttpLimits& limits);

  void Run();
  void WaitAndServe();
  void Accept();
  void MakeRoom(const std::string& client);
  void Serve(HttpConnection* connection);
  void Answer(HeadState state, const HttpRequest& request,
              HttpConnection* connection);
  void HandOut();
  void MakeNext();
  void RemoveEnded();
  void Wake();

  // Constant.
  const HttpListener listener_;
  const std::map<std::string, HttpPath> paths_;
  const HttpLimits limits_;
  const int wake_fd_;  // an event that ends WaitAndServe
  const SteadyClock clock_;

  // Used by thread_ only.
  std::list<HttpConnection> connections_;  // the oldest first
  bool making_ = false;                    // an answer is being made
  bool may_accept_ = false;
  int64_t accept_from_nanos_ = 0;

  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  // The answer that was made last, until it is handed out.
  std::shared_ptr<const HttpResponse> made_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Executor> maker_;
  std::thread thread_;  // last: uses all other members
};

}  // namespace spiked

#endif  // SPIKED_SERVER_HTTP_HTTP_SERVER_H_
