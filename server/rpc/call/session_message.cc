// SPDX-License-Identifier: Apache-2.0

#include "server/rpc/call/session_message.h"

#include <algorithm>

#include "server/rpc/convert/convert.h"

namespace spiked {
namespace {

// Some 60 bytes on the wire, and three strings to allocate before.
constexpr size_t kBytesPerPart = 128;

}  // namespace

size_t SizeOf(const SessionView& view) {
  if (view.status.built == nullptr) return 0;
  const Network& network = *view.status.built->network;
  size_t parts = network.populations.size();
  if (view.projections) {
    parts += std::min<size_t>(network.projections.size(), kMaxProjectionInfos);
  }
  return kBytesPerPart * parts;
}

void MakeSessionMessage(const RpcEnvironment& environment, SessionView view,
                        std::function<void(v1::Session)> use,
                        RpcEnvironment::EndCall end) {
  const size_t size = SizeOf(view);
  environment.Run(
      size,
      [view = std::move(view), use = std::move(use)] {
        v1::Session made;
        ToProto(*view.session, view.status, &made);
        if (view.projections) AddProjections(view.status, &made);
        use(std::move(made));
      },
      std::move(end));
}

}  // namespace spiked
