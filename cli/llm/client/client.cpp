#include "llm/client/client.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <mutex>

#include "base/files.h"
#include "base/url.h"
#include "llm.grpc.pb.h"
#include "llm/client/client_stream.h"
#include "llm/client/http_look.h"
#include "llm/convert.h"
#include "llm/grpc_setup.h"
#include "llm/grpc_status.h"
#include "net/proxy.h"

namespace wsdeep::llm {
namespace {

using std::chrono::milliseconds;

// A node that vanished without a word is noticed 40 s after the last byte. gRPC sends at most two such pings without
// data in between (its default), which also the default server accepts: it answers the third one that comes within
// five minutes with GOAWAY `too_many_pings`. An ALB answers pings itself and does not count them as traffic, so that
// they do not keep a silent stream from its idle timeout; and between calls there are none, because that is
// what the default server forbids.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kFirstBackoffMs = 100;
constexpr int kLongestBackoffMs = 2000;

Url parse_target(const std::string& text) {
  Url url = parse_url(text);
  if (url.scheme != "grpc" && url.scheme != "grpcs")
    throw Error(ErrorKind::kUsage, fmt::format("not an LLM node's URL: '{}': expected grpc:// or grpcs://", text));
  return url;
}

std::shared_ptr<grpc::ChannelCredentials> make_credentials(const Url& url, const std::string& ca_file) {
  if (url.scheme == "grpc") return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;  // without roots gRPC looks where the distributions keep them
  if (!ca_file.empty()) {
    const auto pem = DiskFiles().read(ca_file, 1 << 20);
    if (!pem) throw Error(ErrorKind::kFailure, fmt::format("cannot read CA file '{}': no such file", ca_file));
    options.pem_root_certs = *pem;
  }
  return grpc::SslCredentials(options);
}

/// gRPC looks for a proxy in the environment itself, also for a loopback address.
grpc::ChannelArguments channel_arguments(const Url& url, milliseconds connect_timeout) {
  const int timeout_ms = static_cast<int>(connect_timeout.count());
  grpc::ChannelArguments arguments;
  if (net::is_loopback(url.host)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // gRPC's retries (of 1.51) take for granted that an answer has a grpc-status, and abort the process without one; and
  // they connect without a pause to a server that says GOAWAY at once. What they are good for, a call that a server
  // going away did not look at, the client does itself: once (`kAttempts`).
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);          // a connection of its own, not the process's
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, timeout_ms);  // gRPC's name for the connect time-out
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestBackoffMs);
  arguments.SetInt(GRPC_ARG_DNS_ARES_QUERY_TIMEOUT_MS, timeout_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetUserAgentPrefix("wsdeep");
  return arguments;
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
};

}  // namespace

struct Client::Impl {
  explicit Impl(ClientTarget options)
      : target(std::move(options)), url(parse_target(target.url)), credentials(make_credentials(url, target.ca_file)) {}

  StreamCarrier carrier();
  template <typename Request, typename Response>
  Response ask(Method<Request, Response> method, const Request& request, const Asking& asking);

  const ClientTarget target;
  const Url url;
  const std::shared_ptr<grpc::ChannelCredentials> credentials;
  std::mutex mutex;
  std::shared_ptr<grpc::Channel> channel;
  std::shared_ptr<ClientLoop> loop;
};

/// The loop and the one channel. A channel whose last attempt to connect failed would fail calls unseen
/// until its back-off is over, also when the node is there again; a new one tries at once, and running calls keep the
/// old one.
StreamCarrier Client::Impl::carrier() {
  set_up_grpc();
  const std::lock_guard lock(mutex);
  if (!loop) loop = ClientLoop::shared();
  if (!channel || channel->GetState(false) == GRPC_CHANNEL_TRANSIENT_FAILURE) {
    channel = grpc::CreateCustomChannel(fmt::format("dns:///{}:{}", bracketed(url.host), url.port), credentials,
                                        channel_arguments(url, target.connect_timeout));
  }
  return {loop, channel};
}

template <typename Request, typename Response>
Response Client::Impl::ask(Method<Request, Response> method, const Request& request, const Asking& asking) {
  const Deadline deadline = std::chrono::system_clock::now() + asking.timeout;
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    prepare(context, asking.cookie, deadline);
    Response response;
    const grpc::Status status = (ServiceStub(carrier().channel).*method)(&context, request, &response);
    if (asking.next_cookie != nullptr) *asking.next_cookie = next_cookie(context, asking.cookie);
    if (status.ok()) return response;
    if (attempt < kAttempts && was_not_processed(status)) continue;
    throw Error(ErrorKind::kFailure, fmt::format("cannot {} at {}: {}", asking.operation, target.url, describe(status)),
                what_http_says(url, target.ca_file, http_version_of(status)));
  }
}

Client::Client(ClientTarget target) : impl_(std::make_unique<Impl>(std::move(target))) {}

Client::~Client() = default;

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

NodeHealth Client::health(milliseconds timeout) {
  return to_health(impl_->ask(&ServiceStub::HealthCheck, ::llm::HealthCheckRequest(), {"read the health", timeout}));
}

std::vector<std::string> Client::models(milliseconds timeout) {
  const auto response = impl_->ask(&ServiceStub::ListModels, ::llm::ListModelsRequest(), {"list the models", timeout});
  return {response.models().begin(), response.models().end()};
}

std::string Client::look_with_http(int version) const {
  return what_http_says(impl_->url, impl_->target.ca_file, version);
}

}  // namespace wsdeep::llm
