#include "llm/client/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>

#include "base/clock.h"
#include "llm.grpc.pb.h"
#include "llm/client/channel.h"
#include "llm/client/client_stream.h"
#include "llm/client/explain.h"
#include "llm/client/follow_health.h"
#include "llm/client/peer_call.h"
#include "llm/client/reflection.h"
#include "llm/convert.h"
#include "llm/grpc_setup.h"
#include "llm/grpc_status.h"

namespace wsdeep::llm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortestAsking{1000};

/// Nothing for what no node measures.
std::optional<double> measured(double told) {
  return std::isfinite(told) && told >= 0 ? std::optional(told) : std::nullopt;
}

NodeHealth to_health(const ::llm::HealthCheckResponse& from) {
  NodeHealth to;
  to.status = from.status();
  to.node_id = from.node_id();
  to.model = from.model();
  to.engine = from.engine();
  to.slots = from.slots();
  to.active = from.active();
  to.queued = from.queued();
  to.completed = from.completed();
  to.cancelled = from.cancelled();
  to.failed = from.failed();
  if (from.has_load()) to.load = measured(from.load());
  to.draining = from.draining();
  if (from.has_ttft_p50_us()) to.ttft_p50_us = std::max<std::int64_t>(0, from.ttft_p50_us());
  to.version = from.version();
  if (from.has_kv_use()) to.kv_use = measured(from.kv_use());
  if (from.has_clock_received_us()) to.clock_received_us = from.clock_received_us();
  if (from.has_clock_sent_us()) to.clock_sent_us = from.clock_sent_us();
  for (const ::llm::GivenUpCall& call : from.given_up())
    to.given_up.push_back({call.request_id(), std::chrono::microseconds(std::max<std::int64_t>(0, call.slot_free_us())),
                           std::max<std::int64_t>(0, call.tokens())});
  return to;
}

using ServiceStub = ::llm::LLMService::Stub;
template <typename Request, typename Response>
using Method = grpc::Status (ServiceStub::*)(grpc::ClientContext*, const Request&, Response*);

/// What a call is beside its request.
struct Asking {
  std::string_view operation;  ///< for an error: cannot …
  milliseconds timeout{};
  std::string cookie{};
  std::string* next_cookie = nullptr;  ///< set also when the call fails
  std::stop_token cancel{};
  bool looks = true;  ///< a failure is explained by a look at the server
};

}  // namespace

struct Client::Impl {
  explicit Impl(ClientTarget options)
      : target(std::move(options)), url(parse_target(target.url)), credentials(make_credentials(url, target)) {}

  StreamCarrier carrier();
  template <typename Request, typename Response>
  Response ask(Method<Request, Response> method, const Request& request, const Asking& asking);

  const ClientTarget target;
  const Url url;
  const std::shared_ptr<grpc::ChannelCredentials> credentials;
  std::mutex mutex;
  std::shared_ptr<grpc::Channel> channel;
  std::shared_ptr<std::atomic<bool>> is_left;  ///< the channel, for another one
  std::shared_ptr<ClientLoop> loop;
};

/// The loop and the one channel. A channel whose last attempt to connect failed would fail calls unseen
/// until its back-off is over, also when the node is there again; a new one tries at once, and running calls keep the
/// old one.
StreamCarrier Client::Impl::carrier() {
  set_up_grpc();
  const std::lock_guard lock(mutex);
  if (!loop) loop = ClientLoop::shared();
  if (!channel || *is_left || channel->GetState(false) == GRPC_CHANNEL_TRANSIENT_FAILURE) {
    channel = make_channel(url, target, credentials);
    is_left = std::make_shared<std::atomic<bool>>(false);
  }
  return {loop, channel, is_left, target.connect_timeout};
}

