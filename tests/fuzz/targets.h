// SPDX-License-Identifier: Apache-2.0
//
// The targets of libFuzzer: functions of bytes from clients. A test replays the
// corpus of each. For any bytes, none may crash, hang or make a sanitizer
// report an error; further conditions are checked with FUZZ_CHECK.

#ifndef SPIKED_TESTS_FUZZ_TARGETS_H_
#define SPIKED_TESTS_FUZZ_TARGETS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace spiked::fuzz {

// A CreateSessionRequest, which is converted, checked and estimated; if it is
// valid and small, it is built, stepped and hashed.
void FuzzNetwork(absl::string_view bytes);

// An InjectStimulusRequest for ExampleNetwork, which is converted, checked,
// compiled and run.
void FuzzStimulus(absl::string_view bytes);

// The name of a session, a page token or a page size.
void FuzzNames(absl::string_view bytes);

// Spikes made of the bytes, which are encoded as by the server and decoded as
// by clients.
void FuzzSpikes(absl::string_view bytes);

// A ChangeNetworkRequest for ExampleNetwork, which is converted, checked, and
// made at once or two steps later. Refused changes have no effect.
void FuzzChange(absl::string_view bytes);

// The messages of UploadSynapses, and after a commit a network that uses them.
// Memory is reserved before it is used; without a commit nothing is kept.
void FuzzUpload(absl::string_view bytes);

// A ListSessionsRequest and a StreamSpikesRequest: page tokens are valid for
// their own filter only, and a filter passes only the neurons asked for.
void FuzzRequests(absl::string_view bytes);

// The metadata `authorization`, and after a line break `spiked-tenant`. A call
// is served only with a token, and only for the tenant of the token.
void FuzzAccess(absl::string_view bytes);

// Two bytes that choose a method (methods.h), then the bytes of its request,
// sent as they are to a server in this process. The server must answer, and
// serve the next call.
void FuzzCalls(absl::string_view bytes);

// Calls of one client, one after the other, to a session that has run: each two
// bytes that choose the method, two with the length of the rest, then the bytes
// as for FuzzCalls. After each the server must serve, another tenant's stream
// goes on, and no stream of the call stays open.
void FuzzTalks(absl::string_view bytes);

struct Target {
  const char* name;  // its folder in corpus/
  void (*run)(absl::string_view bytes);
};
const std::vector<Target>& Targets();

// Aborts the process, which a fuzzer counts as a crash.
[[noreturn]] void Fail(const char* file, int line, const char* condition);

}  // namespace spiked::fuzz

#define FUZZ_CHECK(condition) \
  ((condition) ? (void)0 : ::spiked::fuzz::Fail(__FILE__, __LINE__, #condition))

#endif  // SPIKED_TESTS_FUZZ_TARGETS_H_
