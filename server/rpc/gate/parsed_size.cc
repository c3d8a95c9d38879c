// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/gate/parsed_size.h"

#include <algorithm>
#include <limits>
#include <string>

#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/message.h"
#include "google/protobuf/unknown_field_set.h"

namespace spiked {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MessageFactory;
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

enum WireType {
  kVarint = 0,
  kFixed64 = 1,
  kDelimited = 2,
  kBeginGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

// The deepest nesting of messages that protobuf parses.
constexpr int kMaxDepth = 100;

// The memory that the allocator takes for an allocation of `bytes`.
constexpr int64_t Allocated(int64_t bytes) {
  return std::max<int64_t>(32, (bytes + 8 + 15) / 16 * 16);
}

// The factor for growing arrays, which double: the elements, as much again
// unused, and the old array while they are copied.
constexpr int64_t kGrowth = 3;
// Bytes of an array with few elements and its unused room.
constexpr int64_t kSmallArray = Allocated(8 + 4 * 8);
// Bytes that one more pointer adds to an array, or of the array with the first.
constexpr int64_t kPointer = kSmallArray;
// Bytes of the table of a map with few entries, or of one more entry's share.
constexpr int64_t kMapTable = Allocated(8 * 8);

constexpr int64_t kString = Allocated(sizeof(std::string));
// Bytes of an unknown field, and of a message's set of unknown fields.
constexpr int64_t kUnknown = kGrowth * int64_t{sizeof(UnknownField)};
constexpr int64_t kUnknownFields = Allocated(sizeof(UnknownFieldSet) + 8);

// Bytes of a text beyond its std::string.
int64_t TextBytes(int64_t size) {
  constexpr int64_t kWithin = 15;  // stored in the string itself
  // For a longer length prefix, protobuf allocates no more than this before the
  // bytes are there.
  constexpr int64_t kMax = 50'000'000;
  return size <= kWithin ? 0 : Allocated(std::min(size, kMax) + 1);
}

int WireTypeOf(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return kFixed64;
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return kFixed32;
    case FieldDescriptor::TYPE_GROUP:
      return kBeginGroup;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      return kDelimited;
    default:
      return kVarint;
  }
}

// Bytes of a number in an array.
int64_t ScalarBytes(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return 1;
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return 8;
    default:
      return 4;
  }
}

// Bytes of an empty message, without the allocator's share.
int64_t SizeOf(const Descriptor& type) {
  return static_cast<int64_t>(MessageFactory::generated_factory()
                                  ->GetPrototype(&type)
                                  ->SpaceUsedLong());
}

// Bytes of a key or value in the entry of a map.
int64_t PlaceOf(const FieldDescriptor& field) {
  if (field.message_type() != nullptr) return SizeOf(*field.message_type());
  return WireTypeOf(field) == kDelimited ? int64_t{sizeof(std::string)} : 8;
}

}  // namespace

ParsedSize::ParsedSize(const Descriptor& type) : root_(Add(type)) {}

const ParsedSize::Type* ParsedSize::Add(const Descriptor& descriptor) {
  const auto [it, is_new] = types_.try_emplace(&descriptor);
  Type& type = it->second;
  if (!is_new) return &type;
  if (descriptor.options().map_entry()) {
    type.bytes = Allocated(PlaceOf(*descriptor.map_key()) +
                           PlaceOf(*descriptor.map_value()) + 8) +
                 kMapTable;
  } else {
    type.bytes = Allocated(SizeOf(descriptor));
  }
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    const auto number = static_cast<size_t>(field.number());
    if (type.fields.size() <= number) type.fields.resize(number + 1);
    type.fields[number] = FieldOf(field);
  }
  return &type;
}

ParsedSize::Field ParsedSize::FieldOf(const FieldDescriptor& descriptor) {
  Field field;
  field.wire_type = WireTypeOf(descriptor);
  const bool is_repeated = descriptor.is_repeated();
  // A key's or value's own bytes are part of its map entry.
  const bool is_in_entry = descriptor.containing_type()->options().map_entry();
  if (descriptor.message_type() != nullptr) {
    field.kind = Field::Kind::kMessage;
    field.type = Add(*descriptor.message_type());
    field.bytes = is_in_entry ? 0 : field.type->bytes;
    if (is_repeated && !descriptor.is_map()) field.bytes += kPointer;
  } else if (field.wire_type == kDelimited) {
    field.kind = Field::Kind::kText;
    field.bytes = is_in_entry ? 0 : kString;
    if (is_repeated) field.bytes += kPointer;
  } else {
    field.kind =
        is_repeated ? Field::Kind::kRepeatedScalar : Field::Kind::kScalar;
    field.bytes = ScalarBytes(descriptor);
  }
  return field;
}

