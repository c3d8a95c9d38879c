// SPDX-License-Identifier: Apache-2.0

#include "server/daemon.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/log.h"
#include "server/http/http_server.h"
#include "server/memory_limit.h"
#include "server/metrics/server_metrics.h"
#include "server/rpc/rpc_server.h"
#include "server/session/scheduler.h"
#include "server/session/session_registry.h"

namespace spiked {
namespace {

// What exits with when shutting down takes longer than the grace period allows.
constexpr int kShutdownHungExitCode = 70;
constexpr std::chrono::seconds kWatchdogMargin{5};

// The signals that stop the daemon; blocked in all threads, taken by sigwait.
sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

// gRPC 1.51 never accepts again after it ran out of descriptors.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::string RandomHex128() {
  std::random_device random;
  return absl::StrFormat("%08x%08x%08x%08x", random(), random(), random(),
                         random());
}

// 0: one per processor.
int ThreadsOf(int option) {
  if (option > 0) return option;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

SessionLimits LimitsOf(const ServerOptions& options) {
  SessionLimits limits;
  limits.max_sessions = options.max_sessions;
  limits.max_session_threads = ThreadsOf(options.max_session_threads);
  limits.memory_bytes = options.memory_limit_mb > 0
                            ? options.memory_limit_mb * 1'000'000
                            : AvailableMemoryBytes() / 5 * 4;
  limits.history_bytes = static_cast<size_t>(options.history_mb) * 1'000'000;
  limits.history_total_bytes = options.history_total_mb > 0
                                   ? options.history_total_mb * 1'000'000
                                   : limits.memory_bytes / 4;
  return limits;
}

// The daemon's parts, in the order in which they depend on each other.
class Daemon {
 public:
  Daemon(const ServerOptions& options, std::string version)
      : options_(options),
        version_(std::move(version)),
        workers_(ThreadsOf(options.workers)),
        scheduler_(workers_, &clock_, &statistics_),
        registry_(LimitsOf(options), &clock_, &scheduler_, &statistics_) {}

  ~Daemon() {
    rpc_.reset();
    http_.reset();
    // Sessions answer to the registry: they stop first.
    scheduler_.Stop();
  }

  absl::Status Start() {
    auto rpc = RpcServer::Start({.listen_address = options_.listen},
                                {.version = version_,
                                 .boot_id = RandomHex128(),
                                 .worker_count = workers_},
                                {.registry = &registry_,
                                 .statistics = &statistics_,
                                 .call_statistics = &calls_,
                                 .clock = &clock_});
    if (!rpc.ok()) return rpc.status();
    rpc_ = *std::move(rpc);
    if (options_.metrics_listen.empty()) return absl::OkStatus();
    metrics_ = std::make_unique<ServerMetrics>(version_, workers_, &registry_,
                                               &statistics_, &calls_);
    auto http = HttpServer::Start(
        options_.metrics_listen,
        {{"/metrics",
          [this] {
            return HttpServer::Response{
                .content_type = ServerMetrics::ContentType(),
                .body = metrics_->Text()};
          }},
         {"/healthz", [this] {
            return registry_.draining()
                       ? HttpServer::Response{.status = 503,
                                              .body = "draining\n"}
                       : HttpServer::Response{.body = "ok\n"};
          }}});
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    return absl::OkStatus();
  }

  // "spiked 0.1.0 ready: grpc=127.0.0.1:50051 metrics=http://...": for people,
  // and for programs that asked for port 0.
  void AnnounceReady() const {
    std::cout << "spiked " << version_ << " ready: grpc=" << RpcAddress();
    if (http_ != nullptr) {
      std::cout << " metrics=http://" << http_->address() << "/metrics";
    }
    std::cout << std::endl;
    Log(LogLevel::kInfo, "ready",
        {{"version", version_},
         {"grpc", RpcAddress()},
         {"metrics", http_ == nullptr ? "none" : http_->address()},
         {"workers", workers_},
         {"memory_limit_mb", registry_.limits().memory_bytes / 1'000'000}});
  }

  // New sessions are refused, streams end after their last message, sessions
  // pause; then calls have the grace period to end.
  void Drain() {
    rpc_->SetDraining();
    registry_.PauseAll();
    rpc_->Shutdown(Grace());
  }

  std::chrono::milliseconds Grace() const {
    return std::chrono::milliseconds(
        static_cast<int64_t>(options_.grace_period_s * 1000));
  }

 private:
  std::string RpcAddress() const {
    const std::string& address = options_.listen;
    if (address.rfind("unix:", 0) == 0) return address;
    return absl::StrCat(address.substr(0, address.rfind(':')), ":",
                        rpc_->port());
  }

  const ServerOptions options_;
  const std::string version_;
  const int workers_;
  SteadyClock clock_;
  Statistics statistics_;
  CallStatistics calls_;
  Scheduler scheduler_;
  SessionRegistry registry_;
  std::unique_ptr<ServerMetrics> metrics_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<RpcServer> rpc_;
};

// Drains on another thread, because a call that doesn't end may block it for
// ever: then, or at a second signal, the process exits all the same.
void DrainOrExit(Daemon& daemon, const sigset_t& signals) {
  auto drained = std::async(std::launch::async, [&] { daemon.Drain(); });
  const auto give_up =
      std::chrono::steady_clock::now() + daemon.Grace() + kWatchdogMargin;
  while (drained.wait_for(std::chrono::seconds(0)) !=
         std::future_status::ready) {
    const timespec look_again = {.tv_sec = 0, .tv_nsec = 20'000'000};
    const int signal = sigtimedwait(&signals, nullptr, &look_again);
    if (signal > 0) {
      Log(LogLevel::kWarning, "second signal: stopping at once");
      _exit(128 + signal);
    }
    if (std::chrono::steady_clock::now() > give_up) {
      Log(LogLevel::kError, "a call did not end: giving up");
      _exit(kShutdownHungExitCode);
    }
  }
}

}  // namespace

int RunDaemon(const ServerOptions& options, const std::string& version) {
  SetLogLevel(options.log_level);
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  RaiseFileLimit();

  Daemon daemon(options, version);
  if (const absl::Status status = daemon.Start(); !status.ok()) {
    Log(LogLevel::kError, std::string(status.message()));
    return 1;
  }
  daemon.AnnounceReady();

  int signal = 0;
  sigwait(&signals, &signal);
  Log(LogLevel::kInfo, "draining", {{"signal", strsignal(signal)}});
  DrainOrExit(daemon, signals);
  Log(LogLevel::kInfo, "stopped");
  // Nothing is left to lose, and destructors would wait for a network that is
  // being built.
  std::cout.flush();
  _exit(0);
}

}  // namespace spiked
