// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/convert/resolve_uploads.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/spec/names.h"

namespace spiked {
namespace {

// If the upload has the list, sets the field, which must be empty, to an empty
// list that is filled in later.
void KeepPlace(const std::vector<double>& list, const std::string& path,
               Value* value, Violations* violations) {
  if (list.empty()) return;
  if (!std::holds_alternative<std::monostate>(*value)) {
    violations->Add(path, "is given, but the upload has a list of them");
    return;
  }
  *value = std::vector<double>();
}

}  // namespace

UploadedLists ResolveUploads(const v1::Network& network,
                             const std::string& path, const std::string& tenant,
                             SynapseUploads* uploads, NetworkSpec* spec,
                             Violations* violations) {
  UploadedLists lists;
  for (int i = 0; i < network.projections_size(); ++i) {
    const v1::ExplicitPairs& pairs = network.projections(i).explicit_pairs();
    if (pairs.upload().empty()) continue;
    const std::string at = absl::StrCat(path, ".projections[", i, "]");
    const std::string field = at + ".explicit_pairs.upload";
    if (pairs.source_indices_size() > 0 || pairs.target_indices_size() > 0) {
      violations->Add(field, "is given, and lists are, too; one is allowed");
      continue;
    }
    std::shared_ptr<const SynapseUpload> upload =
        uploads->Find(tenant, pairs.upload());
    if (upload == nullptr) {
      violations->Add(field, absl::StrCat(Quoted(pairs.upload()),
                                          " is no upload; each ends ten "
                                          "minutes after its last use"));
      continue;
    }
    ProjectionSpec& projection = spec->projections[i];
    KeepPlace(upload->weights, at + ".weight", &projection.weight, violations);
    KeepPlace(upload->delays_ms, at + ".delay_ms", &projection.delay_ms,
              violations);
    lists.Add(static_cast<size_t>(i), std::move(upload));
  }
  return lists;
}

}  // namespace spiked
