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

// All of them, in the order of their paths.
const std::vector<Method>& Methods();

// Two bytes that say which method a call is of, made of its path alone, so that
// inputs mean the same when the contract has grown. No two methods share them.
std::string MethodKey(const Method& method);

// The method of a key; if it is nobody's, any one.
const Method& MethodOf(absl::string_view key);

// Bytes as messages of a client stream, and back: two bytes before each are its
// length, little-endian. What is too long is cut off at the end.
std::vector<absl::string_view> SplitMessages(absl::string_view bytes);
std::string JoinMessages(const std::vector<std::string>& messages);

}  // namespace spiked::fuzz

#endif  // SPIKED_TESTS_FUZZ_METHODS_H_
