// SPDX-License-Identifier: Apache-2.0
//
// spiked_fuzz_seeds FOLDER: writes the inputs that fuzzing begins with, into a
// folder for each target. Writes the same bytes every time.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/estimate.h"
#include "core/build/validate.h"
#include "google/protobuf/dynamic_message.h"
#include "server/rpc/convert/page_token.h"
#include "spiked/v1/change.pb.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/session.pb.h"
#include "spiked/v1/stimulus.pb.h"
#include "tests/fuzz/example.h"
#include "tests/fuzz/example_calls.h"
#include "tests/fuzz/methods.h"
#include "tests/fuzz/targets.h"
#include "tests/server/rpc/network_proto.h"
#include "tests/support/hostile.h"
#include "tests/support/network_builder.h"

namespace spiked::fuzz {
namespace {

constexpr char kSession[] = "sessions/demo";

// The bytes of a call for the target `calls`.
std::string CallOf(const std::string& name,
                   const std::vector<std::string>& messages) {
  const Method& method = MethodAt(PathOf(name));
  return MethodKey(method) +
         (method.client_streaming ? JoinMessages(messages) : messages.front());
}

class Corpus {
 public:
  explicit Corpus(std::string folder) : folder_(std::move(folder)) {}

  // Writes a call of a method with its messages.
  void AddCall(const std::string& method, const std::string& what,
               const std::vector<std::string>& messages) {
    Add("calls", absl::StrCat(method, "-", what), CallOf(method, messages));
  }

  void Add(const std::string& target, const std::string& name,
           const std::string& bytes) {
    const std::string folder = absl::StrCat(folder_, "/", target);
    std::filesystem::create_directories(folder);
    std::ofstream file(absl::StrCat(folder, "/", name), std::ios::binary);
    file << bytes;
  }

