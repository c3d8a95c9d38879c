// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_OPTIONS_H_
#define SPIKED_SERVER_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/base/log.h"

namespace spiked {

// Options of the daemon, with their defaults; flags, environment and
// configuration file override them.
struct ServerOptions {
  std::vector<std::string> listen = {"127.0.0.1:50051"};
  std::string socket_mode = "0600";               // of Unix sockets, octal
  std::string metrics_listen = "127.0.0.1:9464";  // empty: no HTTP
  bool allow_insecure = false;
  std::string tls_cert;  // empty: no TLS
  std::string tls_key;
  std::string tls_client_ca;    // empty: clients need no certificates
  std::string token_file;       // empty: calls need no token
  std::string quota_file;       // empty: no quotas
  int workers = 0;              // 0: one per processor
  int max_session_threads = 0;  // 0: one per processor
  int max_sessions = 1000;
  int64_t memory_limit_mb = 0;  // 0: 80 % of the machine's or container's
  int64_t history_mb = 64;
  int64_t history_total_mb = 0;  // 0: a quarter of the memory limit
  double drain_delay_s = 0;
  double grace_period_s = 10;
  double self_probe_period_s = 2;  // 0: none
  LogLevel log_level = LogLevel::kInfo;
};

// `spiked probe`: asks a daemon whether it serves.
struct ProbeOptions {
  std::string address = "127.0.0.1:50051";
  double timeout_s = 2;
  bool tls = false;
  std::string ca_file;  // empty: the system's authorities
  std::string cert_file;
  std::string key_file;
  std::string server_name;  // empty: as in the address
};

// `spiked token`: makes a token for a tenant.
struct TokenOptions {
  std::string tenant;
  std::string role = "user";
  std::string file;  // gets the line appended; empty: it is printed
};

// The options of the command that the command line names, or the exit code with
// which to stop (0 after --help or --version; messages are already written).
using CommandLine =
    std::variant<ServerOptions, ProbeOptions, TokenOptions, int>;
CommandLine ParseCommandLine(int argc, char** argv, const std::string& version);

}  // namespace spiked

#endif  // SPIKED_SERVER_OPTIONS_H_
