// SPDX-License-Identifier: Apache-2.0
//
// spiked_fuzz_seeds FOLDER: writes the inputs that fuzzing begins with, into a
// folder for each target. Writes the same bytes every time.

#include <zlib.h>

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
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/rpc/convert/page_token.h"
#include "spiked/v1/change.pb.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/session.pb.h"
#include "spiked/v1/stimulus.pb.h"
#include "spiked/v1/upload.pb.h"
#include "tests/fuzz/example.h"
#include "tests/fuzz/methods.h"
#include "tests/fuzz/targets.h"
#include "tests/server/rpc/network_proto.h"
#include "tests/support/hostile.h"
#include "tests/support/network_builder.h"

namespace spiked::fuzz {
namespace {

constexpr char kSession[] = "sessions/demo";

// Serializes a message to the same bytes on every machine.
std::string Serialize(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

class Corpus {
 public:
  explicit Corpus(std::string folder) : folder_(std::move(folder)) {}

  // Writes a call of a method with its messages.
  void AddCall(const std::string& method, const std::string& what,
               const std::vector<std::string>& messages) {
    const auto of_name = std::find_if(
        Methods().begin(), Methods().end(),
        [&](const Method& m) { return m.descriptor->name() == method; });
    FUZZ_CHECK(of_name != Methods().end());
    Add("calls", absl::StrCat(method, "-", what),
        MethodKey(*of_name) + (of_name->client_streaming
                                   ? JoinMessages(messages)
                                   : messages.front()));
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

// Stimuli of every kind, for ExampleNetwork.
std::vector<v1::Stimulus> ExampleStimuli() {
  std::vector<v1::Stimulus> all(6);
  all[0].set_population("in");
  all[0].mutable_spikes()->add_offsets_ms(0);
  all[0].mutable_spikes()->add_offsets_ms(2.5);
  all[0].add_columns(1);
  all[1].set_population("cells");
  all[1].mutable_current()->add_amplitudes(3);
  all[1].mutable_current()->set_duration_ms(4);
  all[1].add_neuron_indices(0);
  all[1].add_neuron_indices(5);
  const NetworkSpec network = ExampleNetwork();
  all[2] = testing::ToStimulusProto(
      testing::MakeSwitch(/*enabled=*/false, 5, {"learns"}));
  StimulusSpec values;
  values.kind = EncoderValuesSpec{"eye", {0.5}, 3};
  all[3] = testing::ToStimulusProto(values);
  all[4] = testing::ToStimulusProto(
      testing::MakeArrivals(network, "cells", "current", 2, {0, 4}));
  all[5].set_population("cells");
  all[5].mutable_rates()->add_rates_hz(300);
  all[5].mutable_rates()->set_duration_ms(6);
  all[5].mutable_rates()->set_weight(0.5);
  return all;
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

// Changes of every kind, for ExampleNetwork.
std::vector<v1::Change> ExampleChanges() {
  std::vector<v1::Change> all(6);
  v1::SetParameters* parameters = all[0].mutable_set_parameters();
  parameters->set_population("cells");
  (*parameters->mutable_parameters())["a"].set_constant(0.1);
  v1::SetState* values = all[1].mutable_set_state();
  values->set_population("cells");
  values->add_neuron_indices(2);
  (*values->mutable_values())["v_mv"].set_constant(-60);
  v1::SetInput* input = all[2].mutable_set_input();
  input->set_input("drive");
  (*input->mutable_parameters())["amplitude"].set_constant(2);
  v1::SetWeights* weights = all[3].mutable_set_weights();
  weights->set_projection("learns");
  weights->mutable_value()->set_constant(2);
  v1::Silence* silence = all[4].mutable_silence();
  silence->set_population("cells");
  silence->add_neuron_indices(0);
  all[5].mutable_plasticity()->add_projections("learns");
  return all;
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

// The messages of an upload of three synapses.
std::vector<std::string> ExampleUpload(bool weights, bool delays) {
  v1::UploadSynapsesRequest begin, chunk, commit;
  begin.mutable_begin()->set_synapse_count(3);
  begin.mutable_begin()->set_source_size(4);
  begin.mutable_begin()->set_has_weights(weights);
  begin.mutable_begin()->set_has_delays(delays);
  chunk.set_sequence(1);
  std::string on_the_wire;
  const auto add = [&](auto number, auto* list) {
    list->Add(number);
    on_the_wire.append(reinterpret_cast<const char*>(&number), sizeof(number));
  };
  v1::SynapseChunk* lists = chunk.mutable_chunk();
  for (int32_t i : {0, 2, 3}) add(i, lists->mutable_source_indices());
  for (int32_t i : {5, 0, 1}) add(i, lists->mutable_target_indices());
  for (int i = 0; weights && i < 3; ++i) add(0.5 * i, lists->mutable_weights());
  for (int i = 1; delays && i < 4; ++i)
    add(1.0 * i, lists->mutable_delays_ms());
  commit.set_sequence(2);
  commit.mutable_commit()->set_synapse_count(3);
  commit.mutable_commit()->set_crc32(static_cast<int64_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(on_the_wire.data()),
              on_the_wire.size())));
  return {Serialize(begin), Serialize(chunk), Serialize(commit)};
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
  v1::AdvanceSessionRequest advance;
  advance.set_name(kSession);
  advance.set_step_count(5);
  advance.set_return_spikes(true);
  *advance.add_stimuli() = ExampleStimuli()[0];
  corpus->AddCall("AdvanceSession", "stimulated", {Serialize(advance)});
  v1::StreamRatesRequest rates;
  rates.set_session(kSession);
  rates.set_bin_steps(5);
  corpus->AddCall("StreamRates", "bins", {Serialize(rates)});
  v1::GetPopulationSpectrumRequest spectrum;
  spectrum.set_session(kSession);
  spectrum.set_population("cells");
  spectrum.set_bin_steps(1);
  spectrum.set_window_steps(4);
  corpus->AddCall("GetPopulationSpectrum", "window", {Serialize(spectrum)});
  v1::InjectStimulusRequest inject;
  inject.set_session(kSession);
  for (const auto& stimulus : ExampleStimuli())
    *inject.add_stimuli() = stimulus;
  inject.set_request_id("again");
  corpus->AddCall("InjectStimulus", "kinds", {Serialize(inject)});
  v1::ChangeNetworkRequest change;
  change.set_session(kSession);
  for (const auto& one : ExampleChanges()) *change.add_changes() = one;
  corpus->AddCall("ChangeNetwork", "kinds", {Serialize(change)});
  v1::EditNetworkRequest edit;
  edit.set_session(kSession);
  NetworkSpec addition;
  addition.populations = {testing::MakePopulation("new", "lif_delta", 3)};
  addition.projections = {
      testing::MakeProjection("cells", "new", AllToAll{}, 1.0, 2.0)};
  const v1::Network added = testing::ToNetworkProto(addition);
  *edit.mutable_add()->mutable_populations() = added.populations();
  *edit.mutable_add()->mutable_projections() = added.projections();
  corpus->AddCall("EditNetwork", "adds", {Serialize(edit)});
  edit.clear_add();
  edit.add_remove_populations("in");
  corpus->AddCall("EditNetwork", "removes", {Serialize(edit)});
  v1::CreateSessionRequest create;
  create.set_session_id("other");
  *create.mutable_network() = testing::ToNetworkProto(ExampleNetwork());
  corpus->AddCall("CreateSession", "example", {Serialize(create)});
  v1::StreamStimuliRequest first, second;
  first.set_session(kSession);
  *first.add_stimuli() = ExampleStimuli()[0];
  second.set_sequence(1);
  *second.add_stimuli() = ExampleStimuli()[1];
  second.set_end_of_input(true);
  corpus->AddCall("StreamStimuli", "to-its-end",
                  {Serialize(first), Serialize(second)});
  corpus->AddCall("StreamStimuli", "without-an-end", {Serialize(first)});
  corpus->AddCall("StreamStimuli", "gap",
                  {Serialize(second), Serialize(first)});
  const std::vector<std::string> upload = ExampleUpload(true, true);
  corpus->AddCall("UploadSynapses", "to-its-end", upload);
  corpus->AddCall("UploadSynapses", "without-commit", {upload[0], upload[1]});
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
  return 0;
}
