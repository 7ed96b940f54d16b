#include "llm/node/node.h"

#include <fmt/format.h>
#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
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
#include "base/log.h"
#include "base/url.h"
#include "llm/completion.h"
#include "llm/convert.h"
#include "llm/grpc_setup.h"
#include "llm/node/health_service.h"
#include "llm/node/node_call.h"
#include "llm/node/node_core.h"
#include "llm/node/node_pages.h"

namespace wsdeep::llm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHealthPeriod{250};
/// For watchers of the health to hear that the node goes; without watchers nobody waits.
constexpr milliseconds kFarewell{100};
constexpr std::chrono::seconds kTlsPeriod{1};
constexpr int kMoreStreams = 100;

// A client that vanished without a word gives its slot back within 40 s; clients may ping every 10 s.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kShortestPingIntervalMs = 10'000;

std::unique_ptr<NodeTls> make_tls(const TlsFiles& files) {
  if (files.certificate.empty() && files.key.empty() && files.client_ca.empty()) return nullptr;
  return std::make_unique<NodeTls>(files, std::chrono::system_clock::now());
}

/// The process's switch, which must be set before a server is built.
void enable_reflection() {
  static std::once_flag once;
  std::call_once(once, [] { grpc::reflection::InitProtoReflectionServerBuilderPlugin(); });
}

/// What a client may ask of the node at most, which has `places` for generations. gRPC looks at a message's size after
/// it has unpacked it, and 4 MB of gzip unpack to 4 GB: compressed messages are refused (UNIMPLEMENTED; the answer says
/// that the node takes none). More streams than there are places have to get through on a connection, for who is one
/// too many to be told so; a balancer has one connection for all its clients.
void limit(grpc::ServerBuilder& builder, int places) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP})
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 2 * places + kMoreStreams);
}

std::unique_ptr<grpc::Server> build_server(const NodeOptions& options, NodeTls* tls, CallSource& source,
                                           HealthService& health) {
  set_up_grpc();
  enable_reflection();
  int& port = source.core.port;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(parse_listen_address(options.listen).authority(),
                           tls != nullptr ? tls->credentials() : grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&source.service);
  builder.RegisterService(&health.service);
  source.queue = builder.AddCompletionQueue();
  limit(builder, source.core.engine->status().slots + options.admission.queue);
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
      : core(std::move(engine), options.node_id, options.set_cookie, options.admission,
             options.reads_engine_page || !options.metrics_listen.empty(), options.reading_patience),
        drain(options.drain),
        on_stopped(options.on_stopped),
        tls(make_tls(options.tls)),
        metrics(serve_pages(options.metrics_listen, core)),
        server(build_server(options, tls.get(), source, health)) {
    core.on_idle = [this] { tell([](Drain&, SteadyTime) {}); };
    health.publish(core.is_serving());
    wait_for_calls(source);
    health.wait_for_calls(source);
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
  void tell_of_engine();
  void look_at_tls(SteadyTime now);
  void close();

  NodeCore core;
  ::llm::LLMService::AsyncService service;
  CallSource source{core, service};
  std::mutex mutex;
  std::condition_variable changed;
  Drain drain;
  HealthService health;
  std::string engine_sickness;  ///< as the log told it last; empty: it is well
  const std::function<void()> on_stopped;
  const std::unique_ptr<NodeTls> tls;  ///< null: plain text
  SteadyTime tls_looked_at{};
  std::unique_ptr<MetricsServer> metrics;  ///< or null
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
    health.publish(core.is_serving());
    tell_of_engine();
    look_at_tls(now);
    if (drain.phase() == DrainPhase::kStopped) break;
    const SteadyTime wake = now + kHealthPeriod;
    changed.wait_until(lock, std::min(wake, drain.next().value_or(wake)));
  }
  lock.unlock();
  close();
}

/// gRPC's Shutdown says GOAWAY and waits for the calls' end, which here is the drain's business: it waits aside. So
/// GOAWAY is out long before the grace is over, and what clients begin after a call that was ended goes elsewhere.
void Node::Impl::show(DrainPhase phase) {
  core.show(phase, drain.cause());
  health.publish(core.is_serving());
  log_info("the node is " + std::string(name_of(phase)), {{"cause", drain.cause()}, {"running", core.running()}});
  if (phase == DrainPhase::kEnding) health.close();
  if (phase == DrainPhase::kDraining) closed = std::async(std::launch::async, [this] { server->Shutdown(); });
}

void Node::Impl::end_calls_when_due() {
  if (!drain.must_end_calls(std::chrono::steady_clock::now())) return;
  const int ended = core.hand_over_calls();
  if (ended > 0) log_warn("answers ended before their end, for another node to go on with", {{"answers", ended}});
}

/// Why a node does not serve stands in its log, too.
void Node::Impl::tell_of_engine() {
  const EngineStatus status = core.engine->status();
  const std::string sickness = status.healthy ? "" : status.reason;
  if (std::exchange(engine_sickness, sickness) == sickness) return;
  if (sickness.empty())
    log_info("the engine is well");
  else
    log_warn("the engine is not well: no calls until it is", {{"cause", sickness}});
}

void Node::Impl::look_at_tls(SteadyTime now) {
  if (!tls || now - tls_looked_at < kTlsPeriod) return;
  tls_looked_at = now;
  tls->look_again(core.clock.now());
}

/// Watch calls of health checkers never end by themselves, and clients that do not read keep theirs. gRPC's shutdown
/// may be over before the calls have heard it: the queue is shut down when the last of them is gone.
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

std::uint16_t Node::metrics_port() const {
  return impl_->metrics ? impl_->metrics->port() : 0;
}

bool Node::engine_is_well() const {
  return impl_->core.engine->status().healthy;
}

std::optional<std::int64_t> Node::recent_first_token(double share) const {
  return impl_->core.metrics.recent_first_tokens.quantile(share, std::chrono::steady_clock::now());
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
