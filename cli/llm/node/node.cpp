#include "llm/node/node.h"

#include <fmt/format.h>
#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
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
        drain(options.drain),
        on_stopped(options.on_stopped),
        server(build_server(options, source)) {
    core.on_idle = [this] { tell([](Drain&, SteadyTime) {}); };
    wait_for_calls(source);
    loop = std::thread([this] { run_completions(*source.queue); });
    life = std::thread([this] { live(); });
  }
  ~Impl() {
    tell([](Drain& machine, SteadyTime now) { machine.hurry(now); });
    life.join();
  }

  template <typename Event>
  void tell(const Event& event);
  void live();
  void show(DrainPhase phase);
  void end_calls_when_due();
  void publish_health();
  void close();

  NodeCore core;
  ::llm::LLMService::AsyncService service;
  CallSource source{core, service};
  std::mutex mutex;
  std::condition_variable changed;
  Drain drain;
  std::optional<bool> health_told;
  const std::function<void()> on_stopped;
  std::unique_ptr<grpc::Server> server;
  std::future<void> closed;  ///< set while gRPC says GOAWAY and waits for the calls' end
  std::thread loop;          ///< one is enough, and a second one costs more in wake-ups than it gives
  std::thread life;
};

template <typename Event>
void Node::Impl::tell(const Event& event) {
  const std::lock_guard lock(mutex);
  event(drain, std::chrono::steady_clock::now());
  changed.notify_one();
}

/// Carries the engine's health to grpc.health.v1 and the drain from phase to phase, until the node has stopped; the
/// engine's status costs a lock.
void Node::Impl::live() {
  std::unique_lock lock(mutex);
  while (true) {
    const SteadyTime now = std::chrono::steady_clock::now();
    while (const auto phase = drain.step(now, core.running())) show(*phase);
    end_calls_when_due();
    publish_health();
    if (drain.phase() == DrainPhase::kStopped) break;
    const SteadyTime wake = now + kHealthPeriod;
    changed.wait_until(lock, std::min(wake, drain.next().value_or(wake)));
  }
  lock.unlock();
  close();
}

/// GOAWAY goes out before the running calls are ended, so that what their clients begin next goes elsewhere.
void Node::Impl::show(DrainPhase phase) {
  core.show(phase, drain.cause());
  publish_health();
  log_info("the node is " + std::string(name_of(phase)), {{"cause", drain.cause()}, {"running", core.running()}});
  if (phase == DrainPhase::kDraining) closed = std::async(std::launch::async, [this] { server->Shutdown(); });
}

void Node::Impl::end_calls_when_due() {
  if (!drain.must_end_calls(std::chrono::steady_clock::now())) return;
  const int ended = core.hand_over_calls();
  if (ended > 0) log_warn("answers ended before their end, for another node to go on with", {{"answers", ended}});
}

void Node::Impl::publish_health() {
  const bool serving = core.is_serving();
  if (std::exchange(health_told, serving) == serving) return;
  grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
  health->SetServingStatus("", serving);
  health->SetServingStatus(std::string(kServiceName), serving);
}

/// Watch calls of health checkers never end by themselves, and clients that do not read keep theirs. The queue must not
/// be shut down while a call may still ask for its successor.
void Node::Impl::close() {
  if (closed.wait_for(kFarewell) != std::future_status::ready) grpc_server_cancel_all_calls(server->c_server());
  closed.get();
  source.close();
  source.queue->Shutdown();
  loop.join();
  if (on_stopped) on_stopped();
}

Node::Node(const NodeOptions& options, std::unique_ptr<Engine> engine)
    : impl_(std::make_unique<Impl>(options, std::move(engine))) {}

Node::~Node() = default;

std::uint16_t Node::port() const {
  return static_cast<std::uint16_t>(impl_->core.port);
}

NodeHealth Node::health() const {
  return impl_->core.health();
}

void Node::leave(std::string cause, std::optional<milliseconds> left) {
  impl_->tell([&](Drain& drain, SteadyTime now) {
    drain.leave(std::move(cause), now, left ? std::optional(now + *left) : std::nullopt);
  });
}

void Node::stand_aside(std::string cause) {
  impl_->tell([&](Drain& drain, SteadyTime now) { drain.stand_aside(std::move(cause), now); });
}

void Node::come_back() {
  impl_->tell([](Drain& drain, SteadyTime) { drain.come_back(); });
}

void Node::hurry() {
  impl_->tell([](Drain& drain, SteadyTime now) { drain.hurry(now); });
}

}  // namespace wsdeep::llm
