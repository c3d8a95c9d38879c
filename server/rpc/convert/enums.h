// SPDX-License-Identifier: Apache-2.0

#ifndef SPIKED_SERVER_RPC_CONVERT_ENUMS_H_
#define SPIKED_SERVER_RPC_CONVERT_ENUMS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "core/spec/violations.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace spiked {

// Adds a violation if an enum's number has no name, and lists the names that
// are known. Needed because proto3 lets any number through.
template <typename Enum>
void CheckEnum(Enum value, const std::string& path, Violations* violations) {
  const auto* type = google::protobuf::GetEnumDescriptor<Enum>();
  if (type->FindValueByNumber(value) != nullptr) return;
  std::string known;
  for (int i = 1; i < type->value_count(); ++i) {  // 0 is UNSPECIFIED
    absl::StrAppend(&known, i > 1 ? ", " : "", type->value(i)->name());
  }
  violations->Add(path, absl::StrCat(static_cast<int>(value), " is no ",
                                     type->name(), "; known: ", known));
}

}  // namespace spiked

#endif  // SPIKED_SERVER_RPC_CONVERT_ENUMS_H_
