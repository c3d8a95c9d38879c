// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/streams/spike_request.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/spec/names.h"
#include "server/base/status_payload.h"
#include "server/rpc/convert/session_name.h"

namespace spiked {
namespace {

constexpr int kMaxIndices = 1'000'000;

// Makes a filter of neurons by their indices through the network.
SpikeFilter FilterOfIndices(
    const google::protobuf::RepeatedField<int32_t>& indices,
    int64_t neuron_count, Violations* violations) {
  SpikeFilter filter = SpikeFilter::None(neuron_count);
  if (indices.size() > kMaxIndices) {
    violations->Add(
        "neuron_indices",
        absl::StrCat(indices.size(), " neurons; list at most ", kMaxIndices));
    return filter;
  }
  for (int i = 0; i < indices.size(); ++i) {
    const int32_t index = indices[i];
    if (!CheckIndex(index, neuron_count, "neuron_indices", i, violations)) {
      break;
    }
    if (filter.Wants(index)) {
      violations->Add(absl::StrCat("neuron_indices[", i, "]"),
                      absl::StrCat(index, " occurs twice"));
      break;
    }
    filter.Add(index, index + 1);
  }
  return filter;
}

// Returns which columns are listed, as [columns]; all if none is.
std::vector<bool> SelectColumns(
    const google::protobuf::RepeatedField<int32_t>& columns, int32_t count,
    Violations* violations) {
  std::vector<bool> wanted(count, columns.empty());
  for (int i = 0; i < columns.size(); ++i) {
    const int32_t column = columns[i];
    if (!CheckIndex(column, count, "columns", i, violations)) break;
    if (wanted[column]) {
      violations->Add(absl::StrCat("columns[", i, "]"),
                      absl::StrCat(column, " occurs twice"));
      break;
    }
    wanted[column] = true;
  }
  return wanted;
}

// Makes a filter of the selected columns of the selected populations.
SpikeFilter FilterOfColumns(const std::vector<PopulationShape>& shapes,
                            const std::vector<bool>& populations,
                            const std::vector<bool>& columns,
                            int64_t neuron_count) {
  SpikeFilter filter = SpikeFilter::None(neuron_count);
  int64_t begin = 0;
  for (size_t p = 0; p < shapes.size(); ++p) {
    const int64_t count = shapes[p].column_count;
    const int64_t width = shapes[p].size / count;
    for (int64_t c = 0; populations[p] && c < count; ++c) {
      if (columns[c]) filter.Add(begin + c * width, begin + (c + 1) * width);
    }
    begin += shapes[p].size;
  }
  return filter;
}

// Makes a filter of the neurons that both filters pass.
SpikeFilter Intersect(const SpikeFilter& a, const SpikeFilter& b,
                      int64_t neuron_count) {
  SpikeFilter both = SpikeFilter::None(neuron_count);
  for (int64_t i = 0; i < neuron_count; ++i) {
    const auto neuron = static_cast<int32_t>(i);
    if (a.Wants(neuron) && b.Wants(neuron)) both.Add(i, i + 1);
  }
  return both;
}

}  // namespace

int FindPopulation(const Network& network, const std::string& name,
                   const std::string& path, Violations* violations) {
  const int index = network.FindPopulation(name);
  if (index >= 0) return index;
  violations->Add(
      path, name.empty() ? "is required"
                         : UnknownName("population", name, network.populations,
                                       violations->suggestions()));
  return 0;
}

int FindProjection(const Network& network, const std::string& name,
                   Violations* violations) {
  const int index = network.FindProjection(name);
  if (index >= 0) return index;
  violations->Add("projection",
                  name.empty()
                      ? "is required"
                      : UnknownName("projection", name, network.projections,
                                    violations->suggestions()));
  return 0;
}

std::vector<bool> SelectPopulations(
    const google::protobuf::RepeatedPtrField<std::string>& names,
    const Network& network, Violations* violations) {
  const size_t count = network.populations.size();
  std::vector<bool> wanted(count, names.empty());
  if (static_cast<size_t>(names.size()) > count) {
    violations->Add(
        "populations",
        absl::StrCat(names.size(), " populations; the network has ", count));
    return wanted;
  }
  for (int i = 0; i < names.size() && !violations->full(); ++i) {
    wanted[FindPopulation(network, names[i],
                          absl::StrCat("populations[", i, "]"), violations)] =
        true;
  }
  return wanted;
}

SpikeFilter ReadFilter(const v1::StreamSpikesRequest& request,
                       const SessionNetwork& network, Violations* violations) {
  const size_t before = violations->size();
  const std::vector<PopulationShape>& shapes = network.shapes;
  const int64_t neuron_count = network.network->neuron_count;
  const std::vector<bool> populations =
      SelectPopulations(request.populations(), *network.network, violations);
  if (!request.neuron_indices().empty() && !request.columns().empty()) {
    violations->Add("columns", "not together with neuron_indices");
  }
  CheckNumber(request.sample_fraction(), 0, 1, "sample_fraction", violations);
  // Populations and columns.
  if (violations->size() > before) return {};

  int32_t column_count = 1;
  for (size_t p = 0; p < shapes.size(); ++p) {
    if (!populations[p]) continue;
    column_count =
        std::max(column_count, static_cast<int32_t>(shapes[p].column_count));
  }
  const std::vector<bool> columns =
      SelectColumns(request.columns(), column_count, violations);
  SpikeFilter filter;
  const auto all = [](const std::vector<bool>& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [](bool w) { return w; });
  };
  if (!all(populations) || !all(columns)) {
    filter = FilterOfColumns(shapes, populations, columns, neuron_count);
  }
  // Listed neurons, among those.
  if (!request.neuron_indices().empty()) {
    SpikeFilter listed =
        FilterOfIndices(request.neuron_indices(), neuron_count, violations);
    filter = filter.all() ? std::move(listed)
                          : Intersect(filter, listed, neuron_count);
  }
  // A sample of the rest.
  if (request.sample_fraction() > 0) {
    filter.KeepSample(neuron_count, network.network->seed,
                      request.sample_fraction());
  }
  return filter;
}

absl::Status CheckPolicy(const Session& session,
                         v1::SlowConsumerPolicy policy) {
  if (policy != v1::BLOCK || session.options().pacing != Pacing::kRealTime) {
    return absl::OkStatus();
  }
  return Refusal(Reason::kSessionState,
                 absl::StrCat("slow_consumer_policy: BLOCK, but session \"",
                              SessionName(session.id()),
                              "\" is REAL_TIME, which waits for nobody"));
}

}  // namespace spiked
