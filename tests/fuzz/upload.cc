// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "core/build/validate.h"
#include "server/base/clock.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/resolve_uploads.h"
#include "server/rpc/streams/upload_builder.h"
#include "server/session/registry/session_registry.h"
#include "server/session/scheduling/scheduler.h"
#include "spiked/v1/upload.pb.h"
#include "tests/fuzz/check_text.h"
#include "tests/fuzz/methods.h"
#include "tests/fuzz/targets.h"

namespace spiked::fuzz {
namespace {

// A network of two populations and a projection whose synapses are uploaded.
v1::Network NetworkOf(const std::string& upload) {
  v1::Network network;
  network.set_dt_ms(1);
  for (const char* name : {"a", "b"}) {
    v1::Population* population = network.add_populations();
    population->set_name(name);
    population->set_size(10);
    population->set_model("izhikevich");
  }
  v1::Projection* projection = network.add_projections();
  projection->set_source("a");
  projection->set_target("b");
  projection->mutable_explicit_pairs()->set_upload(upload);
  return network;
}

}  // namespace

void FuzzUpload(absl::string_view bytes) {
  SteadyClock clock;
  Statistics statistics;
  Scheduler scheduler{1, &clock, &statistics};
  SessionRegistry registry{SessionLimits{.memory_bytes = 1'000'000}, &clock,
                           &scheduler, &statistics};
  {
    UploadBuilder builder(&registry, registry.tenants()->Get(""));
    v1::UploadSynapsesResponse response;
    int64_t sequence = 0;
    for (const absl::string_view message : SplitMessages(bytes)) {
      v1::UploadSynapsesRequest request;
      if (!request.ParseFromArray(message.data(),
                                  static_cast<int>(message.size())) ||
          !builder.Take(request, &response).ok()) {
        break;
      }
      FUZZ_CHECK(response.sequence() == sequence++);
      FUZZ_CHECK(response.synapse_count() >= 0);
      // Memory is reserved before it is used.
      FUZZ_CHECK(registry.memory_bytes() >= response.synapse_count() * 8);
      if (!request.has_commit()) continue;
      const v1::Network network = NetworkOf(response.upload());
      Violations violations;
      NetworkSpec spec = ToSpec(network, "network", &violations);
      const UploadedLists lists = ResolveUploads(
          network, "network", "", registry.uploads(), &spec, &violations);
      FUZZ_CHECK(violations.empty());
      lists.FillIn(BuildProgress(), &spec);
      CheckText(ValidateNetwork(spec, "network"));
      return;  // the stream ends here, too
    }
  }
  FUZZ_CHECK(registry.memory_bytes() == 0);  // nothing is kept without commit
}

}  // namespace spiked::fuzz
