// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/extremes.h"

#include <cstdint>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

template <typename T>
constexpr T kMinimum = std::numeric_limits<T>::min();
template <typename T>
constexpr T kMaximum = std::numeric_limits<T>::max();

// The first kFewExtremes of each are for pairs.
constexpr int32_t kInt32s[] = {
    kMinimum<int32_t>, -1, 0, 1, kMaximum<int32_t>, kMaximum<int32_t> - 1};
constexpr int64_t kInt64s[] = {
    kMinimum<int64_t>, -1, 0, 1, kMaximum<int64_t>, kMaximum<int64_t> - 1};
constexpr int kEnums[] = {-1, 0, 1, kMaximum<int32_t>};
constexpr double kDoubles[] = {
    std::numeric_limits<double>::quiet_NaN(), -1, 0, 1e-9, 1e300,
    std::numeric_limits<double>::infinity()};

void Find(const Message& message, const NumberField& so_far,
          std::set<const Descriptor*> within,
          std::vector<NumberField>* numbers) {
  within.insert(message.GetDescriptor());
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    NumberField next = so_far;
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      next.field = field;
      if (CountExtremes(*field) > 0) numbers->push_back(next);
      continue;
    }
    if (within.count(field->message_type()) > 0) continue;
    if (!field->is_repeated()) {
      next.path.emplace_back(field, -1);
      Find(reflection->GetMessage(message, field), next, within, numbers);
      continue;
    }
    for (int k = 0; k < reflection->FieldSize(message, field); ++k) {
      next = so_far;
      next.path.emplace_back(field, k);
      Find(reflection->GetRepeatedMessage(message, field, k), next, within,
           numbers);
    }
  }
}

}  // namespace

std::vector<NumberField> NumbersOf(const Message& request) {
  std::vector<NumberField> numbers;
  Find(request, {}, {}, &numbers);
  return numbers;
}

int CountExtremes(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return std::size(kInt32s);
    case FieldDescriptor::CPPTYPE_INT64:
      return std::size(kInt64s);
    case FieldDescriptor::CPPTYPE_ENUM:
      return std::size(kEnums);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return std::size(kDoubles);
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_FLOAT:
      FUZZ_CHECK(false && "give numbers of this type extreme values");
      return 0;
    default:
      return 0;
  }
}

void SetExtreme(const NumberField& number, int i, Message* request) {
  for (const auto& [field, index] : number.path) {
    const auto* reflection = request->GetReflection();
    request = index < 0
                  ? reflection->MutableMessage(request, field)
                  : reflection->MutableRepeatedMessage(request, field, index);
  }
  const auto* reflection = request->GetReflection();
  const FieldDescriptor* field = number.field;
  const bool many = field->is_repeated();
  reflection->ClearField(request, field);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      many ? reflection->AddInt32(request, field, kInt32s[i])
           : reflection->SetInt32(request, field, kInt32s[i]);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      many ? reflection->AddInt64(request, field, kInt64s[i])
           : reflection->SetInt64(request, field, kInt64s[i]);
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      many ? reflection->AddEnumValue(request, field, kEnums[i])
           : reflection->SetEnumValue(request, field, kEnums[i]);
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      many ? reflection->AddDouble(request, field, kDoubles[i])
           : reflection->SetDouble(request, field, kDoubles[i]);
      break;
    default:
      break;
  }
}

// The construction of tests/chaos/pairs.py for a prime number of values.
std::vector<std::vector<int>> PairsOfExtremes(int field_count) {
  constexpr int kBase = kFewExtremes + 1;
  std::vector<std::vector<int>> rows;
  for (int digit = 1; digit == 1 || digit < field_count; digit *= kBase) {
    for (int i = 0; i < kFewExtremes * kFewExtremes; ++i) {
      const int a = i / kFewExtremes, b = i % kFewExtremes;
      std::vector<int> row;
      for (int k = 0; k < field_count; ++k) {
        const int x = k / digit % kBase;
        row.push_back(x == kFewExtremes ? b : (a + b * x) % kFewExtremes);
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace spiked::fuzz
