// SPDX-License-Identifier: Apache-2.0
//
// Compares the server's histograms and spectra with formulas.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstdint>
#include <future>
#include <limits>
#include <memory>
#include <numbers>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/rpc/services/population_spectrum.h"
#include "server/rpc/services/weight_histogram.h"
#include "server/security/quota_file.h"
#include "server/session/edit_exchange.h"
#include "server/session/session.h"
#include "tests/server/rpc/rpc_fixture.h"
#include "tests/server/rpc/spike_decoder.h"

namespace spiked::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum grpc::StatusCode;

Histogram HistogramOf(const std::vector<double>& numbers, int bins,
                      std::optional<double> min = std::nullopt,
                      std::optional<double> max = std::nullopt) {
  return MakeHistogram(
      [&](const auto& visit) {
        for (double x : numbers) visit(x);
      },
      bins, min, max);
}

TEST(Histogram, CountsInBinsOfEqualWidth) {
  const Histogram h = HistogramOf({0, 1, 1.5, 3.9, 4, 2}, 4);
  EXPECT_THAT(h.bins, ElementsAre(1, 2, 1, 2));
  EXPECT_EQ(h.min, 0);
  EXPECT_EQ(h.max, 4);
  EXPECT_DOUBLE_EQ(h.mean, 12.4 / 6);
  EXPECT_EQ(h.count, 6);
}

TEST(Histogram, CountsWhatIsOutsideOfItsRange) {
  const Histogram h = HistogramOf({-1, 0, 0.5, 1, 1.5, 9}, 2, 0, 1);
  EXPECT_THAT(h.bins, ElementsAre(1, 2));
  EXPECT_EQ(h.below_count, 1);
  EXPECT_EQ(h.above_count, 2);
  EXPECT_EQ(h.smallest, -1);
  EXPECT_EQ(h.largest, 9);
}

TEST(Histogram, OfEqualNumbersAndOfNone) {
  const Histogram equal = HistogramOf({2.5, 2.5}, 3);
  EXPECT_THAT(equal.bins, ElementsAre(2, 0, 0));
  EXPECT_EQ(equal.standard_deviation, 0);
  const Histogram none = HistogramOf({}, 2);
  EXPECT_THAT(none.bins, ElementsAre(0, 0));
  EXPECT_EQ(none.count, 0);
}

TEST(Histogram, StandardDeviationIsOfThePopulation) {
  EXPECT_DOUBLE_EQ(HistogramOf({1, 3}, 2).standard_deviation, 1);
  // No digits are lost for numbers far from zero.
  EXPECT_DOUBLE_EQ(HistogramOf({1e9 + 1, 1e9 + 3}, 2).standard_deviation, 1);
}

// Compares with the definition, term by term, for various sizes.
TEST(Spectrum, IsTheFourierTransformOfTheCounts) {
  std::mt19937 random(3);
  for (const size_t m : {2, 3, 4, 7, 30, 64, 97, 210}) {
    std::vector<int32_t> counts(m);
    double mean = 0;
    for (int32_t& count : counts) {
      count = static_cast<int32_t>(random() % 20);
      mean += count;
    }
    mean /= static_cast<double>(m);
    const double bin_s = 0.005;
    const Spectrum spectrum = MakeSpectrum(counts, bin_s);
    ASSERT_EQ(spectrum.power.size(), m / 2);
    const double duration_s = static_cast<double>(m) * bin_s;
    for (size_t k = 1; k <= m / 2; ++k) {
      std::complex<double> sum;
      for (size_t j = 0; j < m; ++j) {
        sum += std::polar(counts[j] - mean, -2 * std::numbers::pi *
                                                static_cast<double>(j * k) /
                                                static_cast<double>(m));
      }
      EXPECT_NEAR(spectrum.power[k - 1], std::norm(sum) / duration_s,
                  1e-9 * (1 + std::norm(sum) / duration_s));
      EXPECT_DOUBLE_EQ(spectrum.frequencies_hz[k - 1],
                       static_cast<double>(k) / duration_s);
    }
  }
}

