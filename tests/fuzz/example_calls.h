// SPDX-License-Identifier: Apache-2.0
//
// Valid requests for a session "demo" of ExampleNetwork.

#ifndef SPIKED_TESTS_FUZZ_EXAMPLE_CALLS_H_
#define SPIKED_TESTS_FUZZ_EXAMPLE_CALLS_H_

#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "spiked/v1/change.pb.h"
#include "spiked/v1/stimulus.pb.h"

namespace spiked::fuzz {

// Serializes a message to the same bytes on every machine.
std::string Serialize(const google::protobuf::Message& message);

// Stimuli of every kind.
std::vector<v1::Stimulus> ExampleStimuli();

// Changes of every kind.
std::vector<v1::Change> ExampleChanges();

// The messages of an upload of three synapses.
std::vector<std::string> ExampleUpload(bool weights, bool delays);

struct ExampleCall {
  std::string method;  // "CreateSession"
  std::string what;    // what is special, as a part of a file's name
  std::vector<std::string> messages;
};
// At least one call of each method whose request has numbers.
std::vector<ExampleCall> ExampleCalls();

}  // namespace spiked::fuzz

#endif  // SPIKED_TESTS_FUZZ_EXAMPLE_CALLS_H_