 private:
  std::string folder_;
};

void AddNetworks(Corpus* corpus) {
  const auto add = [&](const std::string& name, const NetworkSpec& spec) {
    v1::CreateSessionRequest request;
    *request.mutable_network() = testing::ToNetworkProto(spec);
    corpus->Add("network", name, Serialize(request));
  };
  add("example", ExampleNetwork());
  add("columnar", testing::MakeColumnarNetwork(Precision::kFloat32, 1));
  // Small networks, half of them valid.
  testing::HostileNetworks networks(7);
  int valid = 0, invalid = 0;
  for (int i = 0; i < 20'000 && valid + invalid < 24; ++i) {
    const NetworkSpec spec = networks.Next();
    if (testing::ToNetworkProto(spec).ByteSizeLong() > 1500) continue;
    const bool is_valid = ValidateNetwork(spec, "network").empty();
    if (is_valid && EstimateNetwork(spec).build_bytes > 2e6) continue;
    int& count = is_valid ? valid : invalid;
    if (count == 12) continue;
    add(absl::StrCat(is_valid ? "valid-" : "invalid-", count++), spec);
  }
}

void AddStimuli(Corpus* corpus) {
  v1::InjectStimulusRequest together;
  together.set_session("sessions/demo");
  int i = 0;
  for (const v1::Stimulus& stimulus : ExampleStimuli()) {
    v1::InjectStimulusRequest request;
    *request.add_stimuli() = stimulus;
    *together.add_stimuli() = stimulus;
    corpus->Add("stimulus", absl::StrCat("kind-", i++), Serialize(request));
  }
  corpus->Add("stimulus", "all", Serialize(together));
}

void AddNames(Corpus* corpus) {
  corpus->Add("names", "name", "sessions/demo");
  corpus->Add("names", "id", "a-1");
  corpus->Add("names", "token", MakePageToken("demo"));
  corpus->Add("names", "bad-id", "sessions/Demo-");
  corpus->Add("names", "bad-token", "YWZ0ZXI6");
  corpus->Add("names", "negative", "\xff\xff\xff\xff");
}

void AddSpikes(Corpus* corpus) {
  corpus->Add("spikes", "none", "");
  corpus->Add("spikes", "one", std::string("\x05\x00\x00\x07", 4));
  corpus->Add("spikes", "dense", std::string(60, '\x03'));
  corpus->Add("spikes", "large", std::string(40, '\xf7'));
  corpus->Add("spikes", "mixed", "\x01\x02\x05\xf3\x10\x20\x30\x01\x02\x03");
}

void AddChanges(Corpus* corpus) {
  v1::ChangeNetworkRequest together;
  together.set_session(kSession);
  together.set_at_step(2);
  int i = 0;
  for (const v1::Change& change : ExampleChanges()) {
    v1::ChangeNetworkRequest request;
    *request.add_changes() = change;
    *together.add_changes() = change;
    corpus->Add("change", absl::StrCat("kind-", i++), Serialize(request));
  }
  corpus->Add("change", "all", Serialize(together));
}

void AddUploads(Corpus* corpus) {
  const auto add = [&](const std::string& name,
                       const std::vector<std::string>& messages) {
    corpus->Add("upload", name, JoinMessages(messages));
  };
  std::vector<std::string> messages = ExampleUpload(true, true);
  add("weights-and-delays", messages);
  add("weights", ExampleUpload(true, false));
  add("indices", ExampleUpload(false, false));
  add("without-commit", {messages[0], messages[1]});
  add("without-chunk", {messages[0], messages[2]});
  add("chunk-twice", {messages[0], messages[1], messages[1], messages[2]});
  add("chunk-first", {messages[1]});
}

void AddRequests(Corpus* corpus) {
  v1::ListSessionsRequest list;
  list.add_states(v1::PAUSED);
  (*list.mutable_labels())["owner"] = "me";
  list.set_page_size(2);
  corpus->Add("requests", "list", Serialize(list));
  list.set_page_token(MakePageToken("demo"));
  corpus->Add("requests", "list-with-a-token-of-another", Serialize(list));
  list.Clear();
  list.set_page_token(MakePageToken("demo"));
  corpus->Add("requests", "list-with-a-token", Serialize(list));
  v1::StreamSpikesRequest spikes;
  spikes.set_session(kSession);
  corpus->Add("requests", "all-spikes", Serialize(spikes));
  spikes.add_populations("cells");
  spikes.set_sample_fraction(0.5);
  corpus->Add("requests", "sample", Serialize(spikes));
  spikes.add_neuron_indices(5);
  spikes.add_neuron_indices(9);
  corpus->Add("requests", "indices", Serialize(spikes));
  spikes.Clear();
  spikes.add_columns(1);
  corpus->Add("requests", "columns", Serialize(spikes));
}

void AddAccess(Corpus* corpus) {
  const std::string user = absl::StrCat("Bearer ", kUserToken);
  const std::string admin = absl::StrCat("bearer  ", kAdminToken, " ");
  corpus->Add("access", "user", user);
  corpus->Add("access", "user-for-its-tenant", user + "\nacme");
  corpus->Add("access", "user-for-another-tenant", user + "\nops");
  corpus->Add("access", "admin", admin);
  corpus->Add("access", "admin-for-a-tenant", admin + "\nacme");
  corpus->Add("access", "admin-for-nobody", admin + "\nnobody");
  corpus->Add("access", "no-scheme", kUserToken);
  corpus->Add("access", "other-scheme", absl::StrCat("Basic ", kUserToken));
  corpus->Add("access", "nobody", "Bearer spk_nobody");
  corpus->Add("access", "nothing", "");
}

// Fills in a message with names that exist in the session of the target
// `calls`, and optionally with numbers. Sets the option with a given number in
// each oneof.
void Fill(google::protobuf::Message* message, int option, bool numbers,
          int depth) {
  using google::protobuf::FieldDescriptor;
  static const auto* const words = new std::map<std::string, std::string>{
      {"session", kSession},    {"name", kSession},
      {"population", "cells"},  {"populations", "cells"},
      {"projection", "learns"}, {"projections", "learns"},
      {"input", "drive"},       {"encoder", "eye"},
      {"variables", "v_mv"},    {"session_id", "other"},
      {"source", "in"},         {"target", "cells"}};
  const auto* reflection = message->GetReflection();
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    const auto* oneof = field->real_containing_oneof();
    if (oneof != nullptr &&
        oneof->field(option % oneof->field_count()) != field) {
      continue;
    }
    const bool many = field->is_repeated();
    if (field->is_map()) continue;
    const bool is_number =
        field->cpp_type() != FieldDescriptor::CPPTYPE_STRING &&
        field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
    if (is_number && !numbers) continue;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        const auto word = words->find(field->name());
        if (word == words->end()) break;
        many ? reflection->AddString(message, field, word->second)
             : reflection->SetString(message, field, word->second);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT32:
        many ? reflection->AddInt32(message, field, 1)
             : reflection->SetInt32(message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        // A stream's first message has the number 0.
        if (field->name() == "sequence") break;
        many ? reflection->AddInt64(message, field, 1)
             : reflection->SetInt64(message, field, 1);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        many ? reflection->AddDouble(message, field, 0.5)
             : reflection->SetDouble(message, field, 0.5);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (depth == 0) break;
        Fill(many ? reflection->AddMessage(message, field)
                  : reflection->MutableMessage(message, field),
             option, numbers, depth - 1);
        break;
      default:
        break;
    }
  }
}

// Seeds for every method of the contract, found by descriptors: an empty
// request, one with names, and one with all fields.
void AddAnyCalls(Corpus* corpus) {
  constexpr int kOptions = 6;
  constexpr int kDepth = 3;
  google::protobuf::DynamicMessageFactory factory;
  for (const Method& method : Methods()) {
    std::vector<std::string> requests = {""};
    const auto add = [&](int option, bool numbers, int depth) {
      const std::unique_ptr<google::protobuf::Message> request(
          factory.GetPrototype(method.descriptor->input_type())->New());
      Fill(request.get(), option, numbers, depth);
      const std::string bytes = Serialize(*request);
      if (std::find(requests.begin(), requests.end(), bytes) ==
          requests.end()) {
        requests.push_back(bytes);
      }
    };
    add(0, false, 0);
    for (int option = 0; option < kOptions; ++option) add(option, true, kDepth);
    for (size_t i = 0; i < requests.size(); ++i) {
      corpus->AddCall(method.descriptor->name(), std::to_string(i),
                      {requests[i]});
    }
  }
}

void AddCalls(Corpus* corpus) {
  AddAnyCalls(corpus);
  for (const ExampleCall& call : ExampleCalls()) {
    corpus->AddCall(call.method, call.what, call.messages);
  }
}

// Each example between others of its neighbourhood, and all kinds of streams
// beside commands.
void AddTalks(Corpus* corpus) {
  const std::vector<ExampleCall> calls = ExampleCalls();
  constexpr size_t kTurns = 4;
  for (size_t i = 0; i < calls.size(); i += kTurns - 1) {
    std::vector<std::string> turns;
    for (size_t k = i; k < i + kTurns && k < calls.size(); ++k) {
      turns.push_back(CallOf(calls[k].method, calls[k].messages));
    }
    corpus->Add("talks", absl::StrCat("from-", calls[i].method, "-", i),
                JoinMessages(turns));
  }
}

}  // namespace
}  // namespace spiked::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " FOLDER\n";
    return 2;
  }
  spiked::fuzz::Corpus corpus(argv[1]);
  spiked::fuzz::AddNetworks(&corpus);
  spiked::fuzz::AddStimuli(&corpus);
  spiked::fuzz::AddNames(&corpus);
  spiked::fuzz::AddSpikes(&corpus);
  spiked::fuzz::AddChanges(&corpus);
  spiked::fuzz::AddUploads(&corpus);
  spiked::fuzz::AddRequests(&corpus);
  spiked::fuzz::AddAccess(&corpus);
  spiked::fuzz::AddCalls(&corpus);
  spiked::fuzz::AddTalks(&corpus);
  return 0;
}
