// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_GATE_PARSED_SIZE_H_
#define SPIKED_SERVER_RPC_GATE_PARSED_SIZE_H_

#include <cstdint>
#include <map>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/zero_copy_stream.h"

namespace spiked {

// Estimates the memory of messages of one type once they are parsed. The ratio
// to the bytes on the wire can be large: an empty element of a repeated field
// has two bytes on the wire, and hundreds when parsed. Immutable, and therefore
// thread-safe.
class ParsedSize {
 public:
  // Requires: `type` has generated code.
  explicit ParsedSize(const google::protobuf::Descriptor& type);

  // Returns an upper bound of the memory for parsing these bytes, in bytes: at
  // least Message::SpaceUsedLong of the parsed message, with the allocator's
  // overhead. For malformed bytes it covers what parsing allocates until it
  // fails, except for the few bytes beyond the end that the parser may read.
  // Takes time in proportion to the length of the bytes, and a constant amount
  // of memory.
  int64_t Of(google::protobuf::io::ZeroCopyInputStream* bytes) const;

 private:
  class Scan;
  struct Type;

  // The kind and memory of a field that arrives in its declared wire type.
  struct Field {
    enum class Kind {
      kUnknown,  // no such field: kept as unknown
      kScalar,   // stored in the message itself
      kRepeatedScalar,
      kText,  // string, bytes
      kMessage,
    };
    Kind kind = Kind::kUnknown;
    int wire_type = 0;  // of one element
    int64_t bytes = 0;  // of an empty element
    const Type* type = nullptr;
  };
  struct Type {
    int64_t bytes = 0;          // of an empty message
    std::vector<Field> fields;  // by number
  };

  const Type* Add(const google::protobuf::Descriptor& type);
  Field FieldOf(const google::protobuf::FieldDescriptor& field);

  std::map<const google::protobuf::Descriptor*, Type> types_;
  const Type* root_;
};

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_GATE_PARSED_SIZE_H_
