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
#include "server/option_mistakes.h"
#include "server/security/token_file.h"

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

// Checks "host:port" or "unix:/path"; returns the mistake, or "".
std::string CheckGrpcAddress(const std::string& address) {
  if (!IsUnix(address)) return CheckHostPort(address);
  const bool has_path = address.size() >= sizeof(kUnixPrefix) &&
                        address[sizeof(kUnixPrefix) - 1] == '/';
  return has_path ? "" : address + " is not unix:/path";
}

// Checks "host:port" or an empty address; returns the mistake, or "".
std::string CheckHttpAddress(const std::string& address) {
  if (address.empty()) return "";
  if (IsUnix(address)) return address + " is not host:port";
  return CheckHostPort(address);
}

bool IsLoopback(const std::string& address) {
  if (address.empty() || IsUnix(address)) return true;
  const std::string host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  // Only an IPv4 address counts: a name such as 127.example.org is none.
  in_addr parsed{};
  if (inet_pton(AF_INET, host.c_str(), &parsed) != 1) return false;
  return ntohl(parsed.s_addr) >> 24 == 127;
}

std::string CheckExposure(const ServerOptions& options) {
  if (options.allow_insecure) return "";
  for (const std::string& address : options.listen) {
    if (!options.tls_cert.empty() || IsLoopback(address)) continue;
    return address +
           " can be reached from other machines, and the connection is not "
           "encrypted: " +
           (options.token_file.empty() ? "anybody there could use the server"
                                       : "tokens could be read") +
           "; listen on 127.0.0.1, pass --tls-cert and --tls-key, or pass "
           "--allow-insecure if the network is private";
  }
  if (IsLoopback(options.metrics_listen)) return "";
  return options.metrics_listen +
         " can be reached from other machines, and metrics are neither "
         "encrypted nor authenticated; listen on 127.0.0.1, or pass "
         "--allow-insecure if the network is private";
}

std::string CheckTls(const ServerOptions& options) {
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    return "--tls-cert and --tls-key need each other";
  }
  if (!options.tls_client_ca.empty() && options.tls_cert.empty()) {
    return "--tls-client-ca needs --tls-cert and --tls-key";
  }
  return "";
}

std::string CheckMode(const std::string& mode) {
  const bool octal = !mode.empty() && mode.size() <= 4 &&
                     mode.find_first_not_of("01234567") == std::string::npos;
  return octal && std::stoi(mode, nullptr, 8) <= 0777
             ? ""
             : mode + " is no octal number in [0, 0777]";
}

std::string CheckTenant(const std::string& tenant) {
  return IsTenantName(tenant)
             ? ""
             : "\"" + tenant +
                   "\" is not a lower-case letter, then up to 62 lower-case "
                   "letters, digits or '-', not ending in '-'";
}

// The environment variable of an option: SPIKED_LOG_LEVEL for log-level.
std::string EnvironmentName(const std::string& option) {
  std::string name = "SPIKED_" + option;
  for (char& c : name) c = c == '-' ? '_' : absl::ascii_toupper(c);
  return name;
}

