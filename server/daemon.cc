// SPDX-License-Identifier: Apache-2.0

#include "server/daemon.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/access_files.h"
#include "server/base/free_memory.h"
#include "server/base/log.h"
#include "server/base/log_thrown.h"
#include "server/base/periodic.h"
#include "server/base/random_id.h"
#include "server/drain_or_exit.h"
#include "server/http/http_server.h"
#include "server/metrics/server_metrics.h"
#include "server/rpc/connection/self_probe.h"
#include "server/rpc/rpc_server.h"
#include "server/security/cgroup_memory.h"
#include "server/session/registry/session_registry.h"
#include "server/session/scheduling/scheduler.h"

namespace spiked {
namespace {

constexpr std::chrono::seconds kWatchdogMargin{5};
// The exit code of the process when a listener takes no more connections.
constexpr int kListenerDeadExitCode = 70;

// Periods of housekeeping: deleting expired sessions, looking for changed token
// and quota files, measuring the memory of the process.
constexpr int64_t kReaperPeriodNanos = 1'000'000'000;

constexpr int64_t kWatchFilesNanos = 1'000'000'000;
constexpr int64_t kGuardMemoryNanos = 200'000'000;

// The signals that the daemon handles; blocked in all threads, taken by
// sigwait.
sigset_t Signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);  // reads the files again
  return set;
}

// Raises the limit of open files to the most that is allowed: once gRPC 1.51
// has run out of descriptors, it never accepts a connection again.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// The least memory for the buffers of messages and connections; a quarter of
// the memory limit if that is more.
constexpr int64_t kMinBufferBytes = int64_t{512} << 20;

// What requests on their way may take when the process is at its limit: a
// sixteenth of the memory limit, within these bounds. What that is above the
// least is taken from what sessions may use.
constexpr int64_t kMinTransitBytes = 20'000'000;  // one request, the longest
constexpr int64_t kMaxTransitBytes = 256'000'000;
// How far the process is below its options when what is on its way begins to be
// bounded: a burst may add tens of megabytes before a connection has ended.
constexpr int64_t kMarginBytes = 24'000'000;

