// SPDX-License-Identifier: Apache-2.0

#include "server/http/http_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/log_thrown.h"
#include "server/base/thrown.h"

namespace spiked {
namespace {

using Phase = HttpConnection::Phase;

// Connections that are accepted before others are served.
constexpr int kAcceptsAtATime = 64;

// How long the server accepts nothing after the system had no descriptor or no
// memory for a connection.
constexpr int64_t kPauseNanos = 100'000'000;

std::shared_ptr<const HttpResponse> Text(int status, std::string body) {
  return std::make_shared<HttpResponse>(
      HttpResponse{.status = status, .body = std::move(body)});
}

// Makes an answer; 500 if that throws.
std::shared_ptr<const HttpResponse> MakeAnswer(
    const std::function<HttpResponse()>& make) {
  std::shared_ptr<const HttpResponse> made;
  if (const auto thrown = ThrownBy(
          [&] { made = std::make_shared<const HttpResponse>(make()); })) {
    LogThrownBy("an answer over HTTP")(*thrown);
    return Text(500, "an error\n");
  }
  return made;
}

// What poll waits for. An end of the connection is always told.
short EventsOf(Phase phase) {
  if (phase == Phase::kReading) return POLLIN;
  if (phase == Phase::kWriting) return POLLOUT;
  return 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(
    const std::string& address, std::map<std::string, HttpPath> paths,
    const HttpLimits& limits) {
  auto listener = Listen(address);
  if (!listener.ok()) return listener.status();
  return std::unique_ptr<HttpServer>(
      new HttpServer(*std::move(listener), std::move(paths), limits));
}

HttpServer::HttpServer(HttpListener listener,
                       std::map<std::string, HttpPath> paths,
                       const HttpLimits& limits)
    : listener_(std::move(listener)),
      paths_(std::move(paths)),
      limits_(limits),
      wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      maker_(std::make_unique<Executor>(1)),
      thread_([this] { Run(); }) {}

HttpServer::~HttpServer() {
  stopping_ = true;
  Wake();
  thread_.join();
  maker_.reset();  // calls Wake
  close(wake_fd_);
  close(listener_.fd);
}

void HttpServer::Wake() { eventfd_write(wake_fd_, 1); }

void HttpServer::Run() {
  while (!stopping_) {
    WaitAndServe();
    HandOut();
    RemoveEnded();
    if (may_accept_) Accept();
    MakeNext();
    RemoveEnded();
  }
}

// Waits until there is something to do, and does it for the connections that
// are there; says in may_accept_ whether there are new ones.
void HttpServer::WaitAndServe() {
  const int64_t now = clock_.NowNanos();
  const bool pausing = now < accept_from_nanos_;
  int64_t until = pausing ? accept_from_nanos_ : INT64_MAX;
  std::vector<pollfd> polls = {
      {wake_fd_, POLLIN, 0},
      {pausing ? -1 : listener_.fd, POLLIN, 0},
  };
  for (const HttpConnection& connection : connections_) {
    until = std::min(until, connection.deadline_nanos());
    polls.push_back({connection.fd(), EventsOf(connection.phase()), 0});
  }
  const int64_t wait_ms =
      until == INT64_MAX ? -1
                         : std::max<int64_t>(0, until - now) / 1'000'000 + 1;
  if (poll(polls.data(), polls.size(), static_cast<int>(wait_ms)) <= 0) {
    may_accept_ = false;
    return;
  }
  eventfd_t ignored;
  if (polls[0].revents != 0) eventfd_read(wake_fd_, &ignored);
  may_accept_ = polls[1].revents != 0;
  size_t i = 2;
  for (HttpConnection& connection : connections_) {
    const short events = polls[i++].revents;
    if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
      connection.End();
    } else if (events != 0) {
      Serve(&connection);
    }
  }
}

void HttpServer::Accept() {
  for (int i = 0; i < kAcceptsAtATime; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof(from);
    const int fd = accept4(listener_.fd, reinterpret_cast<sockaddr*>(&from),
                           &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const int64_t now = clock_.NowNanos();
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
          errno == ENOMEM) {
        accept_from_nanos_ = now + kPauseNanos;
      }
      return;
    }
    const std::string client = ClientOf(from);
    MakeRoom(client);
    connections_.emplace_back(fd, client, now + limits_.head_time.count());
    // Most requests are there with the connection, and are answered here.
    Serve(&connections_.back());
    if (connections_.back().phase() == Phase::kOver) connections_.pop_back();
  }
}

void HttpServer::MakeRoom(const std::string& client) {
  const auto end_oldest = [&](auto is_candidate) {
    for (const Phase phase :
         {Phase::kReading, Phase::kWriting, Phase::kQueued, Phase::kMaking}) {
      const auto found = std::find_if(connections_.begin(), connections_.end(),
                                      [&](const HttpConnection& connection) {
                                        return connection.phase() == phase &&
                                               is_candidate(connection);
                                      });
      if (found == connections_.end()) continue;
      connections_.erase(found);
      return;
    }
  };
  const auto of_client = [&](const HttpConnection& connection) {
    return connection.client() == client;
  };
  if (std::count_if(connections_.begin(), connections_.end(), of_client) >=
      limits_.max_connections_per_client) {
    end_oldest(of_client);
  } else if (static_cast<int>(connections_.size()) >= limits_.max_connections) {
    end_oldest([](const HttpConnection&) { return true; });
  }
}

void HttpServer::Serve(HttpConnection* connection) {
  if (connection->phase() == Phase::kWriting) return connection->Write();
  HttpRequest request;
  const HeadState state = connection->Read(&request);
  if (state == HeadState::kUnfinished) return;
  connection->SetDeadline(clock_.NowNanos() + limits_.answer_time.count());
  Answer(state, request, connection);
}

void HttpServer::Answer(HeadState state, const HttpRequest& request,
                        HttpConnection* connection) {
  if (state == HeadState::kTooLong) {
    return connection->Respond(Text(431, "the request is too long\n"));
  }
  if (state == HeadState::kMalformed) {
    return connection->Respond(Text(400, "this is no request of HTTP/1\n"));
  }
  if (request.method == "HEAD") {
    connection->OmitBody();
  } else if (request.method != "GET") {
    return connection->Respond(Text(405, "GET or HEAD\n"));
  }
  const auto found = paths_.find(request.path);
  if (found == paths_.end()) {
    std::string text = "not found; there is:";
    for (const auto& [path, handler] : paths_)
      absl::StrAppend(&text, " ", path);
    return connection->Respond(Text(404, text + "\n"));
  }
  if (found->second.takes_time) return connection->Queue(request.path);
  connection->Respond(MakeAnswer(found->second.answer));
}

// Gives the answer that was made to those that it was made for.
void HttpServer::HandOut() {
  std::shared_ptr<const HttpResponse> made;
  {
    MutexLock lock(&mutex_);
    made.swap(made_);
  }
  if (made == nullptr) return;
  making_ = false;
  for (HttpConnection& connection : connections_) {
    if (connection.phase() == Phase::kMaking) connection.Respond(made);
  }
}

// Makes the answer for which the oldest connection waits, for all that wait for
// the same. Those that come later get a later one, because an answer must not
// be older than its request.
void HttpServer::MakeNext() {
  if (making_) return;
  const auto is_queued = [](const HttpConnection& connection) {
    return connection.phase() == Phase::kQueued;
  };
  const auto first =
      std::find_if(connections_.begin(), connections_.end(), is_queued);
  if (first == connections_.end()) return;
  const std::string path = first->path();
  for (HttpConnection& connection : connections_) {
    if (is_queued(connection) && connection.path() == path) {
      connection.BeginMaking();
    }
  }
  making_ = true;
  maker_->Post([this, answer = &paths_.at(path).answer] {
    auto made = MakeAnswer(*answer);
    {
      MutexLock lock(&mutex_);
      made_ = std::move(made);
    }
    Wake();
  });
}

void HttpServer::RemoveEnded() {
  const int64_t now = clock_.NowNanos();
  connections_.remove_if([&](const HttpConnection& connection) {
    return connection.phase() == Phase::kOver ||
           connection.deadline_nanos() <= now;
  });
}

}  // namespace spiked
