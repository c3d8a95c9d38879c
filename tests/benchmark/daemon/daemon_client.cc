// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/daemon/daemon_client.h"

#include <arpa/inet.h>
#include <grpcpp/support/client_interceptor.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace spiked::benchmark {
namespace {

// Adds a token to calls. Credentials of calls would need TLS.
class TokenInterceptor : public grpc::experimental::Interceptor {
 public:
  explicit TokenInterceptor(const std::string& token) : token_(token) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* call) override {
    using grpc::experimental::InterceptionHookPoints;
    if (call->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      call->GetSendInitialMetadata()->emplace("authorization",
                                              absl::StrCat("Bearer ", token_));
    }
    call->Proceed();
  }

 private:
  const std::string& token_;
};

class TokenInterceptorFactory
    : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit TokenInterceptorFactory(std::string token)
      : token_(std::move(token)) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* /*info*/) override {
    return new TokenInterceptor(token_);
  }

 private:
  const std::string token_;
};

}  // namespace

absl::Status ToStatus(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address,
                                       const std::string& token) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  std::vector<
      std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>
      interceptors;
  if (!token.empty()) {
    interceptors.push_back(std::make_unique<TokenInterceptorFactory>(token));
  }
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      address, grpc::InsecureChannelCredentials(), arguments,
      std::move(interceptors));
}

v1::Network NoisyNetwork(int neurons, int indegree) {
  v1::Network network;
  network.set_dt_ms(1);
  network.set_seed(1);
  v1::Population* cells = network.add_populations();
  cells->set_name("cells");
  cells->set_size(neurons);
  cells->set_model("izhikevich");
  cells->set_cell_class("regular_spiking");
  v1::Projection* projection = network.add_projections();
  projection->set_source("cells");
  projection->set_target("cells");
  projection->mutable_fixed_indegree()->set_degree(indegree);
  projection->mutable_weight()->set_constant(1);
  projection->mutable_delay_ms()->mutable_discrete_uniform()->set_low(1);
  projection->mutable_delay_ms()->mutable_discrete_uniform()->set_high(5);
  v1::Input* noise = network.add_inputs();
  noise->set_population("cells");
  noise->set_model("normal_noise_current");
  (*noise->mutable_parameters())["std"].set_constant(6);
  return network;
}

SessionSet::SessionSet(std::shared_ptr<grpc::Channel> channel,
                       v1::CreateSessionRequest request)
    : channel_(std::move(channel)),
      stub_(v1::SessionService::NewStub(channel_)),
      request_(std::move(request)),
      prefix_(request_.session_id()) {}

SessionSet::~SessionSet() {
  for (const std::string& name : names_) {
    grpc::ClientContext context;
    v1::DeleteSessionRequest request;
    request.set_name(name);
    v1::DeleteSessionResponse response;
    stub_->DeleteSession(&context, request, &response);
  }
}

absl::Status SessionSet::GrowTo(int count) {
  while (size() < count) {
    grpc::ClientContext context;
    request_.set_session_id(absl::StrCat(prefix_, "-", size()));
    request_.set_seed(size());
    v1::Session session;
    const auto status = stub_->CreateSession(&context, request_, &session);
    if (!status.ok()) return ToStatus(status);
    names_.push_back(session.name());
  }
  return absl::OkStatus();
}

absl::Status SessionSet::Start(int count) {
  for (int i = 0; i < count; ++i) {
    grpc::ClientContext context;
    v1::StartSessionRequest request;
    request.set_name(names_[i]);
    v1::Session session;
    const auto status = stub_->StartSession(&context, request, &session);
    if (!status.ok()) return ToStatus(status);
  }
  return absl::OkStatus();
}

absl::Status SessionSet::Pause(int count) {
  for (int i = 0; i < count; ++i) {
    grpc::ClientContext context;
    v1::PauseSessionRequest request;
    request.set_name(names_[i]);
    v1::Session session;
    const auto status = stub_->PauseSession(&context, request, &session);
    if (!status.ok()) return ToStatus(status);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::SessionMetrics>> SessionSet::Metrics(int count) {
  std::vector<v1::SessionMetrics> metrics(count);
  for (int i = 0; i < count; ++i) {
    grpc::ClientContext context;
    v1::GetSessionMetricsRequest request;
    request.set_name(names_[i]);
    const auto status =
        stub_->GetSessionMetrics(&context, request, &metrics[i]);
    if (!status.ok()) return ToStatus(status);
  }
  return metrics;
}

absl::StatusOr<std::string> HttpGet(const std::string& url) {
  const std::string scheme = "http://";
  const size_t colon = url.rfind(':');
  const size_t slash = url.find('/', scheme.size());
  int port = 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (slash == std::string::npos || colon < scheme.size() ||
      !absl::SimpleAtoi(url.substr(colon + 1, slash - colon - 1), &port) ||
      inet_pton(AF_INET,
                url.substr(scheme.size(), colon - scheme.size()).c_str(),
                &address.sin_addr) != 1) {
    return absl::InvalidArgumentError(absl::StrCat(url, " is no address"));
  }
  address.sin_port = htons(static_cast<uint16_t>(port));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string text;
  const std::string request =
      absl::StrCat("GET ", url.substr(slash),
                   " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) ==
          0 &&
      send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
  }
  close(fd);
  if (text.empty()) return absl::UnavailableError(absl::StrCat("GET ", url));
  return text;
}

}  // namespace spiked::benchmark