// The number of threads that an option gives; 0 means one per processor.
int ThreadsOf(int option) {
  if (option > 0) return option;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int64_t MemoryLimit(const ServerOptions& options) {
  return options.memory_limit_mb > 0 ? options.memory_limit_mb * 1'000'000
                                     : ProcessMemory().LimitBytes() / 5 * 4;
}

int64_t TransitBytes(const ServerOptions& options) {
  return std::clamp(MemoryLimit(options) / 16, kMinTransitBytes,
                    kMaxTransitBytes);
}

SessionLimits LimitsOf(const ServerOptions& options) {
  SessionLimits limits;
  limits.max_sessions = options.max_sessions;
  limits.max_session_threads = ThreadsOf(options.max_session_threads);
  limits.memory_bytes =
      MemoryLimit(options) - (TransitBytes(options) - kMinTransitBytes);
  limits.guarded_bytes = ProcessMemory().LimitBytes();
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
        registry_(LimitsOf(options), &clock_, &scheduler_, &statistics_,
                  [](const std::string& session, const std::string& what) {
                    Log(LogLevel::kError, "a session failed",
                        {{"session", session}, {"reason", what}});
                  }),
        access_(options.token_file, options.quota_file, registry_.tenants()),
        reaper_(
            &clock_, kReaperPeriodNanos, [this] { registry_.DeleteExpired(); },
            LogThrownBy("the reaper")) {}

  ~Daemon() {
    self_probe_.reset();
    rpc_.reset();
    http_.reset();
    // Sessions call the registry, so they must stop before it is destroyed.
    scheduler_.Stop();
  }

  absl::Status Start() {
    if (absl::Status status = access_.Load(); !status.ok()) return status;
    auto rpc = StartRpc();
    if (!rpc.ok()) return rpc.status();
    rpc_ = *std::move(rpc);
    StartHousekeeping();
    if (options_.metrics_listen.empty()) return absl::OkStatus();
    metrics_ = std::make_unique<ServerMetrics>(version_, workers_, &registry_,
                                               &statistics_, &calls_, &clock_);
    auto http = HttpServer::Start(
        options_.metrics_listen,
        {{"/metrics",
          {.answer =
               [this] {
                 return HttpResponse{
                     .content_type = ServerMetrics::ContentType(),
                     .body = metrics_->Text()};
               },
           .takes_time = true}},
         {"/healthz", {.answer = [this] {
            return registry_.draining()
                       ? HttpResponse{.status = 503, .body = "draining\n"}
                       : HttpResponse{.body = "ok\n"};
          }}}});
    if (!http.ok()) return http.status();
    http_ = *std::move(http);
    return absl::OkStatus();
  }

  // Prints "spiked 0.1.0 ready: grpc=127.0.0.1:50051 metrics=http://...", for
  // people, and for programs that passed port 0 and need the one in use.
  void AnnounceReady() const {
    std::cout << "spiked " << version_ << " ready: grpc=" << RpcAddress();
    if (http_ != nullptr) {
      std::cout << " metrics=http://" << http_->address() << "/metrics";
    }
    std::cout << '\n' << std::flush;
    Log(LogLevel::kInfo, "ready",
        {{"version", version_},
         {"grpc", RpcAddress()},
         {"metrics", http_ == nullptr ? "none" : http_->address()},
         {"tls", Tls().enabled() ? "yes" : "no"},
         {"tokens", access_.tokens() == nullptr ? "no" : "yes"},
         {"workers", workers_},
         {"memory_limit_mb", registry_.limits().memory_bytes / 1'000'000}});
  }

  // Reads the files of tokens and quotas again.
  void Reload() { access_.Reload(); }

  // Stops serving in three phases. First health checks fail and new sessions
  // are refused; after the drain delay streams end with their last message and
  // sessions pause; then open calls have the grace period to end.
  void Drain() {
    rpc_->RefuseNewSessions();
    std::this_thread::sleep_for(Milliseconds(options_.drain_delay_s));
    rpc_->SetDraining();
    registry_.PauseAll();
    // The server answers no more probes from here on.
    self_probe_.reset();
    rpc_->Shutdown(Milliseconds(options_.grace_period_s));
  }

  // The longest time that Drain may take.
  std::chrono::milliseconds DrainLimit() const {
    return Milliseconds(options_.drain_delay_s + options_.grace_period_s +
                        2 * options_.self_probe_period_s) +
           kWatchdogMargin;
  }

 private:
  static std::chrono::milliseconds Milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  }

  TlsFiles Tls() const {
    return {.certificate = options_.tls_cert,
            .key = options_.tls_key,
            .client_ca = options_.tls_client_ca};
  }

  absl::StatusOr<std::unique_ptr<RpcServer>> StartRpc() {
    const std::vector<std::string>& listen = options_.listen;
    return RpcServer::Start(
        {.listen_address = listen.front(),
         .more_addresses = {listen.begin() + 1, listen.end()},
         .tls = Tls(),
         .socket_mode = std::stoi(options_.socket_mode, nullptr, 8),
         .buffer_bytes =
             std::max(kMinBufferBytes, ProcessMemory().LimitBytes() / 4),
         .process_bytes =
             MemoryLimit(options_) +
             static_cast<int64_t>(registry_.limits().history_total_bytes) -
             kMarginBytes,
         .transit_bytes = TransitBytes(options_)},
        {.version = version_, .boot_id = RandomId(), .worker_count = workers_},
        {.registry = &registry_,
         .builder = &builder_,
         .editor = &editor_,
         .statistics = &statistics_,
         .call_statistics = &calls_,
         .clock = &clock_,
         .tokens = access_.tokens(),
         // Sends this process SIGTERM, for which RunDaemon waits.
         .drain = [] { kill(getpid(), SIGTERM); }});
  }

  void StartHousekeeping() {
    if (access_.has_files()) {
      watch_files_ = std::make_unique<Periodic>(
          &clock_, kWatchFilesNanos, [this] { access_.ReloadIfChanged(); },
          LogThrownBy("reading the files of tokens and quotas"));
    }
    guard_memory_ = std::make_unique<Periodic>(
        &clock_, kGuardMemoryNanos, [this] { GuardMemory(); },
        LogThrownBy("the guard of memory"));
    if (options_.self_probe_period_s <= 0) return;
    self_probe_ = std::make_unique<SelfProbe>(
        SelfProbe::Options{
            .addresses = rpc_->addresses(),
            .tls = Tls(),
            .period = Milliseconds(options_.self_probe_period_s)},
        &statistics_,
        [this] { return calls_.EventCount() + statistics_.MessageCount(); },
        [](const std::string& why) {
          Log(LogLevel::kError, "a listener is dead: giving up",
              {{"reason", why}});
          FlushLogAndExit(kListenerDeadExitCode);
        });
  }

  // Stops growth when memory is tight, and gives back what is free.
  void GuardMemory() {
    MemoryLedger* const ledger = registry_.ledger().get();
    const int64_t used = memory_.UsedBytes();
    ledger->guard()->Update(used);
    if (!free_memory_.IsDue(clock_.NowNanos(), used,
                            ledger->reserved_bytes())) {
      return;
    }
    GiveBackFreeMemory();
    const int64_t after = memory_.UsedBytes();
    ledger->guard()->Update(after);
    free_memory_.Done(clock_.NowNanos(), used, after, ledger->reserved_bytes());
  }

  std::string RpcAddress() const {
    return absl::StrJoin(rpc_->addresses(), ",");
  }

  const ServerOptions options_;
  const std::string version_;
  const int workers_;
  SteadyClock clock_;
  Statistics statistics_;
  CallStatistics calls_;
  Scheduler scheduler_;
  SessionRegistry registry_;
  SessionBuilder builder_{&registry_};
  SessionEditor editor_{&registry_, &builder_};
  AccessFiles access_;
  const ProcessMemory memory_;
  FreeMemorySchedule free_memory_;  // used by guard_memory_
  Periodic reaper_;
  std::unique_ptr<ServerMetrics> metrics_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<RpcServer> rpc_;
  std::unique_ptr<Periodic> watch_files_;
  std::unique_ptr<Periodic> guard_memory_;
  std::unique_ptr<SelfProbe> self_probe_;
};

}  // namespace

int RunDaemon(const ServerOptions& options, const std::string& version) {
  KeepLittleFreeMemory();
  // Before any thread begins, that of the log included: all inherit the mask.
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  SetLogLevel(options.log_level);
  signal(SIGPIPE, SIG_IGN);
  RaiseFileLimit();

  Daemon daemon(options, version);
  if (const absl::Status status = daemon.Start(); !status.ok()) {
    Log(LogLevel::kError, std::string(status.message()));
    FlushLog();
    return 1;
  }
  daemon.AnnounceReady();

  int signal = 0;
  while (sigwait(&signals, &signal) != 0 || signal == SIGHUP) daemon.Reload();
  Log(LogLevel::kInfo, "draining", {{"signal", strsignal(signal)}});
  DrainOrExit([&] { daemon.Drain(); }, daemon.DrainLimit(), signals);
  Log(LogLevel::kInfo, "stopped");
  // The daemon is drained; destructors would only wait for networks that are
  // still being built.
  std::cout.flush();
  FlushLogAndExit(0);
}

}  // namespace spiked
