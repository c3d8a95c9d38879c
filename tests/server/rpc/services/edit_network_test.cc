// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/change/edit_spec.h"
#include "spiked/v1/change.grpc.pb.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/spike_decoder.h"
#include "tests/support/simulation.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;

using enum grpc::StatusCode;

class EditNetworkTest : public RpcFixture {
 protected:
  void SetUp() override {
    networks_ = v1::NetworkService::NewStub(channel_);
    Create("demo", ToNetworkProto(Demo()));
  }

  // Cells driven by noise that excite each other by plastic synapses.
  static NetworkSpec Demo() {
    NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
    spec.seed = 5;
    spec.populations = {
        MakePopulation("input", "poisson_source", 20, {{"rate_hz", 50.0}}),
        MakePopulation("cells", "lif_delta", 30)};
    spec.projections = {
        MakeProjection("input", "cells", AllToAll{}, 4.0, 2.0),
        MakeProjection("cells", "cells", PairwiseBernoulli{0.5}, 0.5,
                       DiscreteUniform{1, 5, 1}, {"stdp_pair", {}})};
    return spec;
  }
  static EditSpec Addition() {
    EditSpec edit;
    edit.populations = {MakePopulation("more", "lif_delta", 10)};
    edit.projections = {MakeProjection("cells", "more", AllToAll{}, 2.0, 3.0),
                        MakeProjection("more", "cells", AllToAll{}, -1.0, 1.0)};
    return edit;
  }
  static v1::EditNetworkRequest Request(const EditSpec& edit = {}) {
    v1::EditNetworkRequest request;
    request.set_session("sessions/demo");
    for (const std::string& name : edit.removed_populations) {
      request.add_remove_populations(name);
    }
    NetworkSpec add;
    add.populations = edit.populations;
    add.projections = edit.projections;
    const v1::Network network = ToNetworkProto(add);
    *request.mutable_add()->mutable_populations() = network.populations();
    *request.mutable_add()->mutable_projections() = network.projections();
    return request;
  }
  grpc::Status Edit(const v1::EditNetworkRequest& request,
                    v1::EditNetworkResponse* response) {
    return Call(*networks_, &v1::NetworkService::Stub::EditNetwork, request,
                response);
  }
  v1::EditNetworkResponse Edit(const v1::EditNetworkRequest& request) {
    v1::EditNetworkResponse response;
    EXPECT_THAT(Edit(request, &response), IsOk());
    return response;
  }
  grpc::Status Refused(const v1::EditNetworkRequest& request) {
    v1::EditNetworkResponse response;
    return Edit(request, &response);
  }

  std::vector<Spike> AdvanceAndDecode(int64_t steps) {
    std::vector<Spike> spikes;
    const auto answer = Advance("sessions/demo", steps, true);
    for (const DecodedSpike& s : DecodeSpikes(answer.spikes())) {
      spikes.push_back({s.step, s.neuron});
    }
    return spikes;
  }

  std::unique_ptr<v1::NetworkService::Stub> networks_;
};

// The same edits give the same spikes without a server.
TEST_F(EditNetworkTest, IsRepeatedWithoutAServer) {
  Simulation replay(Demo());
  std::vector<Spike> spikes = AdvanceAndDecode(150);
  replay.Run(150);
  const v1::EditNetworkResponse added = Edit(Request(Addition()));
  ASSERT_EQ(replay.Edit(Addition()), absl::OkStatus());
  EXPECT_EQ(added.applied_step(), 150);
  EXPECT_EQ(added.session().epoch(), 1);
  EXPECT_EQ(added.session().network_revision(), 1);
  ASSERT_EQ(added.session().populations_size(), 3);
  EXPECT_EQ(added.session().populations(2).name(), "more");
  EXPECT_EQ(added.session().populations(2).first_neuron(), 50);
  EXPECT_EQ(added.session().projections_size(), 4);
  EXPECT_EQ(added.session().neuron_count(), 60);
  for (const Spike& spike : AdvanceAndDecode(150)) spikes.push_back(spike);
  replay.Run(150);
  EditSpec removal;
  removal.removed_populations = {"input"};
  Edit(Request(removal));
  ASSERT_EQ(replay.Edit(removal), absl::OkStatus());
  for (const Spike& spike : AdvanceAndDecode(150)) spikes.push_back(spike);
  replay.Run(150);
  EXPECT_GT(spikes.size(), 500u);
  EXPECT_EQ(spikes, replay.spikes());
  v1::GetStateHashRequest hash;
  hash.set_session("sessions/demo");
  v1::GetStateHashResponse response;
  ASSERT_THAT(Call(*recordings_, &v1::RecordingService::Stub::GetStateHash,
                   hash, &response),
              IsOk());
  EXPECT_EQ(response.hash(), replay.Hash());
  EXPECT_EQ(response.epoch(), 2);
}

