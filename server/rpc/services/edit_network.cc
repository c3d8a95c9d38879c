// SPDX-License-Identifier: Apache-2.0
//
// NetworkService::EditNetwork: read the request, build the edited network,
// answer.

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/rpc/call/session_lookup.h"
#include "server/rpc/call/session_message.h"
#include "server/rpc/call/unary_call.h"
#include "server/rpc/convert/convert.h"
#include "server/rpc/convert/resolve_uploads.h"
#include "server/rpc/convert/session_name.h"
#include "server/rpc/convert/status_details.h"
#include "server/rpc/services/network_service.h"

namespace spiked {
namespace {

using Call = UnaryCall<v1::EditNetworkResponse>;
using Names = google::protobuf::RepeatedPtrField<std::string>;

std::vector<std::string> ToNames(const Names& names) {
  return {names.begin(), names.end()};
}

// Adds violations for fields that the session's network already has, and for
// stimuli, which are not part of an edit.
void CheckUnset(const v1::Network& add, Violations* violations) {
  const std::pair<const char*, bool> fields[] = {
      {"description", !add.description().empty()},
      {"dt_ms", add.dt_ms() != 0},
      {"precision", add.precision() != v1::PRECISION_UNSPECIFIED},
      {"seed", add.seed() != 0}};
  for (const auto& [field, is_set] : fields) {
    if (!is_set) continue;
    violations->Add(absl::StrCat("add.", field),
                    "is that of the session's network; leave it out");
  }
  if (add.stimuli_size() > 0) {
    violations->Add("add.stimuli",
                    "are not part of an edit; inject them when it is done");
  }
}

EditSpec ToEdit(const v1::EditNetworkRequest& request, const Caller& caller,
                SynapseUploads* uploads, UploadedLists* lists,
                Violations* violations) {
  EditSpec edit;
  edit.removed_populations = ToNames(request.remove_populations());
  edit.removed_projections = ToNames(request.remove_projections());
  edit.removed_inputs = ToNames(request.remove_inputs());
  edit.removed_encoders = ToNames(request.remove_encoders());
  CheckUnset(request.add(), violations);
  if (!CheckCounts(request.add(), "add", violations)) return edit;
  NetworkSpec add = ToSpec(request.add(), "add", violations);
  *lists = ResolveUploads(request.add(), "add", caller.tenant->name(), uploads,
                          &add, violations);
  edit.populations = std::move(add.populations);
  edit.projections = std::move(add.projections);
  edit.inputs = std::move(add.inputs);
  edit.encoders = std::move(add.encoders);
  return edit;
}

bool IsEmpty(const EditSpec& edit) {
  return edit.removed_populations.empty() && edit.removed_projections.empty() &&
         edit.removed_inputs.empty() && edit.removed_encoders.empty() &&
         edit.populations.empty() && edit.projections.empty() &&
         edit.inputs.empty() && edit.encoders.empty();
}

void Finish(const RpcEnvironment& environment,
            const SessionEditor::EditResult& result,
            const std::weak_ptr<Session>& edited,
            const std::shared_ptr<Call>& call) {
  if (!result.violations.empty()) {
    return call->Fail(ToGrpcStatus(result.violations, Reason::kInvalidNetwork));
  }
  if (!result.status.ok()) return call->Fail(ToGrpcStatus(result.status));
  const std::shared_ptr<Session> session = edited.lock();  // it answers
  MakeSessionMessage(
      environment, {session, result.outcome.session, /*projections=*/true},
      [call](v1::Session made) {
        call->Answer([&](v1::EditNetworkResponse* response) {
          response->set_applied_step(made.step());
          *response->mutable_session() = std::move(made);
        });
      },
      [call](grpc::Status status) { call->Fail(std::move(status)); });
}

// Reads the request, then posts the edit or fails the call.
void Edit(const RpcEnvironment& environment,
          const v1::EditNetworkRequest& request,
          const std::shared_ptr<Call>& call) {
  Violations violations;
  const SessionTarget target = TargetOf(request);
  const std::string key = ParseTarget(environment.caller, target, &violations);
  UploadedLists lists;
  EditSpec edit = ToEdit(request, environment.caller,
                         environment.registry->uploads(), &lists, &violations);
  if (violations.empty() && IsEmpty(edit)) {
    violations.Add("add", "is required, unless something is removed");
  }
  if (!call->ReleaseRequest(&request)) return;
  if (!violations.empty()) {
    return call->Fail(ToGrpcStatus(violations, Reason::kInvalidNetwork));
  }
  const auto session =
      FindBuilt(*environment.registry, key, target.incarnation_id);
  if (!session.ok()) return call->Fail(ToGrpcStatus(session.status()));
  environment.editor->Edit(
      *session, std::move(edit), std::move(lists),
      [environment, call, edited = std::weak_ptr<Session>(*session)](
          const SessionEditor::EditResult& result) {
        Finish(environment, result, edited, call);
      },
      call->cancelled());
}

}  // namespace

grpc::ServerUnaryReactor* NetworkService::EditNetwork(
    grpc::CallbackServerContext* context, const v1::EditNetworkRequest* request,
    v1::EditNetworkResponse* response) {
  auto call = Call::Make(response);
  const RpcEnvironment environment = environment_.For(context);
  environment.Run(request->ByteSizeLong(), call, [environment, call, request] {
    Edit(environment, *request, call);
  });
  return call.get();
}

}  // namespace spiked
