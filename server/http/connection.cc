// SPDX-License-Identifier: Apache-2.0

#include "server/http/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace spiked {

HttpConnection::HttpConnection(int fd, std::string client,
                               int64_t deadline_nanos)
    : fd_(fd), client_(std::move(client)), deadline_nanos_(deadline_nanos) {}

HttpConnection::~HttpConnection() { close(fd_); }

// Appends bytes that have come. False: there are none now, or never again.
bool HttpConnection::Receive(std::string* bytes) {
  char buffer[2048];
  ssize_t count = 0;
  do {
    count = recv(fd_, buffer, sizeof(buffer), 0);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    bytes->append(buffer, static_cast<size_t>(count));
  } else if (count == 0 || errno != EAGAIN) {
    End();
  }
  return count > 0;
}

HeadState HttpConnection::Read(HttpRequest* request) {
  HeadState state = HeadState::kUnfinished;
  while (state == HeadState::kUnfinished && Receive(&input_)) {
    state = ReadHead(input_, request);
  }
  return state;
}

void HttpConnection::Queue(std::string path) {
  path_ = std::move(path);
  phase_ = Phase::kQueued;
}

void HttpConnection::Respond(std::shared_ptr<const HttpResponse> response) {
  response_ = std::move(response);
  head_ = HeadOf(*response_);
  phase_ = Phase::kWriting;
  Write();
}

void HttpConnection::Write() {
  const std::string& body = response_->body;
  const size_t total = head_.size() + (omit_body_ ? 0 : body.size());
  while (sent_bytes_ < total) {
    // Head and body in one packet, if they fit.
    const size_t of_head = std::min(sent_bytes_, head_.size());
    const size_t of_body = sent_bytes_ - of_head;
    iovec parts[] = {
        {const_cast<char*>(head_.data()) + of_head, head_.size() - of_head},
        {const_cast<char*>(body.data()) + of_body, body.size() - of_body}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = omit_body_ ? 1 : 2;
    const ssize_t count = sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (count >= 0) {
      sent_bytes_ += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      return End();
    }
  }
  // Bytes that were not read would make the system take the answer back when
  // the socket is closed.
  std::string rest;
  while (rest.size() < kMaxHeadBytes && Receive(&rest)) continue;
  End();
}

}  // namespace spiked