// Streams deliver every spike until the edit and end; new streams continue with
// the new network.
TEST_F(EditNetworkTest, StreamsEndWithAllThatThereWas) {
  v1::StreamSpikesRequest request;
  request.set_session("sessions/demo");
  request.set_batch_window_ms(1);
  request.set_start_step(0);
  grpc::ClientContext context, rate_context, state_context;
  const auto spikes = recordings_->StreamSpikes(&context, request);
  v1::StreamRatesRequest of_rates;
  of_rates.set_session("sessions/demo");
  of_rates.set_bin_steps(10);
  const auto rates = recordings_->StreamRates(&rate_context, of_rates);
  v1::StreamStateRequest of_state;
  of_state.set_session("sessions/demo");
  of_state.set_population("cells");
  of_state.add_variables("v_mv");
  const auto states = recordings_->StreamState(&state_context, of_state);
  v1::StateBatch state;
  ASSERT_TRUE(states->Read(&state));  // the probe is there

  // The streams have all data of the 100 steps before the edit, then end.
  const std::vector<Spike> expected = AdvanceAndDecode(100);
  Edit(Request(Addition()));
  std::vector<Spike> streamed;
  v1::SpikeBatch batch;
  while (spikes->Read(&batch)) {
    EXPECT_EQ(batch.epoch(), 0);
    EXPECT_EQ(batch.dropped_spike_count(), 0);
    for (const DecodedSpike& s : DecodeSpikes(batch)) {
      streamed.push_back({s.step, s.neuron});
    }
  }
  EXPECT_TRUE(batch.end_of_stream());
  EXPECT_THAT(spikes->Finish(), IsOk());
  EXPECT_EQ(streamed, expected);
  v1::RateBatch rate;
  while (rates->Read(&rate)) {
  }
  EXPECT_TRUE(rate.end_of_stream());
  EXPECT_THAT(rates->Finish(), IsOk());
  int samples = state.steps_size();
  while (states->Read(&state)) samples += state.steps_size();
  EXPECT_TRUE(state.end_of_stream());
  EXPECT_THAT(states->Finish(), IsOk());
  EXPECT_EQ(samples, 100);

  // A stream of the old epoch can't be opened any more.
  grpc::ClientContext late_context, new_context;
  request.set_epoch(0);
  const auto late = recordings_->StreamSpikes(&late_context, request);
  EXPECT_FALSE(late->Read(&batch));
  const grpc::Status status = late->Finish();
  EXPECT_THAT(status, HasCode(ABORTED));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "EPOCH_MISMATCH");
  // A stream of the new epoch continues at the step of the edit.
  request.set_epoch(1);
  request.set_start_step(100);
  const auto again = recordings_->StreamSpikes(&new_context, request);
  const std::vector<Spike> more = AdvanceAndDecode(50);
  streamed.clear();
  while (again->Read(&batch)) {
    EXPECT_EQ(batch.epoch(), 1);
    for (const DecodedSpike& s : DecodeSpikes(batch)) {
      streamed.push_back({s.step, s.neuron});
    }
    if (batch.end_step() == 150) break;
  }
  new_context.TryCancel();
  EXPECT_EQ(streamed, more);
}

TEST_F(EditNetworkTest, IsSeenByThoseWhoWatch) {
  v1::WatchSessionRequest request;
  request.set_name("sessions/demo");
  grpc::ClientContext context;
  const auto watch = sessions_->WatchSession(&context, request);
  v1::WatchSessionResponse seen;
  ASSERT_TRUE(watch->Read(&seen));
  EXPECT_EQ(seen.session().network_revision(), 0);
  Edit(Request(Addition()));
  do {
    ASSERT_TRUE(watch->Read(&seen));
  } while (seen.session().network_revision() == 0);
  EXPECT_EQ(seen.session().populations_size(), 3);
  context.TryCancel();
}

// Streams of stimuli use names, so they stay open.
TEST_F(EditNetworkTest, StreamsOfStimuliGoOn) {
  grpc::ClientContext context;
  const auto stream = stimuli_->StreamStimuli(&context);
  v1::StreamStimuliRequest request;
  request.set_session("sessions/demo");
  *request.add_stimuli() = MakeSpike("cells");
  v1::StreamStimuliResponse response;
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error(), "");
  Edit(Request(Addition()));
  *request.mutable_stimuli(0) = MakeSpike("more");
  request.set_sequence(1);
  request.set_end_of_input(true);
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.error(), "");
  EXPECT_EQ(response.refused_count(), 0);
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_THAT(stream->Finish(), IsOk());
}

