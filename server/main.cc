// SPDX-License-Identifier: Apache-2.0

#include <iostream>

#include "server/daemon.h"
#include "server/options.h"
#include "server/rpc/connection/probe.h"
#include "server/token_command.h"
#include "server/version.h"

int main(int argc, char** argv) {
  const auto command = spiked::ParseCommandLine(argc, argv, spiked::kVersion);
  if (const int* exit_code = std::get_if<int>(&command)) return *exit_code;
  if (const auto* probe = std::get_if<spiked::ProbeOptions>(&command)) {
    const auto status = spiked::Probe(
        probe->address, std::chrono::duration<double>(probe->timeout_s),
        {.enabled =
             probe->tls || !probe->ca_file.empty() || !probe->cert_file.empty(),
         .ca = probe->ca_file,
         .certificate = probe->cert_file,
         .key = probe->key_file,
         .server_name = probe->server_name});
    if (status.ok()) return 0;
    std::cerr << "spiked probe: " << status.message() << "\n";
    return 1;
  }
  if (const auto* token = std::get_if<spiked::TokenOptions>(&command)) {
    return spiked::MakeTokenCommand(*token);
  }
  return spiked::RunDaemon(std::get<spiked::ServerOptions>(command),
                           spiked::kVersion);
}
