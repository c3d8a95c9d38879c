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
// What a stream may keep of its request without a reservation.
constexpr int64_t kFreeBytes = 4 << 10;

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

// Whether no population or column is left out.
bool All(const std::vector<bool>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [](bool w) { return w; });
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

absl::StatusOr<MemoryReservation> ReserveForStream(
    const RpcEnvironment& environment, int64_t bytes, int64_t peak_bytes) {
  if (bytes <= kFreeBytes) return MemoryReservation();
  return environment.registry->ledger()->Reserve(
      {.tenant = environment.caller.tenant,
       .what = "the stream's selection of neurons needs",
       .bytes = static_cast<double>(bytes),
       .peak_bytes = static_cast<double>(peak_bytes),
       .peak_when = "while it is made"});
}

absl::StatusOr<std::shared_ptr<const SpikeFilter>> ReadFilter(
    const RpcEnvironment& environment, const v1::StreamSpikesRequest& request,
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
  if (violations->size() > before) return nullptr;

  int32_t column_count = 1;
  for (size_t p = 0; p < shapes.size(); ++p) {
    if (!populations[p]) continue;
    column_count =
        std::max(column_count, static_cast<int32_t>(shapes[p].column_count));
  }
  const std::vector<bool> columns =
      SelectColumns(request.columns(), column_count, violations);
  const bool by_columns = !All(populations) || !All(columns);
  const bool is_listed = !request.neuron_indices().empty();
  const bool is_sampled =
      request.sample_fraction() > 0 && request.sample_fraction() < 1;
  if (!by_columns && !is_listed && !is_sampled) {
    return std::make_shared<const SpikeFilter>();
  }

  const int64_t bytes = SpikeFilter::BytesOf(neuron_count);
  auto memory = ReserveForStream(environment, bytes, 2 * bytes);
  if (!memory.ok()) return memory.status();
  SpikeFilter filter;
  if (by_columns) {
    filter = FilterOfColumns(shapes, populations, columns, neuron_count);
  }
  if (is_listed) {
    filter.KeepOnly(
        FilterOfIndices(request.neuron_indices(), neuron_count, violations));
  }
  if (is_sampled) {
    filter.KeepSample(neuron_count, network.network->seed,
                      request.sample_fraction());
  }
  return Share(std::move(filter), *std::move(memory));
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