TEST_F(EditNetworkTest, SaysWhatIsWrong) {
  v1::EditNetworkRequest request = Request(Addition());
  request.mutable_add()->mutable_populations(0)->set_model("lif_dleta");
  request.mutable_add()
      ->mutable_projections(1)
      ->mutable_delay_ms()
      ->set_constant(0.01);
  grpc::Status status = Refused(request);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "INVALID_NETWORK");
  EXPECT_THAT(status.error_message(),
              HasSubstr("add.populations[0].model: unknown neuron model "
                        "\"lif_dleta\"; did you mean lif_delta?"));
  request = Request();
  EXPECT_THAT(Refused(request).error_message(),
              HasSubstr("add: is required, unless something is removed"));
  request.add_remove_populations("cell");
  EXPECT_THAT(Refused(request).error_message(),
              HasSubstr("remove_populations[0]: unknown population \"cell\"; "
                        "did you mean cells?"));
  request = Request(Addition());
  request.mutable_add()->set_dt_ms(1);
  request.mutable_add()->set_seed(7);
  *request.mutable_add()->add_stimuli() = MakeSpike("cells");
  status = Refused(request);
  EXPECT_THAT(status.error_message(), HasSubstr("add.dt_ms: is that of the"));
  EXPECT_THAT(status.error_message(), HasSubstr("add.seed: is that of the"));
  EXPECT_THAT(status.error_message(), HasSubstr("add.stimuli: are not part"));
  request = Request(Addition());
  request.set_session("sessions/none");
  EXPECT_THAT(Refused(request), HasCode(NOT_FOUND));
  EXPECT_EQ(Get("sessions/demo").network_revision(), 0);
}

TEST_F(EditNetworkTest, NeedsAPausedSession) {
  Create("free", ToNetworkProto(Demo()), v1::FREE_RUN);
  ASSERT_THAT(Start("sessions/free"), IsOk());
  v1::EditNetworkRequest request = Request(Addition());
  request.set_session("sessions/free");
  const grpc::Status status = Refused(request);
  EXPECT_THAT(status, HasCode(FAILED_PRECONDITION));
  EXPECT_THAT(status.error_message(),
              HasSubstr("is RUNNING; it must be PAUSED"));
  ASSERT_THAT(Pause("sessions/free"), IsOk());
  EXPECT_THAT(Refused(request), IsOk());
  ASSERT_THAT(Start("sessions/free"), IsOk());
  EXPECT_TRUE(Eventually([&] { return Get("sessions/free").step() > 1000; }));
}

// Concurrent calls during edits get answers that fit one network.
TEST_F(EditNetworkTest, ManyAtOnce) {
  // Tries again while the session is being advanced.
  const auto edit_when_idle = [&](const v1::EditNetworkRequest& request) {
    grpc::Status status;
    do {
      status = Refused(request);
    } while (status.error_code() == FAILED_PRECONDITION);
    EXPECT_THAT(status, IsOk());
  };
  // Three threads add and remove a population each.
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 15; ++i) {
        EditSpec edit = Addition();
        edit.populations[0].name = absl::StrCat("more", t);
        edit.projections[0].target = edit.populations[0].name;
        edit.projections[1].source = edit.populations[0].name;
        edit_when_idle(Request(edit));
        EditSpec removal;
        removal.removed_populations = {edit.populations[0].name};
        edit_when_idle(Request(removal));
      }
    });
  }
  // Meanwhile sessions are read and advanced.
  for (int i = 0; i < 100; ++i) {
    const v1::Session session = Get("sessions/demo");
    int64_t neurons = 0;
    for (const auto& population : session.populations()) {
      neurons += population.size();
    }
    EXPECT_EQ(neurons, session.neuron_count());
    v1::AdvanceSessionRequest request;
    request.set_name("sessions/demo");
    request.set_step_count(5);
    *request.add_stimuli() = MakeSpike("cells");
    v1::AdvanceSessionResponse response;
    const grpc::Status status = Advance(request, &response);
    if (!status.ok()) {
      EXPECT_THAT(status, HasCode(ABORTED));
      EXPECT_EQ(ErrorInfoOf(status).reason(), "NETWORK_EDITED");
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Get("sessions/demo").network_revision(), 90);
  EXPECT_EQ(Get("sessions/demo").neuron_count(), 50);
}

}  // namespace
}  // namespace spiked::testing
