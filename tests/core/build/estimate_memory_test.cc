// SPDX-License-Identifier: Apache-2.0
//
// Estimated against measured memory of networks: quotas and the server's limit
// are checked before anything is allocated, so the estimate must be right
// within 20 %.

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/build/catalogue.h"
#include "core/build/compile.h"
#include "core/build/estimate.h"
#include "core/network/state.h"
#include "core/numbers/thread_team.h"
#include "core/step.h"
#include "tests/support/network_builder.h"
#include "tests/support/sanitized.h"
#include "tests/support/simulation.h"

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

// The growth of a process that builds the network and its state, and steps
// them. It is measured in a new process, so that memory that was freed before
// doesn't hide any.
double MeasuredBytes(const NetworkSpec& spec, int thread_count) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    // Freed memory is returned to the system at once.
    mallopt(M_MMAP_THRESHOLD, 64 << 10);
    // Return the memory that earlier tests have freed, so that using it again
    // counts.
    malloc_trim(0);
    const double before = ResidentBytes();
    const auto network = Compile(spec, thread_count);
    if (!network.ok()) _exit(1);
    State state = MakeState(**network);
    ThreadTeam team(thread_count);
    for (int step = 0; step < 3; ++step) Step(**network, state, &team);
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

void ExpectWithin20Percent(const NetworkSpec& spec,
                           const std::vector<int>& thread_counts = {1, 32}) {
  if (testing::kSanitized) GTEST_SKIP() << "sanitizers take memory";
  for (int thread_count : thread_counts) {
    const double estimate = EstimateNetwork(spec, thread_count).bytes;
    const double measured = MeasuredBytes(spec, thread_count);
    EXPECT_GT(measured, 20e6) << "too small to tell";
    EXPECT_NEAR(estimate / measured, 1, 0.2)
        << thread_count << " threads: " << estimate / 1e6 << " MB estimated, "
        << measured / 1e6 << " MB measured";
  }
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

TEST(EstimateMemory, OfDendriticDelays) {
  for (const char* model : {"stdp_pair", "stdp_triplet"}) {
    SCOPED_TRACE(model);
    NetworkSpec spec = Recurrent("izhikevich", 5'000, 0.2, {model, {}},
                                 Uniform{0, 1}, DiscreteUniform{1, 10, 1});
    spec.projections[0].dendritic_delay_fraction = 0.5;
    ExpectWithin20Percent(spec);
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

TEST(EstimateMemory, OfDelaysOnACoarseGrid) {
  NetworkSpec spec = Recurrent("izhikevich", 20'000, 0.02, {}, Uniform{0, 1},
                               DiscreteUniform{5, 10, 1});
  spec.dt_ms = 0.1;
  ExpectWithin20Percent(spec);
}

// Lists of delays, and projections that share their delay tables.
TEST(EstimateMemory, OfFewDelaysFarApart) {
  NetworkSpec spec = MakeNetwork(1);
  spec.populations = {MakePopulation("a", "spike_source", 400'000),
                      MakePopulation("b", "lif_exp", 1000),
                      MakePopulation("c", "lif_exp", 1000)};
  ExplicitPairs pairs;
  std::vector<double> delays;
  for (int32_t i = 0; i < 800'000; ++i) {
    pairs.source_indices.push_back(i / 2);
    pairs.target_indices.push_back(i % 1000);
    delays.push_back(i % 2 == 0 ? 1 : 250);
  }
  spec.projections = {
      MakeProjection("a", "b", FixedOutdegree{1}, Uniform{0, 1}, 20.0),
      MakeProjection("a", "c", std::move(pairs), Uniform{0, 1}, delays)};
  ExpectWithin20Percent(spec);
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

// Populations that have fewer runs of neurons than there are blocks.
TEST(EstimateMemory, OfSmallPopulationsOnManyThreads) {
  NetworkSpec spec = MakeNetwork(0.1);
  for (int i = 0; i < 50; ++i) {
    spec.populations.push_back(
        MakePopulation(absl::StrCat("p", i), "lif_exp", 200));
  }
  for (int i = 0; i < 50; ++i) {
    for (int j = 0; j < 4; ++j) {
      spec.projections.push_back(MakeProjection(
          absl::StrCat("p", i), absl::StrCat("p", (7 * i + 13 * j) % 50),
          FixedOutdegree{100}, Uniform{0, 1}, DiscreteUniform{1, 5, 1}));
    }
  }
  ExpectWithin20Percent(spec, {4, 16, 64, 128});
}

// Each projection with dopamine is a group by itself, with tables of its own.
TEST(EstimateMemory, OfManyProjectionsWithDopamine) {
  for (const char* model : {"stdp_dopamine", "stdp_dopamine_interval"}) {
    for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      SCOPED_TRACE(
          absl::StrCat(model, ", precision ", static_cast<int>(precision)));
      NetworkSpec spec =
          Recurrent("lif_exp", 1000, 0.01, {model, {{"tau_n_ms", 1000.0}}},
                    Uniform{0, 1}, DiscreteUniform{1, 3, 1}, precision);
      spec.dt_ms = 0.1;
      spec.projections.resize(50, spec.projections[0]);
      for (size_t i = 0; i < spec.projections.size(); ++i) {
        spec.projections[i].name = absl::StrCat("p", i);
      }
      ExpectWithin20Percent(spec);
    }
  }
}

// The state of sources exists in every block.
TEST(EstimateMemory, OfManySourcesOfFewSynapses) {
  for (const char* model : {"stp_markram", "stdp_pair"}) {
    SCOPED_TRACE(model);
    NetworkSpec spec = MakeNetwork(1);
    spec.populations = {MakePopulation("a", "spike_source", 1'000'000),
                        MakePopulation("b", "lif_exp", 1000)};
    spec.projections = {MakeProjection("a", "b", FixedOutdegree{1},
                                       Uniform{0, 1}, 1.0, {model, {}})};
    ExpectWithin20Percent(spec);
  }
}

// Bytes in use on the heap. Requires: glibc's allocator, not a sanitizer's.
double UsedBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

// The growth of a network by long time constants, estimated and measured, for
// every model of the catalogue.
TEST(EstimateMemory, OfTablesOfDecays) {
  if (testing::kSanitized) GTEST_SKIP() << "memory is a sanitizer's";
  int tables = 0;
  for (const SynapseModel* model : SynapseModels()) {
    for (Precision precision : {Precision::kFloat32, Precision::kFloat64}) {
      double estimated[2];
      double used[2];
      for (int i : {0, 1}) {
        SynapseSpec synapse = {model->info().name, {}};
        for (const ParameterInfo& p : model->info().parameters) {
          if (p.name.rfind("tau_", 0) != 0) continue;
          synapse.parameters[p.name] = i == 0 ? 1.0 : 1000.0;
        }
        NetworkSpec spec = MakeNetwork(0.5, precision);
        spec.populations = {MakePopulation("a", "spike_source", 10)};
        spec.projections = {
            MakeProjection("a", "a", AllToAll{}, 0.5, 1.0, synapse)};
        estimated[i] = EstimateNetwork(spec).bytes;
        const double before = UsedBytes();
        const testing::Simulation simulation(spec);
        used[i] = UsedBytes() - before;
      }
      EXPECT_NEAR(estimated[1] - estimated[0], used[1] - used[0], 5000)
          << model->info().name << ", precision "
          << static_cast<int>(precision);
      if (used[1] - used[0] > 1e5) ++tables;
    }
  }
  EXPECT_GT(tables, 10);
}

}  // namespace
}  // namespace spiked
