// SPDX-License-Identifier: Apache-2.0
//
// Connections with TLS: trusted and untrusted certificates, and renewal.

#include "server/rpc/connection/tls.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/rpc/connection/probe.h"
#include "server/rpc/connection/tls_handshake.h"
#include "server/rpc/rpc_server.h"
#include "server/security/text_file.h"
#include "spiked/v1/server.grpc.pb.h"
#include "tests/server/rpc/tls_files.h"

namespace spiked::testing {
namespace {

using ::testing::HasSubstr;

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    folder_.MakeCertificate("server", "first");
    folder_.MakeCertificate("client", "client");
  }

  ~TlsTest() override {
    server_ = nullptr;
    scheduler_.Stop();
  }

  TlsFiles Files(bool with_clients) const {
    return {.certificate = folder_.Path("server.crt"),
            .key = folder_.Path("server.key"),
            .client_ca = with_clients ? folder_.Path("ca.crt") : ""};
  }

  void Start(const TlsFiles& tls) {
    auto server =
        RpcServer::Start({.listen_address = "127.0.0.1:0", .tls = tls}, {},
                         {.registry = &registry_,
                          .builder = &builder_,
                          .editor = &editor_,
                          .statistics = &statistics_,
                          .call_statistics = &calls_,
                          .clock = &clock_});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // Asks whether the server serves.
  absl::Status Ask(const ClientTls& tls, double timeout_s = 20) const {
    return Probe(absl::StrCat("127.0.0.1:", server_->port()),
                 std::chrono::duration<double>(timeout_s), tls);
  }
  ClientTls Believing() const {
    return {.enabled = true, .ca = folder_.Path("ca.crt")};
  }
  ClientTls Showing(const std::string& name) const {
    ClientTls tls = Believing();
    tls.certificate = folder_.Path(name + ".crt");
    tls.key = folder_.Path(name + ".key");
    return tls;
  }

  // The common name in the server's certificate, on a new connection.
  std::string CommonName() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = *ReadTextFile(folder_.Path("ca.crt"));
    const auto stub = v1::ServerService::NewStub(
        grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                  grpc::SslCredentials(options), arguments));
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(20));
    v1::ServerInfo info;
    const grpc::Status status =
        stub->GetServerInfo(&context, v1::GetServerInfoRequest(), &info);
    EXPECT_TRUE(status.ok()) << status.error_message();
    const auto names =
        context.auth_context()->FindPropertyValues("x509_common_name");
    return names.empty() ? "" : std::string(names[0].data(), names[0].size());
  }

  TlsFolder folder_;
  SteadyClock clock_;
  Statistics statistics_;
  CallStatistics calls_;
  Scheduler scheduler_{1, &clock_, &statistics_};
  SessionRegistry registry_{{}, &clock_, &scheduler_, &statistics_};
  SessionBuilder builder_{&registry_};
  SessionEditor editor_{&registry_, &builder_};
  std::unique_ptr<RpcServer> server_;
};

TEST_F(TlsTest, ServesThoseWhoBelieveTheAuthority) {
  Start(Files(false));
  EXPECT_TRUE(Ask(Believing()).ok()) << Ask(Believing());
  EXPECT_EQ(CommonName(), "first");
  // With another authority, and without TLS.
  const TlsFolder other;
  EXPECT_FALSE(Ask({.enabled = true, .ca = other.Path("ca.crt")}, 1).ok());
  EXPECT_FALSE(Ask({}, 1).ok());
  ClientTls wrong_name = Believing();
  wrong_name.server_name = "elsewhere";
  EXPECT_FALSE(Ask(wrong_name, 1).ok());
  ClientTls right_name = Believing();
  right_name.server_name = "localhost";
  EXPECT_TRUE(Ask(right_name).ok());
}

TEST_F(TlsTest, ClientsMayHaveToShowCertificates) {
  Start(Files(true));
  EXPECT_TRUE(Ask(Showing("client")).ok()) << Ask(Showing("client"));
  EXPECT_FALSE(Ask(Believing(), 1).ok());
  TlsFolder other;
  other.MakeCertificate("client", "client");
  ClientTls stranger = Believing();
  stranger.certificate = other.Path("client.crt");
  stranger.key = other.Path("client.key");
  EXPECT_FALSE(Ask(stranger, 1).ok());
}

TEST_F(TlsTest, AHandshakeTellsWhetherACertificateIsTaken) {
  Start(Files(true));
  const auto try_with = [&](const TlsFiles& files) {
    const auto handshake =
        TryHandshake(absl::StrCat("127.0.0.1:", server_->port()), files,
                     std::chrono::seconds(20));
    EXPECT_TRUE(handshake.ok()) << handshake.status();
    return *handshake;
  };
  EXPECT_EQ(try_with(Files(true)), Handshake::kTaken);
  folder_.MakeCertificate("of-servers", "server", "serverAuth");
  folder_.MakeCertificate("of-both", "server", "serverAuth,clientAuth");
  TlsFolder other;
  other.MakeCertificate("server", "server");
  const auto files = [&](const TlsFolder& folder, const std::string& name,
                         const TlsFolder& ca) {
    return TlsFiles{folder.Path(name + ".crt"), folder.Path(name + ".key"),
                    ca.Path("ca.crt")};
  };
  EXPECT_EQ(try_with(files(folder_, "of-both", folder_)), Handshake::kTaken);
  // A certificate for servers only; one of another authority, with files that
  // accept it; and the same with files that don't.
  EXPECT_EQ(try_with(files(folder_, "of-servers", folder_)),
            Handshake::kRefused);
  EXPECT_EQ(try_with(files(other, "server", other)), Handshake::kRefused);
  EXPECT_EQ(try_with(files(other, "server", folder_)), Handshake::kRefused);
  // A key of another certificate, and missing files.
  TlsFiles mixed = Files(true);
  mixed.key = folder_.Path("client.key");
  EXPECT_EQ(try_with(mixed), Handshake::kRefused);
  EXPECT_EQ(try_with({}), Handshake::kRefused);
}

TEST_F(TlsTest, ARenewedCertificateIsShown) {
  Start(Files(false));
  EXPECT_EQ(CommonName(), "first");
  folder_.MakeCertificate("new", "second");
  folder_.Replace("server", "new");
  // The server reads the files again every second.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string name;
  while ((name = CommonName()) != "second" &&
         std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
  EXPECT_EQ(name, "second");
}

TEST_F(TlsTest, AWrongFileIsNamed) {
  const auto error = [&](const TlsFiles& files) {
    return std::string(CheckTlsFiles(files).message());
  };
  EXPECT_EQ(error(Files(true)), "");
  TlsFiles files = Files(true);
  files.certificate = "/nonexistent/server.crt";
  EXPECT_THAT(error(files), HasSubstr("/nonexistent/server.crt: cannot be"));
  files = Files(true);
  files.key = folder_.Path("client.key");
  EXPECT_THAT(error(files),
              HasSubstr("client.key: is not the private key, in PEM, of the "
                        "certificate " +
                        folder_.Path("server.crt")));
  files = Files(true);
  files.certificate = folder_.Path("empty");
  std::ofstream(files.certificate) << "no certificate\n";
  EXPECT_THAT(error(files), HasSubstr("empty: is not a certificate in PEM"));
  files = Files(true);
  files.client_ca = folder_.Path("empty");
  EXPECT_THAT(error(files), HasSubstr("empty: has no certificates in PEM"));
}

}  // namespace
}  // namespace spiked::testing