// One spike in every p-th of M bins, M = c p: |sum|^2 = c^2 at the multiples of
// c, and 0 elsewhere. At a rate of r = 1 / (p D), P = c^2 / (c p D) = c r.
TEST(Spectrum, OfAPeriodicTrainIsAComb) {
  constexpr int kPeriod = 20;
  constexpr int kCycles = 75;
  std::vector<int32_t> counts(kPeriod * kCycles);
  for (int i = 0; i < kCycles; ++i) counts[i * kPeriod + 3] = 1;
  const Spectrum spectrum = MakeSpectrum(counts, 0.001);
  const double rate_hz = 1 / (kPeriod * 0.001);
  for (size_t k = 1; k <= spectrum.power.size(); ++k) {
    const double expected = k % kCycles == 0 ? kCycles * rate_hz : 0;
    EXPECT_NEAR(spectrum.power[k - 1], expected, 1e-8) << k;
  }
  EXPECT_NEAR(spectrum.frequencies_hz[kCycles - 1], rate_hz, 1e-9);
}

class AnalysisTest : public RpcFixture {
 protected:
  static v1::GetPopulationSpectrumRequest SpectrumOf(
      const std::string& population, int64_t window, int64_t bin) {
    v1::GetPopulationSpectrumRequest request;
    request.set_session("sessions/demo");
    request.set_population(population);
    request.set_window_steps(window);
    request.set_bin_steps(bin);
    return request;
  }
  grpc::Status Get(const v1::GetPopulationSpectrumRequest& request,
                   v1::GetPopulationSpectrumResponse* response) {
    return Call(*recordings_,
                &v1::RecordingService::Stub::GetPopulationSpectrum, request,
                response);
  }
  grpc::Status Get(const v1::GetWeightHistogramRequest& request,
                   v1::GetWeightHistogramResponse* response) {
    return Call(*recordings_, &v1::RecordingService::Stub::GetWeightHistogram,
                request, response);
  }
};

