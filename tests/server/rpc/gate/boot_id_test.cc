// SPDX-License-Identifier: Apache-2.0
//
// Calls for one start of the daemon only, and the id of the start in answers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/server/rpc/contract_methods.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using enum grpc::StatusCode;

constexpr char kEarlierBootId[] = "ffffffffffffffffffffffffffffffff";

class BootIdTest : public RpcFixture {
 protected:
  static Metadata For(const std::string& boot_id) {
    return {{"spiked-boot-id", boot_id}};
  }
};

TEST_F(BootIdTest, EveryMethodCanBeForOneStart) {
  for (const auto* method : AllMethods()) {
    const std::string path = PathOf(*method);
    const grpc::Status status = CallRaw(path, "", For(kEarlierBootId));
    EXPECT_THAT(status, HasCode(ABORTED)) << path;
    EXPECT_THAT(status.error_message(),
                HasSubstr(absl::StrCat("has restarted: its boot id is ",
                                       kBootId, ", not ", kEarlierBootId)));
    const v1::ErrorInfo info = ErrorInfoOf(status);
    EXPECT_EQ(info.reason(), "BOOT_ID_MISMATCH");
    EXPECT_EQ(info.metadata().at("boot_id"), kBootId);
    EXPECT_EQ(info.metadata().at("expected_boot_id"), kEarlierBootId);
    EXPECT_THAT(CallRaw(path, "", For(kBootId)), Not(HasCode(ABORTED))) << path;
  }
}

TEST_F(BootIdTest, RefusesWhatIsNoBootId) {
  for (const char* text : {"", "x", "0123456789ABCDEF0123456789ABCDEF"}) {
    const grpc::Status status =
        CallRaw("/spiked.v1.ServerService/GetServerInfo", "", For(text));
    EXPECT_THAT(status, HasCode(INVALID_ARGUMENT));
    EXPECT_EQ(status.error_message(),
              absl::StrCat("spiked-boot-id: \"", text,
                           "\" is not a boot id: 32 hexadecimal digits, 0-9 "
                           "and a-f"));
  }
}

TEST_F(BootIdTest, EveryAnswerTellsTheStart) {
  const auto boot_id_in = [](const grpc::ClientContext& context) {
    const auto& metadata = context.GetServerInitialMetadata();
    const auto it = metadata.find("spiked-boot-id");
    return it == metadata.end()
               ? std::string()
               : std::string(it->second.data(), it->second.size());
  };
  Create("demo", MakeQuietNetwork());
  {
    grpc::ClientContext context;
    v1::ServerInfo info;
    EXPECT_THAT(
        servers_->GetServerInfo(&context, v1::GetServerInfoRequest(), &info),
        IsOk());
    EXPECT_EQ(boot_id_in(context), info.boot_id());
  }
  {
    grpc::ClientContext context;
    v1::StreamSpikesRequest request;
    request.set_session("sessions/demo");
    const auto reader = recordings_->StreamSpikes(&context, request);
    v1::SpikeBatch batch;
    EXPECT_TRUE(reader->Read(&batch));
    EXPECT_EQ(boot_id_in(context), kBootId);
    context.TryCancel();
    reader->Finish();
  }
}

}  // namespace
}  // namespace spiked::testing