// One scan through a message, in the order of protobuf's parser: a nested
// message extends as far as its length says, even beyond the end of the message
// around it; that mistake is found when the nested message has been read.
class ParsedSize::Scan {
 public:
  explicit Scan(google::protobuf::io::ZeroCopyInputStream* bytes)
      : input_(bytes) {}

  int64_t bytes() const { return bytes_; }

  // Scans the fields up to `end`. False if parsing would fail here. `type` is
  // null in a group of unknown fields, which ends with a tag instead.
  bool Read(const Type* type, int64_t end, int depth) {
    if (depth > kMaxDepth) return false;
    bool has_unknown = false;
    while (type == nullptr || input_.CurrentPosition() < end) {
      const uint32_t tag = input_.ReadTag();
      if (tag == 0) return false;
      const int wire_type = static_cast<int>(tag & 7);
      if (wire_type == kEndGroup) return type == nullptr;
      const Field* field = Find(type, tag >> 3, wire_type);
      if (field == nullptr && !has_unknown) bytes_ += kUnknownFields;
      has_unknown |= field == nullptr;
      if (field == nullptr ? !ReadUnknown(wire_type, depth)
                           : !ReadField(*field, wire_type, depth)) {
        return false;
      }
    }
    return input_.CurrentPosition() == end;
  }

 private:
  using Kind = Field::Kind;

  // The field of a number and wire type; null if it is kept as an unknown
  // field.
  static const Field* Find(const Type* type, size_t number, int wire_type) {
    if (type == nullptr || number >= type->fields.size()) return nullptr;
    const Field& field = type->fields[number];
    const bool is_packed =
        field.kind == Kind::kRepeatedScalar && wire_type == kDelimited;
    const bool is_known = field.kind != Kind::kUnknown &&
                          (wire_type == field.wire_type || is_packed);
    return is_known ? &field : nullptr;
  }

  // A field's own memory is allocated before its length is read, so it counts
  // even if the length is malformed.
  bool ReadField(const Field& field, int wire_type, int depth) {
    int size = 0;
    switch (field.kind) {
      case Kind::kMessage:
        bytes_ += field.bytes;
        return ReadSize(&size) &&
               Read(field.type, int64_t{input_.CurrentPosition()} + size,
                    depth + 1);
      case Kind::kText:
        bytes_ += field.bytes;
        return ReadText();
      case Kind::kRepeatedScalar:
        bytes_ += kSmallArray;
        return wire_type == kDelimited ? ReadPacked(field)
                                       : SkipNumber(wire_type);
      default:
        return SkipNumber(wire_type);
    }
  }

  bool ReadText() {
    int size = 0;
    if (!ReadSize(&size)) return false;
    bytes_ += TextBytes(size);
    return input_.Skip(size);
  }

  bool ReadPacked(const Field& field) {
    int size = 0;
    if (!ReadSize(&size)) return false;
    while (size > 0) {
      const void* data = nullptr;
      int there = 0;
      if (!input_.GetDirectBufferPointer(&data, &there)) return false;
      there = std::min(there, size);
      bytes_ += kGrowth *
                PackedBytes(field, static_cast<const uint8_t*>(data), there);
      input_.Skip(there);
      size -= there;
    }
    return true;
  }

  // Bytes of the numbers that end within this part of a packed field.
  static int64_t PackedBytes(const Field& field, const uint8_t* data,
                             int size) {
    if (field.wire_type != kVarint) return size;
    // The last byte of every number is less than 128.
    return field.bytes * std::count_if(data, data + size,
                                       [](uint8_t byte) { return byte < 128; });
  }

  bool ReadUnknown(int wire_type, int depth) {
    bytes_ += kUnknown;
    if (wire_type == kBeginGroup) {
      bytes_ += Allocated(sizeof(UnknownFieldSet));
      return Read(nullptr, 0, depth + 1);
    }
    if (wire_type != kDelimited) return SkipNumber(wire_type);
    bytes_ += kString;
    return ReadText();
  }

  bool SkipNumber(int wire_type) {
    uint64_t unused = 0;
    switch (wire_type) {
      case kVarint:
        return input_.ReadVarint64(&unused);
      case kFixed64:
        return input_.Skip(8);
      case kFixed32:
        return input_.Skip(4);
      default:
        return false;
    }
  }

  bool ReadSize(int* size) { return input_.ReadVarintSizeAsInt(size); }

  google::protobuf::io::CodedInputStream input_;
  int64_t bytes_ = 0;
};

int64_t ParsedSize::Of(google::protobuf::io::ZeroCopyInputStream* bytes) const {
  Scan scan(bytes);
  scan.Read(root_, std::numeric_limits<int64_t>::max(), 0);
  return root_->bytes + scan.bytes();
}

}  // namespace spiked
