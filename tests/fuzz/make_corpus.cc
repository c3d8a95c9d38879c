// SPDX-License-Identifier: Apache-2.0
//
// spiked_fuzz_seeds FOLDER: writes the inputs that fuzzing begins with, into a
// folder for each target.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/estimate.h"
#include "core/validate.h"
#include "server/rpc/page_token.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/session.pb.h"
#include "spiked/v1/stimulus.pb.h"
#include "tests/fuzz/example.h"
#include "tests/server/rpc/network_proto.h"
#include "tests/support/hostile.h"
#include "tests/support/network_builder.h"

namespace spiked::fuzz {
namespace {

class Corpus {
 public:
  explicit Corpus(std::string folder) : folder_(std::move(folder)) {}

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
    corpus->Add("network", name, request.SerializeAsString());
  };
  add("example", ExampleNetwork());
  add("columnar", testing::MakeColumnarNetwork(Precision::kFloat32, 1));
  // Small ones, half of them valid.
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
      testing::MakeArrivals(network, "cells", "excitatory", 2, {0, 4}));
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
    corpus->Add("stimulus", absl::StrCat("kind-", i++),
                request.SerializeAsString());
  }
  corpus->Add("stimulus", "all", together.SerializeAsString());
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

void AddCalls(Corpus* corpus) {
  v1::GetSessionRequest name;
  name.set_name("sessions/demo");
  v1::StreamSpikesRequest session;
  session.set_session("sessions/demo");
  v1::AdvanceSessionRequest advance;
  advance.set_name("sessions/demo");
  advance.set_step_count(5);
  advance.set_return_spikes(true);
  *advance.add_stimuli() = ExampleStimuli()[0];
  v1::InjectStimulusRequest inject;
  inject.set_session("sessions/demo");
  *inject.add_stimuli() = ExampleStimuli()[1];
  v1::StreamStateRequest state;
  state.set_session("sessions/demo");
  state.set_population("cells");
  state.add_variables("v_mv");
  v1::StreamRatesRequest rates;
  rates.set_session("sessions/demo");
  rates.set_bin_steps(5);
  v1::ReadSynapsesRequest synapses;
  synapses.set_session("sessions/demo");
  synapses.set_projection("learns");
  v1::CreateSessionRequest create;
  create.set_session_id("other");
  *create.mutable_network() = testing::ToNetworkProto(ExampleNetwork());
  v1::StreamStimuliRequest stream;
  stream.set_session("sessions/demo");
  const std::string first = stream.SerializeAsString();
  stream.Clear();
  stream.set_sequence(1);
  stream.set_end_of_input(true);
  const std::string second = stream.SerializeAsString();
  const std::string both =
      absl::StrCat(std::string(1, static_cast<char>(first.size())), first,
                   std::string(1, static_cast<char>(second.size())), second);
  // Each to every method, because methods are numbered by their order: the
  // same bytes mean much the same in most of them.
  int i = 0;
  for (const std::string& message :
       {name.SerializeAsString(), session.SerializeAsString(),
        advance.SerializeAsString(), inject.SerializeAsString(),
        state.SerializeAsString(), rates.SerializeAsString(),
        synapses.SerializeAsString(), create.SerializeAsString(), both}) {
    for (int method = 0; method < 18; ++method) {
      if (i > 1 && (method + i) % 3 != 0) continue;
      corpus->Add("calls", absl::StrCat("message-", i, "-method-", method),
                  std::string(1, static_cast<char>(method)) + message);
    }
    ++i;
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
  spiked::fuzz::AddCalls(&corpus);
  return 0;
}
