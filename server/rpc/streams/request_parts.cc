// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/request_parts.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/spec/names.h"
#include "server/rpc/convert/in_range.h"
#include "server/rpc/streams/rate_reader.h"
#include "server/rpc/streams/spike_request.h"

namespace spiked {
namespace {

constexpr int kMaxRecordedNeurons = 10'000;
constexpr int kMaxVariables = 100;

void SelectVariables(const v1::StreamStateRequest& request,
                     const PopulationShape& population,
                     StateProbe::Selection* selection, Violations* violations) {
  if (request.variables_size() == 0) {
    violations->Add("variables", "is required; give at least one");
  }
  const auto& table = population.model->variables;
  if (request.variables_size() > kMaxVariables) {
    violations->Add("variables",
                    absl::StrCat(request.variables_size(), " variables; 1 to ",
                                 kMaxVariables, " are allowed"));
    return;
  }
  std::set<std::string> seen;
  for (int i = 0; i < request.variables_size(); ++i) {
    const std::string& name = request.variables(i);
    const std::string path = absl::StrCat("variables[", i, "]");
    const int index = IndexByName(table, name);
    if (index < 0) {
      violations->Add(path, UnknownName("variable of " + population.model->name,
                                        name, table));
    } else if (!seen.insert(name).second) {
      violations->Add(path, absl::StrCat("\"", name, "\" occurs twice"));
    } else {
      selection->variables.push_back(index);
    }
  }
}

void SelectNeurons(const v1::StreamStateRequest& request,
                   const PopulationShape& population,
                   StateProbe::Selection* selection, Violations* violations) {
  const bool all = request.neuron_indices_size() == 0;
  const int64_t count = all ? population.size : request.neuron_indices_size();
  if (count > kMaxRecordedNeurons) {
    violations->Add(
        "neuron_indices",
        absl::StrCat(count, " neurons; list at most ", kMaxRecordedNeurons));
    return;
  }
  if (all) {
    selection->neurons.resize(count);
    std::iota(selection->neurons.begin(), selection->neurons.end(), 0);
    return;
  }
  for (int i = 0; i < request.neuron_indices_size(); ++i) {
    const int32_t index = request.neuron_indices(i);
    if (!CheckIndex(index, population.size, "neuron_indices", i, violations)) {
      return;
    }
    selection->neurons.push_back(index);
  }
}

}  // namespace

std::vector<SpikeGroup> SelectGroups(const v1::StreamRatesRequest& request,
                                     const SessionNetwork& network,
                                     Violations* violations) {
  const std::vector<bool> populations =
      SelectPopulations(request.populations(), *network.network, violations);
  int64_t count = 0;
  for (size_t p = 0; p < populations.size(); ++p) {
    if (!populations[p]) continue;
    count += request.by_column() ? network.shapes[p].column_count : 1;
  }
  if (count > RateReader::kMaxCounts) {
    violations->Add(
        "by_column",
        absl::StrCat(count, " columns; at most ", RateReader::kMaxCounts,
                     " are allowed: name fewer populations"));
    return {};
  }
  return MakeSpikeGroups(network.shapes, populations, request.by_column());
}

std::vector<int32_t> SelectSources(const v1::ReadSynapsesRequest& request,
                                   const PopulationShape& population,
                                   Violations* violations) {
  std::vector<int32_t> sources(request.source_indices().begin(),
                               request.source_indices().end());
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto place = static_cast<int64_t>(i);
    if (!CheckIndex(sources[i], population.size, "source_indices", place,
                    violations)) {
      break;
    }
    if (i > 0 && sources[i] <= sources[i - 1]) {
      violations->Add(absl::StrCat("source_indices[", i, "]"),
                      absl::StrCat(sources[i], " follows ", sources[i - 1],
                                   "; must be ascending"));
      break;
    }
  }
  return sources;
}

StateProbe::Selection SelectState(const v1::StreamStateRequest& request,
                                  const SessionNetwork& network,
                                  Violations* violations) {
  StateProbe::Selection selection;
  selection.interval_steps = std::max(1, request.interval_steps());
  const size_t before = violations->size();
  selection.population = FindPopulation(*network.network, request.population(),
                                        "population", violations);
  if (violations->size() > before) return selection;
  const PopulationShape& population = network.shapes[selection.population];
  SelectVariables(request, population, &selection, violations);
  SelectNeurons(request, population, &selection, violations);
  return selection;
}

}  // namespace spiked