// Poisson sources of rate r, N of them: P = N r on average; the mean over K
// frequencies has a standard error of about N r / sqrt(K).
TEST_F(AnalysisTest, SpectrumOfPoissonSourcesIsFlat) {
  NetworkSpec spec = MakeNetwork(1, Precision::kFloat32);
  spec.populations = {
      MakePopulation("other", "poisson_source", 30, {{"rate_hz", 90.0}}),
      MakePopulation("cells", "poisson_source", 50, {{"rate_hz", 20.0}})};
  Create("demo", ToNetworkProto(spec));
  Advance("sessions/demo", 20'500);
  v1::GetPopulationSpectrumResponse response;
  ASSERT_THAT(Get(SpectrumOf("cells", 20'000, 2), &response), IsOk());
  EXPECT_EQ(response.first_step(), 500);
  EXPECT_EQ(response.end_step(), 20'500);
  ASSERT_EQ(response.power_size(), 5000);
  double sum = 0;
  for (double power : response.power()) sum += power;
  const double expected = 50 * 20.0 * (1 - 20 * 0.001);  // Bernoulli per step
  EXPECT_NEAR(sum / 5000, expected, 6 * expected / std::sqrt(5000.0));
  EXPECT_NEAR(static_cast<double>(response.spike_count()), 20'000,
              6 * std::sqrt(20'000.0));
  EXPECT_DOUBLE_EQ(response.frequencies_hz(0), 1 / 20.0);
  EXPECT_DOUBLE_EQ(response.frequencies_hz(4999), 250);
}

TEST_F(AnalysisTest, SpectrumIsOfTheSpikesInTheHistory) {
  Create("demo", MakeBusyNetwork(2000));
  Advance("sessions/demo", 2000);
  v1::GetPopulationSpectrumResponse response;
  const auto status = Get(SpectrumOf("source", 2000, 10), &response);
  EXPECT_THAT(status, HasCode(OUT_OF_RANGE));
  EXPECT_EQ(ErrorInfoOf(status).reason(), "HISTORY_EVICTED");
  const int64_t oldest =
      std::stoll(ErrorInfoOf(status).metadata().at("oldest_step"));
  EXPECT_THAT(Get(SpectrumOf("source", 2000 - oldest, 10), &response), IsOk());
  EXPECT_THAT(Get(SpectrumOf("source", 3000, 10), &response),
              HasCode(OUT_OF_RANGE));
}

TEST_F(AnalysisTest, RefusesBadSpectra) {
  Create("demo", MakeQuietNetwork());
  Advance("sessions/demo", 100);
  v1::GetPopulationSpectrumResponse response;
  for (const auto& [population, window, bin, text] :
       {std::tuple{"cels", 10, 1, "population: unknown"},
        {"cells", 10, 0, "bin_steps: 0 is not in [1, 1000000000]"},
        {"cells", 10, 10, "window_steps: 10 steps are 1 bins"},
        {"cells", -1, 1, "window_steps: -1 is not in [2, 2^60]"},
        {"cells", 2'000'000, 1, "window_steps: 2000000 steps"}}) {
    const auto status = Get(SpectrumOf(population, window, bin), &response);
    EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
    EXPECT_THAT(status.error_message(), HasSubstr(text));
  }
  auto request = SpectrumOf("cells", 10, 1);
  request.set_session("sessions/x");
  EXPECT_THAT(Get(request, &response), HasCode(NOT_FOUND));
}

TEST_F(AnalysisTest, HistogramIsOfTheWeightsThatReadSynapsesGives) {
  Create("demo", ToNetworkProto(MakeColumnarNetwork(Precision::kFloat64, 3)));
  Advance("sessions/demo", 200);
  const auto session = RpcFixture::Get("sessions/demo");
  for (const auto& projection : session.projections()) {
    v1::ReadSynapsesRequest read;
    read.set_session("sessions/demo");
    read.set_projection(projection.name());
    read.set_encoding(v1::FLOAT64_BYTES);
    grpc::ClientContext context;
    const auto reader = recordings_->ReadSynapses(&context, read);
    std::vector<double> weights;
    v1::SynapseBatch batch;
    while (reader->Read(&batch)) {
      const auto* first =
          reinterpret_cast<const double*>(batch.weights().data());
      weights.insert(weights.end(), first,
                     first + batch.weights().size() / sizeof(double));
    }
    const Histogram expected = HistogramOf(weights, 7);
    v1::GetWeightHistogramRequest request;
    request.set_session("sessions/demo");
    request.set_projection(projection.name());
    request.set_bin_count(7);
    v1::GetWeightHistogramResponse response;
    ASSERT_THAT(Get(request, &response), IsOk());
    EXPECT_EQ(response.step(), 200);
    EXPECT_EQ(response.synapse_count(), projection.synapse_count());
    EXPECT_EQ(std::vector<int64_t>(response.counts().begin(),
                                   response.counts().end()),
              expected.bins);
    EXPECT_EQ(response.min_weight(), expected.min);
    EXPECT_EQ(response.max_weight(), expected.max);
    EXPECT_EQ(response.mean(), expected.mean);
    EXPECT_EQ(response.standard_deviation(), expected.standard_deviation);
  }
}

TEST_F(AnalysisTest, RefusesBadHistograms) {
  Create("demo", ToNetworkProto(MakeColumnarNetwork(Precision::kFloat32, 3)));
  v1::GetWeightHistogramRequest request;
  request.set_session("sessions/demo");
  request.set_projection("no such");
  request.set_bin_count(10'001);
  request.set_min_weight(2);
  request.set_max_weight(2);
  v1::GetWeightHistogramResponse response;
  const auto status = Get(request, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  for (const char* field : {"projection: unknown", "bin_count: 10001 ",
                            "min_weight: 2 is not less than max_weight (2)"}) {
    EXPECT_THAT(status.error_message(), HasSubstr(field));
  }
}

// Copies of the state are made one after the other, after their memory is
// taken.
TEST_F(AnalysisTest, HistogramsTakeTheMemoryOfOneCopy) {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("p", "izhikevich", 500)};
  spec.projections = {MakeProjection("p", "p", AllToAll{}, 1.0, 1.0)};
  spec.projections[0].synapse.model = "stdp_pair";
  Create("demo", ToNetworkProto(spec));
  const int64_t before = registry_.memory_bytes();
  v1::GetWeightHistogramRequest request;
  request.set_session("sessions/demo");
  request.set_projection("p->p");
  v1::GetWeightHistogramResponse response;
  const auto limit = [&](double bytes) {
    registry_.tenants()->SetQuotas(*ParseQuotas(
        absl::StrCat("* memory_bytes=", static_cast<double>(before) + bytes)));
  };
  limit(1000);
  const grpc::Status refused = Get(request, &response);
  EXPECT_THAT(refused, HasCode(RESOURCE_EXHAUSTED));
  // The message has: "... asks for N more; ...".
  const std::string& text = refused.error_message();
  const size_t at = text.find("asks for ");
  ASSERT_NE(at, std::string::npos) << text;
  const double copy = std::stod(text.substr(at + 9));
  EXPECT_GT(copy, 2 * 4 * 250'000);  // weights and settled weights

  limit(1.5 * copy);
  constexpr int kCalls = 8;
  std::vector<std::thread> calls;
  std::vector<grpc::Status> statuses(kCalls);
  for (grpc::Status& status : statuses) {
    calls.emplace_back([&] {
      v1::GetWeightHistogramResponse unused;
      status = Get(request, &unused);
    });
  }
  for (std::thread& call : calls) call.join();
  for (const grpc::Status& status : statuses) EXPECT_THAT(status, IsOk());
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == before; }));
}

// A session whose state is lent doesn't answer. Its tenant's next histogram
// waits for the first one; nothing else does.
class LentSessionTest : public AnalysisTest {
 protected:
  void SetUp() override {
    NetworkSpec spec = MakeNetwork(1);
    spec.populations = {MakePopulation("p", "lif_delta", 20)};
    spec.projections = {MakeProjection("p", "p", AllToAll{}, 1.0, 1.0)};
    for (const char* id : {"demo", "other"}) Create(id, ToNetworkProto(spec));
    Advance("sessions/demo", 100);
    lent_ = *registry_.Find("demo");
    std::promise<void> begun;
    EditCommand command;
    command.begin = [&](const State&, const NetworkMemory&) {
      begun.set_value();
    };
    lent_->Post(std::move(command), [](const Outcome&) {});
    begun.get_future().wait();
  }
  void TearDown() override { GiveBack(); }
  void GiveBack() {
    if (lent_ != nullptr) lent_->FinishEdit(absl::CancelledError("over"));
    lent_ = nullptr;
  }

  static v1::GetWeightHistogramRequest HistogramOfSession(
      const std::string& id) {
    v1::GetWeightHistogramRequest request;
    request.set_session(absl::StrCat("sessions/", id));
    request.set_projection("p->p");
    return request;
  }
  grpc::Status GetHistogram(const std::string& id) {
    v1::GetWeightHistogramResponse response;
    return Get(HistogramOfSession(id), &response);
  }
  bool HaveBegun(int count) {
    const MethodStatistics* method =
        calls_.Find("/spiked.v1.RecordingService/GetWeightHistogram");
    return Eventually([&] { return method->started.Get() == count; });
  }

  std::shared_ptr<Session> lent_;
};

TEST_F(LentSessionTest, ItsHistogramHoldsUpNoThread) {
  grpc::Status first;
  std::thread caller([&] { first = GetHistogram("demo"); });
  EXPECT_TRUE(HaveBegun(1));
  // On the same thread, several times, because the first may be on its way.
  v1::GetPopulationSpectrumResponse spectrum;
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Get(SpectrumOf("p", 100, 1), &spectrum), IsOk());
  }
  GiveBack();
  caller.join();
  EXPECT_THAT(first, IsOk());
}

TEST_F(LentSessionTest, AllHistogramsAreAnsweredOnceTheStateIsGivenBack) {
  grpc::Status first;
  grpc::Status second;
  std::thread callers[] = {
      std::thread([&] { first = GetHistogram("demo"); }),
      std::thread([&] { second = GetHistogram("other"); })};
  EXPECT_TRUE(HaveBegun(2));
  GiveBack();
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(first, IsOk());
  EXPECT_THAT(second, IsOk());
}

TEST_F(LentSessionTest, ACallThatIsCancelledMakesRoomForTheNext) {
  const int64_t bytes = registry_.memory_bytes();  // before any call takes some
  for (int i = 0; i < 3; ++i) {
    grpc::ClientContext context;
    std::thread caller([&] {
      v1::GetWeightHistogramResponse response;
      EXPECT_THAT(recordings_->GetWeightHistogram(
                      &context, HistogramOfSession("demo"), &response),
                  HasCode(CANCELLED));
    });
    EXPECT_TRUE(HaveBegun(2 * i + 1));
    context.TryCancel();
    caller.join();
    // The session is still lent.
    EXPECT_THAT(GetHistogram("other"), IsOk());
  }
  GiveBack();
  EXPECT_THAT(GetHistogram("demo"), IsOk());
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == bytes; }));
}

TEST_F(AnalysisTest, SpectraTakeMemoryWhileTheyAreComputed) {
  Create("demo", MakeQuietNetwork());
  Advance("sessions/demo", 10'000);
  const int64_t before = registry_.memory_bytes();
  registry_.tenants()->SetQuotas(
      *ParseQuotas(absl::StrCat("* memory_bytes=", before + 100'000)));
  v1::GetPopulationSpectrumResponse response;
  EXPECT_THAT(Get(SpectrumOf("cells", 10'000, 1), &response),
              HasCode(RESOURCE_EXHAUSTED));
  EXPECT_THAT(Get(SpectrumOf("cells", 100, 1), &response), IsOk());
  EXPECT_TRUE(Eventually([&] { return registry_.memory_bytes() == before; }));
}

// ---- Counts of an advance

TEST_F(AnalysisTest, AdvanceCountsTheSpikesThatItReturns) {
  Create("demo", ToNetworkProto(MakeColumnarNetwork(Precision::kFloat32, 3)));
  const auto session = RpcFixture::Get("sessions/demo");
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  request.set_step_count(333);
  request.set_return_spikes(true);
  request.set_count_bin_steps(20);
  for (const bool by_column : {false, true}) {
    request.set_count_by_column(by_column);
    v1::AdvanceSessionResponse response;
    ASSERT_THAT(Advance(request, &response), IsOk());
    std::vector<int32_t> group_of;
    int groups = 0;
    for (const auto& population : session.populations()) {
      const int64_t columns = by_column ? population.column_count() : 1;
      for (int64_t i = 0; i < population.size(); ++i) {
        group_of.push_back(
            static_cast<int32_t>(groups + i / (population.size() / columns)));
      }
      groups += static_cast<int>(columns);
    }
    std::vector<int32_t> expected(17 * groups);
    for (const auto& spike : DecodeSpikes(response.spikes())) {
      const int64_t bin = (spike.step - response.spikes().first_step()) / 20;
      ++expected[bin * groups + group_of[spike.neuron]];
    }
    EXPECT_EQ(std::vector<int32_t>(response.spike_counts().begin(),
                                   response.spike_counts().end()),
              expected);
  }
}

// A bin may be longer than the advance: then there is one.
TEST_F(AnalysisTest, AdvanceCountsInOneBinOfAnySize) {
  Create("demo", ToNetworkProto(MakeColumnarNetwork(Precision::kFloat32, 3)));
  const int groups = RpcFixture::Get("sessions/demo").populations_size();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  request.set_return_spikes(true);
  for (const int64_t steps : {2, 300, 1000}) {
    request.set_step_count(steps);
    for (const int64_t bin :
         {steps, steps + 1, kMax / 2 + 1, kMax - steps, kMax - 1, kMax}) {
      request.set_count_bin_steps(bin);
      v1::AdvanceSessionResponse response;
      ASSERT_THAT(Advance(request, &response), IsOk());
      EXPECT_EQ(response.completed_step_count(), steps);
      EXPECT_EQ(response.spike_counts_size(), groups) << bin;
      EXPECT_EQ(std::accumulate(response.spike_counts().begin(),
                                response.spike_counts().end(), size_t{0}),
                DecodeSpikes(response.spikes()).size())
          << bin;
    }
    request.set_count_bin_steps(steps - 1);
    v1::AdvanceSessionResponse response;
    ASSERT_THAT(Advance(request, &response), IsOk());
    EXPECT_EQ(response.spike_counts_size(), 2 * groups);
  }
}

TEST_F(AnalysisTest, AdvanceRefusesTooManyCounts) {
  Create("demo", MakeQuietNetwork());
  v1::AdvanceSessionRequest request;
  request.set_name("sessions/demo");
  request.set_step_count(1'000'001);
  request.set_count_bin_steps(1);
  v1::AdvanceSessionResponse response;
  auto status = Advance(request, &response);
  EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
  EXPECT_THAT(status.error_message(), HasSubstr("count_bin_steps: 1000001"));
  request.set_count_bin_steps(-1);
  status = Advance(request, &response);
  EXPECT_THAT(status.error_message(),
              HasSubstr("count_bin_steps: -1 is not in [0, 2^63)"));
  request.set_count_bin_steps(0);
  request.set_count_by_column(true);
  status = Advance(request, &response);
  EXPECT_THAT(status.error_message(), HasSubstr("count_by_column: only with"));
  request.set_count_by_column(false);
  request.set_count_bin_steps(5);
  request.set_step_count(0);
  EXPECT_THAT(Advance(request, &response), IsOk());
  EXPECT_EQ(response.spike_counts_size(), 0);
}

}  // namespace
}  // namespace spiked::testing