template <typename Request, typename Response>
Response Client::Impl::ask(Method<Request, Response> method, const Request& request, const Asking& asking) {
  const SteadyTime connect_end = std::chrono::steady_clock::now() + target.connect_timeout;
  const Deadline deadline = std::chrono::system_clock::now() + asking.timeout;
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    prepare(context, asking.cookie, deadline);
    const std::stop_callback on_cancel(asking.cancel, [&] { context.TryCancel(); });
    const std::stop_callback on_end(target.cancel, [&] { context.TryCancel(); });
    Response response;
    const grpc::Status status =
        without_own_reset((ServiceStub(carrier().channel).*method)(&context, request, &response), connect_end);
    if (asking.next_cookie != nullptr) *asking.next_cookie = next_cookie(context, asking.cookie);
    if (status.ok()) return response;
    if (attempt < kAttempts && was_not_processed(status)) continue;
    FailedCall failed{llm::describe(status), http_version_of(status), began_no_grpc(status), asking.timeout};
    const Explanation found = asking.looks ? llm::explain(url, target, failed) : Explanation{failed.cause, ""};
    throw Error(ErrorKind::kFailure, fmt::format("cannot {} at {}: {}", asking.operation, target.url, found.cause),
                found.hint);
  }
}

Client::Client(ClientTarget target) : impl_(std::make_unique<Impl>(std::move(target))) {}

Client::~Client() = default;

void Client::connect() {
  impl_->carrier().channel->GetState(true);
}

std::unique_ptr<LlmStream> Client::start(const LlmRequest& request, milliseconds timeout, StreamEvents events) {
  return open_stream(impl_->carrier(), request, timeout, std::move(events));
}

std::string Client::generate(const LlmRequest& request, milliseconds timeout, LlmResult& result) {
  result = {};
  auto response = impl_->ask(&ServiceStub::Generate, to_proto(request),
                             {"generate", timeout, request.sticky_cookie, &result.sticky_cookie});
  result.finish_reason = response.finish_reason().empty() ? "stop" : response.finish_reason();
  if (response.has_usage()) result.usage = from_proto(response.usage());
  result.node_id = response.node_id();
  return std::move(*response.mutable_text());
}

void Client::post(std::function<void()> task) {
  ClientLoop::shared()->post(std::move(task));
}

NodeHealth Client::health(milliseconds timeout) {
  return to_health(impl_->ask(&ServiceStub::HealthCheck, ::llm::HealthCheckRequest(), {"read the health", timeout}));
}

NodeHealth Client::poll(milliseconds timeout, const std::vector<std::string>& given_up) {
  ::llm::HealthCheckRequest request;
  request.mutable_given_up()->Assign(given_up.begin(), given_up.end());
  return to_health(
      impl_->ask(&ServiceStub::HealthCheck, request, {"read the health", timeout, {}, nullptr, {}, false}));
}

std::vector<std::string> Client::models(milliseconds timeout) {
  const auto response = impl_->ask(&ServiceStub::ListModels, ::llm::ListModelsRequest(), {"list the models", timeout});
  return {response.models().begin(), response.models().end()};
}

void Client::watch(milliseconds interval, const std::stop_token& stop,
                   const std::function<void(const NodeView&)>& on_view) {
  const auto ask = [&] {
    NodeView view;
    try {
      view.health =
          to_health(impl_->ask(&ServiceStub::HealthCheck, ::llm::HealthCheckRequest(),
                               {"read the health", std::max(interval, kShortestAsking), {}, nullptr, stop, false}));
    } catch (const Error& fault) {
      view.fault = fault.what();
    }
    return view;
  };
  follow_health({ask, [&] { return impl_->carrier().channel; }}, interval, stop, on_view);
}

ServerDescription Client::describe(milliseconds timeout) {
  const SteadyTime connect_end = std::chrono::steady_clock::now() + impl_->target.connect_timeout;
  const Deadline deadline = std::chrono::system_clock::now() + timeout;
  try {
    return describe_server(impl_->carrier().channel, deadline, impl_->target.cancel);
  } catch (const PeerFault& fault) {
    const grpc::Status status = without_own_reset(fault.status, connect_end);
    const Explanation found = llm::explain(
        impl_->url, impl_->target, {llm::describe(status), http_version_of(status), began_no_grpc(status), timeout});
    throw Error(ErrorKind::kFailure, fmt::format("cannot describe {}: {}", impl_->target.url, found.cause), found.hint);
  }
}

void Client::explain(LlmOutcome& outcome, milliseconds timeout) const {
  auto [cause, hint] =
      llm::explain(impl_->url, impl_->target, {outcome.cause, outcome.http_version, outcome.began_no_grpc, timeout});
  outcome.cause = std::move(cause);
  outcome.hint = std::move(hint);
}

}  // namespace wsdeep::llm
