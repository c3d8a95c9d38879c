// SPDX-License-Identifier: Apache-2.0

#include "server/options.h"

#include <arpa/inet.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"

namespace spiked {
namespace {

constexpr char kUnixPrefix[] = "unix:";

bool IsUnix(const std::string& address) {
  return address.rfind(kUnixPrefix, 0) == 0;
}

std::string CheckHostPort(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return "'" + address + "' is not host:port";
  }
  const std::string port = address.substr(colon + 1);
  const bool is_number =
      !port.empty() && port.size() <= 5 &&
      port.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || std::stoi(port) > 65535) {
    return address + ": the port is not in [0, 65535]";
  }
  return "";
}

// host:port or unix:/path.
std::string CheckGrpcAddress(const std::string& address) {
  if (!IsUnix(address)) return CheckHostPort(address);
  const bool has_path = address.size() >= sizeof(kUnixPrefix) &&
                        address[sizeof(kUnixPrefix) - 1] == '/';
  return has_path ? "" : address + " is not unix:/path";
}

// host:port or nothing.
std::string CheckHttpAddress(const std::string& address) {
  if (address.empty()) return "";
  if (IsUnix(address)) return address + " is not host:port";
  return CheckHostPort(address);
}

bool IsLoopback(const std::string& address) {
  if (address.empty() || IsUnix(address)) return true;
  const std::string host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  // A name such as 127.example.org is not an address.
  in_addr parsed{};
  if (inet_pton(AF_INET, host.c_str(), &parsed) != 1) return false;
  return ntohl(parsed.s_addr) >> 24 == 127;
}

std::string CheckExposure(const ServerOptions& options) {
  for (const std::string& address : {options.listen, options.metrics_listen}) {
    if (options.allow_insecure || IsLoopback(address)) continue;
    return address +
           " can be reached from other machines, and the connection is neither "
           "encrypted nor authenticated; listen on 127.0.0.1, or pass "
           "--allow-insecure if the network is private";
  }
  return "";
}

// The environment variable of an option: SPIKED_LOG_LEVEL for log-level.
std::string EnvironmentName(const std::string& option) {
  std::string name = "SPIKED_" + option;
  for (char& c : name) c = c == '-' ? '_' : absl::ascii_toupper(c);
  return name;
}

// The library reads the environment after the file, and only for options that
// the file leaves out. Here the environment wins: the file leaves them out.
class ConfigBelowEnvironment : public CLI::ConfigTOML {
 public:
  std::vector<CLI::ConfigItem> from_config(std::istream& text) const override {
    std::vector<CLI::ConfigItem> items = CLI::ConfigTOML::from_config(text);
    std::erase_if(items, [](const CLI::ConfigItem& item) {
      const char* value = std::getenv(EnvironmentName(item.name).c_str());
      return item.parents.empty() && value != nullptr && *value != '\0';
    });
    return items;
  }
};

void AddServerOptions(CLI::App& app, ServerOptions& options) {
  app.add_option("--listen", options.listen,
                 "Address of the gRPC API: host:port (port 0 takes a free one) "
                 "or unix:/path")
      ->envname("SPIKED_LISTEN")
      ->check(CheckGrpcAddress, "ADDRESS");
  app.add_option("--metrics-listen", options.metrics_listen,
                 "Address of /metrics and /healthz over HTTP; \"\" for none")
      ->envname("SPIKED_METRICS_LISTEN")
      ->check(CheckHttpAddress, "ADDRESS");
  app.add_flag("--allow-insecure", options.allow_insecure,
               "Allow addresses that other machines can reach, though "
               "connections are neither encrypted nor authenticated")
      ->envname("SPIKED_ALLOW_INSECURE");
  app.add_option("--workers", options.workers,
                 "Threads that step sessions; 0: one per processor")
      ->envname("SPIKED_WORKERS")
      ->check(CLI::Range(0, 1024));
  app.add_option("--max-session-threads", options.max_session_threads,
                 "Threads that may step one session; 0: one per processor")
      ->envname("SPIKED_MAX_SESSION_THREADS")
      ->check(CLI::Range(0, 1024));
  app.add_option("--max-sessions", options.max_sessions,
                 "Sessions that may exist at a time")
      ->envname("SPIKED_MAX_SESSIONS")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--memory-limit-mb", options.memory_limit_mb,
                 "Memory that the networks of all sessions may use, in MB; 0: "
                 "80 % of the machine's or container's")
      ->envname("SPIKED_MEMORY_LIMIT_MB")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  app.add_option("--history-mb", options.history_mb,
                 "Spikes that each session keeps for late readers, in MB")
      ->envname("SPIKED_HISTORY_MB")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20));
  app.add_option("--history-total-mb", options.history_total_mb,
                 "Spikes that all sessions keep together, in MB; 0: a quarter "
                 "of the memory limit")
      ->envname("SPIKED_HISTORY_TOTAL_MB")
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  app.add_option("--grace-period-s", options.grace_period_s,
                 "Seconds that open calls have to end after SIGTERM")
      ->envname("SPIKED_GRACE_PERIOD_S")
      ->check(CLI::Range(0.0, 3600.0));
  std::map<std::string, LogLevel> levels;
  for (size_t i = 0; i < LogLevelNames().size(); ++i) {
    levels[LogLevelNames()[i]] = static_cast<LogLevel>(i);
  }
  app.add_option("--log-level", options.log_level,
                 "Least severe lines that are logged: debug, info, warning or "
                 "error")
      ->envname("SPIKED_LOG_LEVEL")
      ->transform(
          CLI::CheckedTransformer(levels, CLI::ignore_case).description(""))
      ->default_str("info");
}

}  // namespace

CommandLine ParseCommandLine(int argc, char** argv,
                             const std::string& version) {
  ServerOptions server;
  ProbeOptions probe;
  CLI::App app(
      "spiked simulates spiking neural networks as a server.\n"
      "Options are also read from the environment (named at each) and from a\n"
      "configuration file of lines such as `listen = \"127.0.0.1:50051\"`; "
      "the\n"
      "command line wins over the environment, and that over the file.");
  app.name("spiked");
  app.option_defaults()->always_capture_default();
  app.set_version_flag("--version", "spiked " + version);
  // The library looks for the file before it reads the environment.
  const char* config = std::getenv("SPIKED_CONFIG");
  const bool has_config = config != nullptr && *config != '\0';
  app.set_config("--config", has_config ? config : "", "Configuration file",
                 /*config_required=*/has_config)
      ->envname("SPIKED_CONFIG");
  app.config_formatter(std::make_shared<ConfigBelowEnvironment>());
  app.allow_config_extras(CLI::config_extras_mode::error);
  AddServerOptions(app, server);

  CLI::App* probe_command = app.add_subcommand(
      "probe", "Ask a daemon whether it serves; exits 0 if it does");
  probe_command->configurable(false);
  probe_command->add_option("--address", probe.address, "Its gRPC address")
      ->check(CheckGrpcAddress, "ADDRESS");
  probe_command->add_option("--timeout-s", probe.timeout_s, "Seconds to wait")
      ->check(CLI::Range(0.01, 600.0));

  // The library throws at wrong flags; nothing of ours does.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Usage errors exit with 2, as is usual.
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (probe_command->parsed()) return probe;
  if (const std::string problem = CheckExposure(server); !problem.empty()) {
    std::cerr << problem << "\n";
    return 2;
  }
  return server;
}

}  // namespace spiked
