// SPDX-License-Identifier: Apache-2.0

#include "tests/support/network_file.h"

#include <google/protobuf/util/json_util.h>
#include <yaml-cpp/yaml.h>

#include <map>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/rpc/convert/convert.h"

namespace spiked::testing {
namespace {

std::string ToJson(const YAML::Node& node);

std::string ScalarToJson(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  double number = 0;
  bool truth = false;
  const bool is_quoted = node.Tag() == "!";
  if (!is_quoted && (YAML::convert<double>::decode(node, number) ||
                     YAML::convert<bool>::decode(node, truth))) {
    return text;
  }
  return absl::StrCat("\"", absl::CEscape(text), "\"");
}

// The entries of a map, and those of the maps that it merges ("<<") which it
// doesn't override.
void CollectEntries(const YAML::Node& node,
                    std::map<std::string, YAML::Node>* entries) {
  for (const auto& entry : node) {
    if (entry.first.Scalar() != "<<") {
      entries->emplace(entry.first.Scalar(), entry.second);
    }
  }
  const YAML::Node merged = node["<<"];
  if (!merged.IsDefined()) return;
  if (merged.IsSequence()) {
    for (const auto& map : merged) CollectEntries(map, entries);
  } else {
    CollectEntries(merged, entries);
  }
}

std::string MapToJson(const YAML::Node& node) {
  std::map<std::string, YAML::Node> entries;
  CollectEntries(node, &entries);
  std::string json;
  for (const auto& [key, value] : entries) {
    absl::StrAppend(&json, json.empty() ? "{" : ",", "\"", absl::CEscape(key),
                    "\":", ToJson(value));
  }
  return json.empty() ? "{}" : json + "}";
}

std::string ListToJson(const YAML::Node& node) {
  std::string json;
  for (const auto& element : node) {
    absl::StrAppend(&json, json.empty() ? "[" : ",", ToJson(element));
  }
  return json.empty() ? "[]" : json + "]";
}

std::string ToJson(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map:
      return MapToJson(node);
    case YAML::NodeType::Sequence:
      return ListToJson(node);
    case YAML::NodeType::Scalar:
      return ScalarToJson(node);
    default:
      return "null";
  }
}

}  // namespace

absl::StatusOr<v1::Network> ReadNetworkFile(const std::string& path) {
  const std::string full_path = absl::StrCat(SPIKED_SOURCE_DIR "/", path);
  v1::Network network;
  const auto status = google::protobuf::util::JsonStringToMessage(
      ToJson(YAML::LoadFile(full_path)), &network);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", status.ToString()));
  }
  return network;
}

absl::StatusOr<NetworkSpec> ReadNetworkSpec(const std::string& path) {
  const auto network = ReadNetworkFile(path);
  if (!network.ok()) return network.status();
  Violations violations;
  NetworkSpec spec = ToSpec(*network, "network", &violations);
  if (!violations.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", violations.Text()));
  }
  return spec;
}

}  // namespace spiked::testing