// Makes the environment win over the configuration file. CLI11 reads the
// environment only for options that the file leaves out, so options that the
// environment has are removed from the file's.
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
                 "or unix:/path; may be given more than once, or with commas")
      ->envname("SPIKED_LISTEN")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CheckGrpcAddress, "ADDRESS");
  app.add_option("--socket-mode", options.socket_mode,
                 "Permissions of Unix sockets, octal")
      ->envname("SPIKED_SOCKET_MODE")
      ->check(CheckMode, "MODE");
  app.add_option("--metrics-listen", options.metrics_listen,
                 "Address of /metrics and /healthz over HTTP; \"\" for none")
      ->envname("SPIKED_METRICS_LISTEN")
      ->check(CheckHttpAddress, "ADDRESS");
  app.add_flag("--allow-insecure", options.allow_insecure,
               "Allow addresses that other machines can reach though "
               "connections are not encrypted, and metrics there")
      ->envname("SPIKED_ALLOW_INSECURE");
  // Security: TLS, tokens and quotas.
  app.add_option("--tls-cert", options.tls_cert,
                 "Certificate of the server with its chain, in PEM: all "
                 "addresses but Unix sockets use TLS. Read again when it "
                 "changes, as are the next two")
      ->envname("SPIKED_TLS_CERT");
  app.add_option("--tls-key", options.tls_key, "Its private key, in PEM")
      ->envname("SPIKED_TLS_KEY");
  app.add_option("--tls-client-ca", options.tls_client_ca,
                 "Authorities, in PEM, one of which must have signed a "
                 "client's certificate; without it clients need none")
      ->envname("SPIKED_TLS_CLIENT_CA");
  app.add_option("--token-file", options.token_file,
                 "Who may call: lines of `spiked token`. Read again when it "
                 "changes and at SIGHUP. Without it everybody may")
      ->envname("SPIKED_TOKEN_FILE");
  app.add_option("--quota-file", options.quota_file,
                 "What tenants may use: lines such as `acme sessions=10 "
                 "memory_bytes=1e9`, or `*` for all others. Read again as "
                 "--token-file")
      ->envname("SPIKED_QUOTA_FILE");
  // Limits of threads, sessions and memory.
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
                 "Memory for sessions, requests and answers, in MB; 0: 80 % of "
                 "the machine's or container's")
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
  // Shutdown, self-probe and log.
  app.add_option("--drain-delay-s", options.drain_delay_s,
                 "Seconds after SIGTERM in which streams go on while health "
                 "checks fail already, so that balancers notice")
      ->envname("SPIKED_DRAIN_DELAY_S")
      ->check(CLI::Range(0.0, 600.0));
  app.add_option("--self-probe-period-s", options.self_probe_period_s,
                 "Seconds between looks whether the server's own addresses "
                 "answer; it exits with 70 when one is dead. 0: never")
      ->envname("SPIKED_SELF_PROBE_PERIOD_S")
      ->check(CLI::Range(0.0, 3600.0));
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
  // The daemon's options, from flags, environment and configuration file.
  ServerOptions server;
  ProbeOptions probe;
  TokenOptions token;
  CLI::App app(
      "spiked simulates spiking neural networks as a server.\n"
      "Options are also read from the environment (named at each) and from a\n"
      "configuration file of lines such as `listen = \"127.0.0.1:50051\"`; "
      "the\n"
      "command line wins over the environment, and that over the file.");
  app.name("spiked");
  app.option_defaults()->always_capture_default();
  app.set_version_flag("--version", "spiked " + version);
  // CLI11 looks for the file before it reads the environment.
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
  // `spiked probe` and its options.
  probe_command->configurable(false);
  probe_command->add_option("--address", probe.address, "Its gRPC address")
      ->envname("SPIKED_PROBE_ADDRESS")
      ->check(CheckGrpcAddress, "ADDRESS");
  probe_command->add_flag("--tls", probe.tls,
                          "Use TLS, with the system's authorities");
  probe_command->add_option(
      "--ca-file", probe.ca_file,
      "Use TLS, with the authorities of this file, in PEM");
  auto* cert = probe_command->add_option("--cert-file", probe.cert_file,
                                         "Show this certificate, in PEM");
  auto* key = probe_command->add_option("--key-file", probe.key_file,
                                        "Its private key, in PEM");
  cert->needs(key);
  key->needs(cert);
  probe_command->add_option("--server-name", probe.server_name,
                            "Name in the server's certificate, if it is not "
                            "that of the address");
  probe_command->add_option("--timeout-s", probe.timeout_s, "Seconds to wait")
      ->check(CLI::Range(0.01, 600.0));

  CLI::App* token_command = app.add_subcommand(
      "token",
      "Make a random token for a tenant, and the line for the token "
      "file; the token is shown once");
  // `spiked token` and its options.
  token_command->configurable(false);
  token_command->add_option("--tenant", token.tenant, "Whose token it is")
      ->required()
      ->check(CheckTenant, "TENANT");
  token_command
      ->add_option("--role", token.role,
                   "user, or admin, who may act for all tenants")
      ->check(CLI::IsMember({"user", "admin"}));
  token_command->add_option(
      "--file", token.file,
      "Token file to append the line to, instead of showing it");

  const std::vector<std::string> arguments(argv + 1, argv + argc);
  app.failure_message([&](const CLI::App*, const CLI::Error& error) {
    return MistakeText(app, arguments, error) +
           "\nRun with --help for more information.\n";
  });
  // CLI11 throws at wrong flags; the project's own code doesn't throw.
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Usage errors exit with 2 by convention.
    return app.exit(error) == 0 ? 0 : 2;
  }
  // Return the options of the command; those of the daemon must fit together.
  if (probe_command->parsed()) return probe;
  if (token_command->parsed()) return token;
  for (const std::string& problem : {CheckTls(server), CheckExposure(server)}) {
    if (problem.empty()) continue;
    std::cerr << problem << "\n";
    return 2;
  }
  // These are told and not refused, as other programs may read them.
  for (const std::string& unknown : UnknownVariables(app)) {
    Log(LogLevel::kWarning, unknown);
  }
  return server;
}

}  // namespace spiked
