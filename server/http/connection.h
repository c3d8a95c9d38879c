// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_HTTP_CONNECTION_H_
#define SPIKED_SERVER_HTTP_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "server/http/message.h"

namespace spiked {

// One connection of the HTTP server: its socket, what was read of its request,
// and what is still to be written. Nothing here waits. Used by one thread.
//
//   kReading --> kWriting --> kOver            an answer that is there
//   kReading --> kQueued --> kMaking --> ...   one that has to be made first
class HttpConnection {
 public:
  enum class Phase {
    kReading,  // the head of the request is not complete
    kQueued,   // the answer has to be made
    kMaking,   // it is being made
    kWriting,  // the client has not taken all of it
    kOver
  };

  // Takes the socket, which must not block. `client` is who connects.
  HttpConnection(int fd, std::string client, int64_t deadline_nanos);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  Phase phase() const { return phase_; }
  int fd() const { return fd_; }
  const std::string& client() const { return client_; }
  // When the phase must be over, and with it the connection.
  int64_t deadline_nanos() const { return deadline_nanos_; }
  // The path for which it waits, if it is kQueued or kMaking.
  const std::string& path() const { return path_; }

  // Reads what the client has sent. Requires: kReading.
  HeadState Read(HttpRequest* request);

  // The request is complete: from now on there is another deadline.
  void SetDeadline(int64_t nanos) { deadline_nanos_ = nanos; }

  // Waits for an answer that is to be made.
  void Queue(std::string path);
  void BeginMaking() { phase_ = Phase::kMaking; }

  // Omits the body of the answer.
  void OmitBody() { omit_body_ = true; }

  // Begins to write an answer, which other connections may share.
  void Respond(std::shared_ptr<const HttpResponse> response);

  // Writes what the client takes. Requires: kWriting.
  void Write();

  void End() { phase_ = Phase::kOver; }

 private:
  bool Receive(std::string* bytes);

  const int fd_;
  const std::string client_;
  Phase phase_ = Phase::kReading;
  int64_t deadline_nanos_;
  std::string input_;
  std::string path_;
  bool omit_body_ = false;
  std::shared_ptr<const HttpResponse> response_;
  std::string head_;  // of the response
  size_t sent_bytes_ = 0;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_HTTP_CONNECTION_H_
