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

// A ChangeNetworkRequest for the same session: converted, checked, and made at
// once or two steps later. What is refused changes nothing.
void FuzzChange(absl::string_view bytes);

// The messages of UploadSynapses, and after their commit a network that uses
// them. Memory is taken before it is used; without commit nothing is kept.
void FuzzUpload(absl::string_view bytes);

// A ListSessionsRequest and a StreamSpikesRequest: page tokens are good for
// their own filter only, and the neurons are those that were asked for.
void FuzzRequests(absl::string_view bytes);

// The metadata `authorization`, and after a line break `spiked-tenant`. Only
// who shows a token is served, and only its tenant.
void FuzzAccess(absl::string_view bytes);

// Two bytes that choose a method (methods.h), then the bytes of its request,
// sent as they are to a server in this process. It must answer, and go on
// serving.
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
