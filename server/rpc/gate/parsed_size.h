// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_PARSED_SIZE_H_
#define SPIKED_SERVER_RPC_GATE_PARSED_SIZE_H_

#include <cstdint>
#include <map>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/zero_copy_stream.h"

namespace spiked {

// How much memory the messages of a type take once they are parsed: two bytes
// on the wire, an element of a repeated field that says nothing, become
// hundreds. Immutable, and therefore thread-safe.
class ParsedSize {
 public:
  // Of a type of which there is generated code.
  explicit ParsedSize(const google::protobuf::Descriptor& type);

  // What it takes to parse these bytes, at most; no less than what
  // Message::SpaceUsedLong says afterwards, with what the allocator adds. Where
  // they are no such message, as far as parsing would come, but for the few
  // bytes beyond the end that it may take for more. Takes a time in proportion
  // to the bytes, and no memory in proportion to anything.
  int64_t Of(google::protobuf::io::ZeroCopyInputStream* bytes) const;

 private:
  class Scan;
  struct Type;

  // What becomes of a field that comes in the wire type it has by the type.
  struct Field {
    enum class Kind {
      kUnknown,  // is kept as such
      kScalar,   // has its place in the message
      kRepeatedScalar,
      kText,  // string, bytes
      kMessage,
    };
    Kind kind = Kind::kUnknown;
    int wire_type = 0;  // of one element
    int64_t bytes = 0;  // of an element that says nothing
    const Type* type = nullptr;
  };
  struct Type {
    int64_t bytes = 0;          // of a message of which nothing is set
    std::vector<Field> fields;  // by number
  };

  const Type* Add(const google::protobuf::Descriptor& type);
  Field FieldOf(const google::protobuf::FieldDescriptor& field);

  std::map<const google::protobuf::Descriptor*, Type> types_;
  const Type* root_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_PARSED_SIZE_H_
