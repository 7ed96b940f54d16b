#include "llm/node/node.h"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <mutex>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/url.h"
#include "llm/completion.h"
#include "llm/convert.h"
#include "llm/grpc_setup.h"
#include "llm/node/node_call.h"
#include "llm/node/node_core.h"

namespace wsdeep::llm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHealthPeriod{250};
/// For watchers of the health to hear that the node goes; without watchers nobody waits.
constexpr milliseconds kFarewell{100};
constexpr std::string_view kServiceName = "llm.LLMService";

// A client that vanished without a word gives its slot back within 40 s; clients may ping every 10 s.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kShortestPingIntervalMs = 10'000;

std::string read_pem(const std::string& path, std::string_view what) {
  const auto pem = DiskFiles().read(path, 1 << 20);
  if (!pem) throw Error(ErrorKind::kFailure, fmt::format("cannot read {} '{}': no such file", what, path));
  return *pem;
}

std::shared_ptr<grpc::ServerCredentials> make_credentials(const NodeOptions& options) {
  if (options.certificate_file.empty() != options.key_file.empty())
    throw Error(ErrorKind::kUsage, "TLS needs both a certificate file and a key file");
  if (options.certificate_file.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back(
      {read_pem(options.key_file, "key file"), read_pem(options.certificate_file, "certificate file")});
  return grpc::SslServerCredentials(tls);
}

/// Both switches are the process's, and must be set before a server is built.
void enable_standard_services() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

std::unique_ptr<grpc::Server> build_server(const NodeOptions& options, CallSource& source) {
  set_up_grpc();
  enable_standard_services();
  int& port = source.core.port;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(parse_listen_address(options.listen).authority(), make_credentials(options), &port);
  builder.RegisterService(&source.service);
  source.queue = builder.AddCompletionQueue();
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a port in use is an error, not a second node behind it
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kShortestPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  auto server = builder.BuildAndStart();
  if (!server || port == 0) throw Error(ErrorKind::kFailure, fmt::format("cannot listen on {}", options.listen));
  return server;
}

}  // namespace

struct Node::Impl {
  Impl(const NodeOptions& options, std::unique_ptr<Engine> engine)
      : core(std::move(engine), options.node_id, options.set_cookie, options.admission),
        server(build_server(options, source)) {
    wait_for_calls(source);
    loop = std::thread([this] { run_completions(*source.queue); });
    health_watch = std::thread([this] { watch_health(); });
  }

  void watch_health();
  void publish(bool serving);
  void stop_health_watch();
  void stop_serving();
  void shut_down(milliseconds grace);

  NodeCore core;
  ::llm::LLMService::AsyncService service;
  CallSource source{core, service};
  std::unique_ptr<grpc::Server> server;
  std::thread loop;  ///< one is enough, and a second one costs more in wake-ups than it gives
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  std::once_flag shut_down_once;
  std::thread health_watch;
};

/// Carries the engine's health to grpc.health.v1 until the node stops; the engine's status costs a lock.
void Node::Impl::watch_health() {
  std::unique_lock lock(mutex);
  std::optional<bool> told;
  while (!stopping) {
    const bool serving = core.is_serving();
    if (told != serving) publish(serving);
    told = serving;
    changed.wait_for(lock, kHealthPeriod, [this] { return stopping; });
  }
  publish(false);
}

void Node::Impl::publish(bool serving) {
  grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
  health->SetServingStatus("", serving);
  health->SetServingStatus(std::string(kServiceName), serving);
}

void Node::Impl::stop_health_watch() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  changed.notify_one();
  health_watch.join();
}

/// Watch calls of health checkers never end by themselves: it is the node's own calls that the grace is for.
void Node::Impl::shut_down(milliseconds grace) {
  std::call_once(shut_down_once, [&] {
    core.draining = true;
    core.admission.close();
    stop_health_watch();
    core.wait_until_idle(grace);
    stop_serving();
  });
}

/// Cancels what still runs and ends the loop. The queue must not be shut down while a call may still ask for its
/// successor.
void Node::Impl::stop_serving() {
  server->Shutdown(std::chrono::system_clock::now() + kFarewell);
  source.close();
  source.queue->Shutdown();
  loop.join();
}

Node::Node(const NodeOptions& options, std::unique_ptr<Engine> engine)
    : impl_(std::make_unique<Impl>(options, std::move(engine))) {}

Node::~Node() {
  shut_down(milliseconds(0));
}

std::uint16_t Node::port() const {
  return static_cast<std::uint16_t>(impl_->core.port);
}

NodeHealth Node::health() const {
  return impl_->core.health();
}

void Node::shut_down(milliseconds grace) {
  impl_->shut_down(grace);
}

}  // namespace wsdeep::llm
