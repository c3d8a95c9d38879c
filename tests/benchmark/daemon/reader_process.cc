// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/reader_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <iostream>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "spiked/v1/recording.grpc.pb.h"
#include "tests/benchmark/daemon/daemon_client.h"

extern char** environ;  // NOLINT: the name is from POSIX

namespace spiked::benchmark {

absl::StatusOr<std::unique_ptr<ReaderProcess>> ReaderProcess::Start(
    const std::string& address, const std::string& session,
    const std::string& token) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::UnavailableError(std::strerror(errno));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string words[] = {"spiked_benchmark", kOption, address, session, token};
  char* const arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                             words[3].data(), words[4].data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr,
                                arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  char ready = 0;
  const bool is_ready = error == 0 && read(ends[0], &ready, 1) == 1;
  close(ends[0]);
  if (error != 0) return absl::UnavailableError(std::strerror(error));
  auto reader = absl::WrapUnique(new ReaderProcess(pid));
  if (!is_ready) return absl::UnavailableError("a reader did not start");
  return reader;
}

ReaderProcess::~ReaderProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ReaderProcess::Suspend() { kill(pid_, SIGSTOP); }

int ReaderProcess::Main(const std::string& address, const std::string& session,
                        const std::string& token) {
  const auto stub = v1::RecordingService::NewStub(Connect(address, token));
  grpc::ClientContext context;
  v1::StreamSpikesRequest request;
  request.set_session(session);
  const auto reader = stub->StreamSpikes(&context, request);
  v1::SpikeBatch batch;
  if (!reader->Read(&batch)) return 1;
  std::cout << '.' << std::flush;
  // The other end of the pipe is closed now, so nothing more is written.
  while (reader->Read(&batch)) {
  }
  return 0;
}

}  // namespace spiked::benchmark
