// SPDX-License-Identifier: Apache-2.0
//
// The methods of the contract, for tests that hold for all of them.

#ifndef SPIKED_TESTS_SERVER_RPC_CONTRACT_METHODS_H_
#define SPIKED_TESTS_SERVER_RPC_CONTRACT_METHODS_H_

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace spiked::testing {

// All methods of all services in the files of proto/spiked/v1.
inline std::vector<const google::protobuf::MethodDescriptor*> AllMethods() {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  const std::string folder = std::string(SPIKED_SOURCE_DIR) + "/proto/";
  for (const auto& entry :
       std::filesystem::directory_iterator(folder + "spiked/v1")) {
    if (entry.path().extension() != ".proto") continue;
    const auto* file =
        google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
            "spiked/v1/" + entry.path().filename().string());
    EXPECT_NE(file, nullptr) << entry.path();
    if (file == nullptr) continue;
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(file->service(s)->method(m));
      }
    }
  }
  return methods;
}

inline std::string PathOf(const google::protobuf::MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

// The field in which a method's request names a session; null: it names none.
inline const google::protobuf::FieldDescriptor* SessionFieldOf(
    const google::protobuf::MethodDescriptor& method) {
  const google::protobuf::Descriptor& type = *method.input_type();
  const auto* field = type.FindFieldByName("session");
  if (field == nullptr) field = type.FindFieldByName("name");
  if (field == nullptr || field->cpp_type() != field->CPPTYPE_STRING) {
    return nullptr;
  }
  return field;
}

}  // namespace spiked::testing

#endif  // SPIKED_TESTS_SERVER_RPC_CONTRACT_METHODS_H_
