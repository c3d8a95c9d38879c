// SPDX-License-Identifier: Apache-2.0
//
// What networks are estimated to take, against what they take: quotas and the
// server's limit are held before anything is allocated, so that the estimate
// must be true within 20 %.

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "core/compile.h"
#include "core/estimate.h"
#include "core/state.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"

namespace spiked {
namespace {

using testing::MakeNetwork;
using testing::MakePopulation;
using testing::MakeProjection;

// Resident bytes of this process.
double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// By how much a process grows that builds the network and its state, measured
// in a process of its own: what it frees on the way does not hide anything.
double MeasuredBytes(const NetworkSpec& spec) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    // Memory that is free goes back at once.
    mallopt(M_MMAP_THRESHOLD, 64 << 10);
    // What tests before this one have freed must not be used again unseen.
    malloc_trim(0);
    const double before = ResidentBytes();
    const auto network = Compile(spec, 1);
    if (!network.ok()) _exit(1);
    const State state = MakeState(**network);
    malloc_trim(0);
    const double bytes = ResidentBytes() - before;
    if (write(ends[1], &bytes, sizeof(bytes)) != sizeof(bytes)) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  double bytes = 0;
  EXPECT_EQ(read(ends[0], &bytes, sizeof(bytes)),
            static_cast<ssize_t>(sizeof(bytes)));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  return bytes;
}

void ExpectWithin20Percent(const NetworkSpec& spec) {
  if (testing::kSanitized) GTEST_SKIP() << "sanitizers take memory";
  const double estimate = EstimateNetwork(spec).bytes;
  const double measured = MeasuredBytes(spec);
  EXPECT_GT(measured, 20e6) << "too small to tell";
  EXPECT_NEAR(estimate / measured, 1, 0.2)
      << estimate / 1e6 << " MB estimated, " << measured / 1e6
      << " MB measured";
}

// One population with one projection onto itself.
NetworkSpec Recurrent(const char* model, int64_t size, double probability,
                      SynapseSpec synapse, Value weight, Value delay_ms,
                      Precision precision = Precision::kFloat32) {
  NetworkSpec spec = MakeNetwork(1, precision);
  spec.populations = {MakePopulation("a", model, size)};
  spec.projections = {MakeProjection("a", "a", PairwiseBernoulli{probability},
                                     std::move(weight), std::move(delay_ms),
                                     std::move(synapse))};
  return spec;
}

TEST(EstimateMemory, OfNeuronsAlone) {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("a", "izhikevich", 1'000'000)};
  ExpectWithin20Percent(spec);
}

TEST(EstimateMemory, OfStaticSynapses) {
  ExpectWithin20Percent(Recurrent("izhikevich", 10'000, 0.2, {}, Uniform{0, 1},
                                  DiscreteUniform{1, 10, 1}));
}

TEST(EstimateMemory, OfStaticSynapsesOfOneWeight) {
  ExpectWithin20Percent(
      Recurrent("lif_exp", 10'000, 0.4, {}, 1.0, DiscreteUniform{1, 10, 1}));
}

TEST(EstimateMemory, OfPlasticSynapses) {
  for (const char* model :
       {"stdp_pair", "stdp_triplet", "stp_tsodyks", "vogels_sprekeler"}) {
    SCOPED_TRACE(model);
    ExpectWithin20Percent(Recurrent("izhikevich", 5'000, 0.2, {model, {}},
                                    Uniform{0, 1}, DiscreteUniform{1, 10, 1}));
  }
}

TEST(EstimateMemory, OfPlasticSynapsesInDoubles) {
  ExpectWithin20Percent(Recurrent("izhikevich", 5'000, 0.2, {"stdp_pair", {}},
                                  Uniform{0, 1}, DiscreteUniform{1, 10, 1},
                                  Precision::kFloat64));
}

TEST(EstimateMemory, OfSparseNetworksWithLongDelays) {
  ExpectWithin20Percent(Recurrent("izhikevich", 100'000, 0.0002, {},
                                  Uniform{0, 1}, DiscreteUniform{1, 20, 1}));
}

TEST(EstimateMemory, OfSeveralPopulations) {
  NetworkSpec spec = MakeNetwork(0.5);
  spec.populations = {MakePopulation("e", "lif_exp_ei", 16'000),
                      MakePopulation("i", "lif_exp_ei", 4'000)};
  for (const char* source : {"e", "i"}) {
    for (const char* target : {"e", "i"}) {
      spec.projections.push_back(MakeProjection(
          source, target, PairwiseBernoulli{0.05},
          *source == 'e' ? Value(Uniform{0, 1}) : Value(-4.0), 1.5));
      spec.projections.back().receptor =
          *source == 'e' ? "excitatory" : "inhibitory";
    }
  }
  ExpectWithin20Percent(spec);
}

}  // namespace
}  // namespace spiked
