// SPDX-License-Identifier: Apache-2.0
//
// The numbers of a request, found by reflection, and their extreme values.

#ifndef SPIKED_TESTS_FUZZ_EXTREMES_H_
#define SPIKED_TESTS_FUZZ_EXTREMES_H_

#include <utility>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace spiked::fuzz {

// A field with a number: the fields that lead to it, with the index of an
// element where a field is repeated, else -1.
struct NumberField {
  std::vector<std::pair<const google::protobuf::FieldDescriptor*, int>> path;
  const google::protobuf::FieldDescriptor* field;
};

// All numbers that the request can have, also where it has no message yet; a
// message that contains itself is entered once.
std::vector<NumberField> NumbersOf(const google::protobuf::Message& request);

// How many extreme values a field has.
int CountExtremes(const google::protobuf::FieldDescriptor& field);

// A prime number of values for pairs.
inline constexpr int kFewExtremes = 5;

// Rows with an index of a value for each of some fields: every two fields have
// every pair of the first values in some row.
std::vector<std::vector<int>> PairsOfExtremes(int field_count);

// Sets a number of the request to its i-th extreme value, a repeated one to
// this value alone.
void SetExtreme(const NumberField& number, int i,
                google::protobuf::Message* request);

}  // namespace spiked::fuzz

#endif  // SPIKED_TESTS_FUZZ_EXTREMES_H_
