// SPDX-License-Identifier: Apache-2.0
//
// The contract may only grow. golden_descriptor.txt lists every field, enum
// value and method. Listed ones must not be removed, renumbered or retyped,
// because existing clients rely on them. New ones must be added to the list:
//
//   SPIKED_UPDATE_GOLDEN=1 <build>/tests/server/rpc/spiked_rpc_tests
//       --gtest_filter='GoldenDescriptor*'
//
// and the diff read by a second person.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "spiked/v1/change.pb.h"
#include "spiked/v1/error_details.pb.h"
#include "spiked/v1/model.pb.h"
#include "spiked/v1/network.pb.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/server.pb.h"
#include "spiked/v1/session.pb.h"
#include "spiked/v1/stimulus.pb.h"
#include "spiked/v1/upload.pb.h"

namespace spiked {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

using Lines = std::set<std::string>;

constexpr char kGoldenFile[] =
    SPIKED_SOURCE_DIR "/tests/server/rpc/golden_descriptor.txt";

std::string TypeOf(const FieldDescriptor& field) {
  std::string type = field.is_repeated()            ? "repeated "
                     : field.has_optional_keyword() ? "optional "
                     : field.containing_oneof() != nullptr
                         ? "oneof " + field.containing_oneof()->name() + " "
                         : "";
  if (field.message_type() != nullptr) {
    type += field.message_type()->full_name();
  } else if (field.enum_type() != nullptr) {
    type += field.enum_type()->full_name();
  } else {
    type += field.type_name();
  }
  return type;
}

void List(const EnumDescriptor& type, Lines* lines) {
  for (int i = 0; i < type.value_count(); ++i) {
    lines->insert(absl::StrCat("enum ", type.full_name(), ".",
                               type.value(i)->name(), " = ",
                               type.value(i)->number()));
  }
}

void List(const Descriptor& message, Lines* lines) {
  lines->insert(absl::StrCat("message ", message.full_name()));
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    lines->insert(absl::StrCat("field ", field.full_name(), " = ",
                               field.number(), " ", TypeOf(field)));
  }
  for (int i = 0; i < message.nested_type_count(); ++i) {
    List(*message.nested_type(i), lines);
  }
  for (int i = 0; i < message.enum_type_count(); ++i) {
    List(*message.enum_type(i), lines);
  }
}

void List(const ServiceDescriptor& service, Lines* lines) {
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor& method = *service.method(i);
    lines->insert(absl::StrCat("method ", method.full_name(), "(",
                               method.client_streaming() ? "stream " : "",
                               method.input_type()->full_name(), ") returns (",
                               method.server_streaming() ? "stream " : "",
                               method.output_type()->full_name(), ")"));
  }
}

Lines ListContract() {
  Lines lines;
  for (const FileDescriptor* file :
       {v1::Status::descriptor()->file(), v1::Model::descriptor()->file(),
        v1::Network::descriptor()->file(), v1::SpikeBatch::descriptor()->file(),
        v1::ServerInfo::descriptor()->file(), v1::Session::descriptor()->file(),
        v1::StreamStimuliRequest::descriptor()->file(),
        v1::UploadBegin::descriptor()->file(),
        v1::Change::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      List(*file->message_type(i), &lines);
    }
    for (int i = 0; i < file->enum_type_count(); ++i) {
      List(*file->enum_type(i), &lines);
    }
    for (int i = 0; i < file->service_count(); ++i) {
      List(*file->service(i), &lines);
    }
  }
  return lines;
}

Lines ReadGolden() {
  std::ifstream file(kGoldenFile);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.insert(line);
  return lines;
}

TEST(GoldenDescriptor, ContractOnlyGrows) {
  const Lines contract = ListContract();
  if (std::getenv("SPIKED_UPDATE_GOLDEN") != nullptr) {
    std::ofstream file(kGoldenFile);
    for (const std::string& line : contract) file << line << "\n";
  }
  const Lines golden = ReadGolden();
  for (const std::string& line : golden) {
    EXPECT_TRUE(contract.contains(line))
        << "removed, renumbered or retyped: " << line
        << "\nPrograms rely on it: keep it, and add a new one beside it.";
  }
  for (const std::string& line : contract) {
    EXPECT_TRUE(golden.contains(line))
        << "not in " << kGoldenFile << ": " << line
        << "\nHow to add it is said at the top of " << __FILE__;
  }
}

}  // namespace
}  // namespace spiked
