// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_TESTS_FUZZ_METHODS_H_
#define SPIKED_TESTS_FUZZ_METHODS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace spiked::fuzz {

// A method of the contract.
struct Method {
  std::string path;  // "/spiked.v1.SessionService/GetSession"
  const google::protobuf::MethodDescriptor* descriptor;
  bool client_streaming;
};

// All methods of the contract, ordered by path.
const std::vector<Method>& Methods();

// The path of a method by its name, such as "GetSession"; and the method of a
// path. Both must exist.
std::string PathOf(const std::string& name);
const Method& MethodAt(const std::string& path);

// Two bytes that stand for a method, computed from its path alone, so that
// inputs keep their meaning when the contract grows. They differ between any
// two methods.
std::string MethodKey(const Method& method);

// The method of a key; some method if no method has the key.
const Method& MethodOf(absl::string_view key);

// Convert bytes to messages of a client stream and back. Two bytes before each
// message hold its length, little-endian; a length beyond the end is cut to the
// remaining bytes.
std::vector<absl::string_view> SplitMessages(absl::string_view bytes);
std::string JoinMessages(const std::vector<std::string>& messages);

}  // namespace spiked::fuzz

#endif  // SPIKED_TESTS_FUZZ_METHODS_H_
