// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/methods.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "spiked/v1/change.pb.h"
#include "spiked/v1/model.pb.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/server.pb.h"
#include "spiked/v1/session.pb.h"
#include "spiked/v1/stimulus.pb.h"
#include "spiked/v1/upload.pb.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

size_t Read16(absl::string_view bytes) {
  return static_cast<uint8_t>(bytes[0]) |
         static_cast<size_t>(static_cast<uint8_t>(bytes[1])) << 8;
}

std::string Write16(size_t number) {
  return {static_cast<char>(number & 0xff), static_cast<char>(number >> 8)};
}

std::vector<Method> AllMethods() {
  std::vector<Method> methods;
  for (const google::protobuf::FileDescriptor* file :
       {v1::ListModelsRequest::descriptor()->file(),
        v1::StreamSpikesRequest::descriptor()->file(),
        v1::GetServerInfoRequest::descriptor()->file(),
        v1::CreateSessionRequest::descriptor()->file(),
        v1::InjectStimulusRequest::descriptor()->file(),
        v1::ChangeNetworkRequest::descriptor()->file(),
        v1::UploadSynapsesRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        methods.push_back({absl::StrCat("/", file->service(s)->full_name(), "/",
                                        method->name()),
                           method, method->client_streaming()});
      }
    }
  }
  std::sort(methods.begin(), methods.end(),
            [](const Method& a, const Method& b) { return a.path < b.path; });
  return methods;
}

}  // namespace

const std::vector<Method>& Methods() {
  static const auto* const methods = new std::vector<Method>(AllMethods());
  return *methods;
}

std::string PathOf(const std::string& name) {
  for (const Method& method : Methods()) {
    if (method.descriptor->name() == name) return method.path;
  }
  FUZZ_CHECK(false && "there is no such method");
}

const Method& MethodAt(const std::string& path) {
  for (const Method& method : Methods()) {
    if (method.path == path) return method;
  }
  FUZZ_CHECK(false && "there is no such path");
}

std::string MethodKey(const Method& method) {
  uint32_t hash = 0x811c9dc5;  // FNV-1a
  for (char c : method.path) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x01000193;
  }
  return Write16((hash ^ hash >> 16) & 0xffff);
}

const Method& MethodOf(absl::string_view key) {
  const std::vector<Method>& methods = Methods();
  for (const Method& method : methods) {
    if (MethodKey(method) == key) return method;
  }
  return methods[Read16(key) % methods.size()];
}

std::vector<absl::string_view> SplitMessages(absl::string_view bytes) {
  std::vector<absl::string_view> messages;
  while (bytes.size() >= 2) {
    const size_t length = std::min(Read16(bytes), bytes.size() - 2);
    messages.push_back(bytes.substr(2, length));
    bytes.remove_prefix(2 + length);
  }
  return messages;
}

std::string JoinMessages(const std::vector<std::string>& messages) {
  std::string bytes;
  for (const std::string& message : messages) {
    absl::StrAppend(&bytes, Write16(message.size()), message);
  }
  return bytes;
}

}  // namespace spiked::fuzz
