// SPDX-License-Identifier: Apache-2.0
//
// What bytes from clients are given to: each function is a target of libFuzzer,
// and is replayed by a test over its corpus. None may crash, hang or see a
// sanitizer's complaint, whatever the bytes; what must hold beyond that is
// checked with FUZZ_CHECK.

#ifndef SPIKED_TESTS_FUZZ_TARGETS_H_
#define SPIKED_TESTS_FUZZ_TARGETS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace spiked::fuzz {

// A CreateSessionRequest: converted, checked, estimated; and if it is valid and
// small, built, stepped and hashed.
void FuzzNetwork(absl::string_view bytes);

// An InjectStimulusRequest for a session with populations, plastic projections
// and encoders: converted, checked, compiled and run.
void FuzzStimulus(absl::string_view bytes);

// Names of sessions, page tokens, page sizes.
void FuzzNames(absl::string_view bytes);

// Spikes made of the bytes, encoded as the server does and decoded as clients
// do.
void FuzzSpikes(absl::string_view bytes);

// A byte that chooses a method, then the bytes of its request, sent as they are
// to a server in this process. It must answer, and go on serving.
void FuzzCalls(absl::string_view bytes);

struct Target {
  const char* name;  // its folder in corpus/
  void (*run)(absl::string_view bytes);
};
const std::vector<Target>& Targets();

// Ends the process, which is what a fuzzer looks for.
[[noreturn]] void Fail(const char* file, int line, const char* condition);

}  // namespace spiked::fuzz

#define FUZZ_CHECK(condition) \
  ((condition) ? (void)0 : ::spiked::fuzz::Fail(__FILE__, __LINE__, #condition))

#endif  // SPIKED_TESTS_FUZZ_TARGETS_H_
