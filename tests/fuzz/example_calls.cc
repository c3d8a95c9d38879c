// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/example_calls.h"

#include <zlib.h>

#include <cstdint>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "spiked/v1/recording.pb.h"
#include "spiked/v1/session.pb.h"
#include "spiked/v1/upload.pb.h"
#include "tests/fuzz/example.h"
#include "tests/server/rpc/network_proto.h"
#include "tests/support/network_builder.h"

namespace spiked::fuzz {
namespace {

constexpr char kCalled[] = "sessions/demo";

}  // namespace

std::string Serialize(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

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

std::vector<ExampleCall> ExampleCalls() {
  std::vector<ExampleCall> calls;
  const auto add = [&](const std::string& method, const std::string& what,
                       const std::vector<std::string>& messages) {
    calls.push_back({method, what, messages});
  };
  v1::AdvanceSessionRequest advance;
  advance.set_name(kCalled);
  advance.set_step_count(5);
  advance.set_return_spikes(true);
  *advance.add_stimuli() = ExampleStimuli()[0];
  add("AdvanceSession", "stimulated", {Serialize(advance)});
  v1::StreamRatesRequest rates;
  rates.set_session(kCalled);
  rates.set_bin_steps(5);
  add("StreamRates", "bins", {Serialize(rates)});
  v1::GetPopulationSpectrumRequest spectrum;
  spectrum.set_session(kCalled);
  spectrum.set_population("cells");
  spectrum.set_bin_steps(1);
  spectrum.set_window_steps(4);
  add("GetPopulationSpectrum", "window", {Serialize(spectrum)});
  v1::InjectStimulusRequest inject;
  inject.set_session(kCalled);
  for (const auto& stimulus : ExampleStimuli())
    *inject.add_stimuli() = stimulus;
  inject.set_request_id("again");
  add("InjectStimulus", "kinds", {Serialize(inject)});
  v1::ChangeNetworkRequest change;
  change.set_session(kCalled);
  for (const auto& one : ExampleChanges()) *change.add_changes() = one;
  add("ChangeNetwork", "kinds", {Serialize(change)});
  v1::EditNetworkRequest edit;
  edit.set_session(kCalled);
  NetworkSpec addition;
  addition.populations = {testing::MakePopulation("new", "lif_delta", 3)};
  addition.projections = {
      testing::MakeProjection("cells", "new", AllToAll{}, 1.0, 2.0)};
  const v1::Network added = testing::ToNetworkProto(addition);
  *edit.mutable_add()->mutable_populations() = added.populations();
  *edit.mutable_add()->mutable_projections() = added.projections();
  add("EditNetwork", "adds", {Serialize(edit)});
  edit.clear_add();
  edit.add_remove_populations("in");
  add("EditNetwork", "removes", {Serialize(edit)});
  v1::CreateSessionRequest create;
  create.set_session_id("other");
  *create.mutable_network() = testing::ToNetworkProto(ExampleNetwork());
  add("CreateSession", "example", {Serialize(create)});
  v1::StreamStimuliRequest first, second;
  first.set_session(kCalled);
  *first.add_stimuli() = ExampleStimuli()[0];
  second.set_sequence(1);
  *second.add_stimuli() = ExampleStimuli()[1];
  second.set_end_of_input(true);
  add("StreamStimuli", "to-its-end", {Serialize(first), Serialize(second)});
  add("StreamStimuli", "without-an-end", {Serialize(first)});
  add("StreamStimuli", "gap", {Serialize(second), Serialize(first)});
  const std::vector<std::string> upload = ExampleUpload(true, true);
  add("UploadSynapses", "to-its-end", upload);
  add("UploadSynapses", "without-commit", {upload[0], upload[1]});
  v1::ResetSessionRequest reset;
  reset.set_name(kCalled);
  add("ResetSession", "demo", {Serialize(reset)});
  v1::StartSessionRequest start;
  start.set_name(kCalled);
  start.set_stop_step(3);
  add("StartSession", "some-steps", {Serialize(start)});
  v1::UpdateSessionRequest update;
  update.set_name(kCalled);
  update.set_pacing(v1::REAL_TIME);
  update.set_pace(2);
  add("UpdateSession", "pace", {Serialize(update)});
  v1::StreamSpikesRequest spikes;
  spikes.set_session(kCalled);
  spikes.add_neuron_indices(5);
  add("StreamSpikes", "one-neuron", {Serialize(spikes)});
  v1::StreamStateRequest states;
  states.set_session(kCalled);
  states.set_population("cells");
  states.add_variables("v_mv");
  states.set_interval_steps(2);
  add("StreamState", "voltage", {Serialize(states)});
  v1::ReadSynapsesRequest synapses;
  synapses.set_session(kCalled);
  synapses.set_projection("learns");
  synapses.add_source_indices(1);
  add("ReadSynapses", "of-one-neuron", {Serialize(synapses)});
  v1::GetWeightHistogramRequest histogram;
  histogram.set_session(kCalled);
  histogram.set_projection("learns");
  histogram.set_bin_count(3);
  add("GetWeightHistogram", "bins", {Serialize(histogram)});
  v1::ListSessionsRequest list;
  list.set_page_size(2);
  add("ListSessions", "page", {Serialize(list)});
  add("ListModels", "all", {""});
  return calls;
}

}  // namespace spiked::fuzz
