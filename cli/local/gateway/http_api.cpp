#include "local/gateway/http_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "auth/token_sources.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "local/api/json_response.h"
#include "wire/http_route.h"
#include "wire/lambda.h"

namespace wsdeep::local {
namespace {

constexpr std::string_view kCorsPrefix = "access-control-";
constexpr const char* kCorsHeaders = "authorization,content-type,id_token";
constexpr const char* kCorsMethods = "GET,POST,DELETE,OPTIONS";
constexpr std::string_view kEventStream = "text/event-stream";
/// What tells a function URL's host from an API's.
constexpr std::string_view kUrlMark = ".lambda-url.";
constexpr std::size_t kMaxPreludeBytes = 64 * 1024;
/// What a client that does not read may leave here.
constexpr std::size_t kMaxWaitingBytes = 8 * 1024 * 1024;
constexpr const char* kCorsMaxAge = "300";

std::string path_without_query(const net::HttpRequest& request) {
  return request.target.substr(0, request.target.find('?'));
}

net::HttpResponse gateway_message(int status, std::string_view message) {
  return json_response(status, fmt::format(R"({{"message":"{}"}})", message));
}

bool is_cors_preflight(const net::HttpRequest& request) {
  return request.method == "OPTIONS" && net::header(request.headers, "Origin") &&
         net::header(request.headers, "Access-Control-Request-Method");
}

/// API Gateway says itself what pages may do, and drops what the function says of it.
net::HttpResponse response_of(const wire::HttpAnswer& answer) {
  net::HttpResponse response{answer.status, {}, answer.body};
  for (const auto& [name, value] : answer.headers)
    if (!to_lower(name).starts_with(kCorsPrefix)) response.headers.emplace_back(name, value);
  for (const std::string& cookie : answer.cookies) response.headers.emplace_back("Set-Cookie", cookie);
  return response;
}

/// Which ends the invocation, and so takes `stop` from the target.
void stop_stream(const StreamTarget& target) {
  if (const auto stop = target.stop) stop();
}

}  // namespace

/// A request that a function has. Whoever comes first answers it: the function, or time.
struct HttpApi::Waiting {
  std::shared_ptr<net::HttpExchange> exchange;
  net::EventLoop::Subscription timeout;
};

/// A request to a function URL, whose answer comes piece by piece.
struct HttpApi::Streaming {
  std::shared_ptr<net::HttpExchange> exchange;
  std::shared_ptr<StreamTarget> target;
  bool has_head = false;  ///< the stream begins with one
  std::string head;       ///< what has come of it
  std::shared_ptr<net::HttpBody> body;
  bool broken = false;  ///< the client has been told, or cut off; what else comes is for nobody
  bool gone = false;    ///< the client is, maybe before the function has said a word
};

HttpApi::HttpApi(net::EventLoop& loop, const Clock& clock, LambdaService& lambda, HttpApiOptions options)
    : loop_(loop), clock_(clock), lambda_(lambda), options_(std::move(options)) {
  for (const HttpRoute& route : options_.routes) keys_.push_back(route.key);
}

bool HttpApi::serves(const net::HttpRequest& request) const {
  if (net::header(request.headers, "X-Amz-Target")) return false;
  const std::string path = path_without_query(request);
  return std::any_of(keys_.begin(), keys_.end(), [&](const std::string& key) {
    const std::size_t blank = key.find(' ');
    return blank != std::string::npos && wire::match_path(std::string_view(key).substr(blank + 1), path);
  });
}

void HttpApi::handle(const std::shared_ptr<net::HttpExchange>& exchange) {
  const net::HttpRequest& request = exchange->request();
  if (!options_.allowed_origins.empty() && is_cors_preflight(request))
    return exchange->respond(preflight_answer(request));
  wire::NamedTexts parameters;
  const auto at = wire::choose_route(keys_, request.method, path_without_query(request), parameters);
  if (!at) return respond(*exchange, gateway_message(404, "Not Found"));
  invoke(exchange, options_.routes[*at], event_of(request, std::move(parameters)));
}

wire::HttpEvent HttpApi::event_of(const net::HttpRequest& request, wire::NamedTexts parameters) const {
  wire::HttpEvent event;
  event.method = request.method;
  event.path = path_without_query(request);
  for (const auto& [name, value] : request.headers) {
    const std::string lower = to_lower(name);
    if (lower == "cookie") {
      for (const std::string_view cookie : split(value, ';'))
        if (!trim(cookie).empty()) event.cookies.emplace_back(trim(cookie));
      continue;
    }
    auto [place, is_new] = event.headers.try_emplace(lower, value);
    if (!is_new) place->second += "," + value;
  }
  event.path_parameters = std::move(parameters);
  event.body = request.body;
  event.request_id = base64url(random_bytes(11)) + "=";
  event.source_ip = request.remote_address;
  // A host that a client makes up must not make its request one that came by a function URL.
  const std::string host = net::header(request.headers, "Host").value_or("");
  if (host.find(kUrlMark) == std::string::npos) event.domain_name = host;
  event.stage = "$default";
  event.api_id = options_.api_id;
  return event;
}

void HttpApi::invoke(const std::shared_ptr<net::HttpExchange>& exchange, const HttpRoute& route,
                     wire::HttpEvent event) {
  const net::HttpRequest& request = exchange->request();
  const std::size_t mark = request.target.find('?');
  wire::HttpOrigin origin;
  origin.route_key = route.key;
  const bool by_url =
      route.streams && net::header(request.headers, "Accept").value_or("").find(kEventStream) != std::string::npos;
  if (by_url) {
    origin.route_key = "$default";
    event.domain_name = fmt::format("{}{}{}.on.aws", options_.api_id, kUrlMark, options_.region);
    event.path_parameters.clear();
  }
  origin.raw_query = mark == std::string::npos ? "" : request.target.substr(mark + 1);
  origin.account = options_.account;
  origin.time_ms = epoch_ms(clock_.now());
  std::string payload = wire::write_http_event(event, origin);
  if (payload.size() > wire::kMaxLambdaPayloadBytes)
    return respond(*exchange, gateway_message(413, "Request Entity Too Large"));
  if (by_url) return invoke_streaming(exchange, route.function, std::move(payload));
  auto waiting = std::make_shared<Waiting>();
  waiting->exchange = exchange;
  waiting->timeout = loop_.after(options_.integration_timeout, [this, alone = std::weak_ptr(waiting)] {
    if (const auto late = alone.lock()) respond(*late->exchange, gateway_message(503, "Service Unavailable"));
  });
  lambda_.invoke(route.function, std::move(payload),
                 [this, waiting](const InvokeResult& result) { answer(*waiting, result); });
}

void HttpApi::invoke_streaming(const std::shared_ptr<net::HttpExchange>& exchange, const std::string& function,
                               std::string payload) {
  const auto streaming = std::make_shared<Streaming>();
  streaming->exchange = exchange;
  streaming->target = std::make_shared<StreamTarget>();
  const std::weak_ptr<Streaming> weak = streaming;
  streaming->target->begin = [this, weak](const std::string& type) {
    if (const auto open = weak.lock()) begin_stream(*open, type);
  };
  streaming->target->piece = [this, weak](const std::string& piece) {
    if (const auto open = weak.lock()) take_piece(*open, piece);
  };
  exchange->on_gone([weak] {
    const auto open = weak.lock();
    if (!open) return;
    open->gone = true;
    stop_stream(*open->target);
  });
  lambda_.invoke(function, std::move(payload), streaming->target,
                 [this, streaming](const InvokeResult& result) { end_stream(*streaming, result); });
}

/// Without a head of its own the stream is the body of a plain answer.
void HttpApi::begin_stream(Streaming& streaming, std::string_view content_type) {
  streaming.has_head = iequals(content_type, wire::kStreamedAnswerType);
  if (!streaming.has_head) open_body(streaming, {200, {{"Content-Type", "application/octet-stream"}}, ""});
}

void HttpApi::open_body(Streaming& streaming, net::HttpResponse head) {
  add_cors(streaming.exchange->request(), head.headers);
  streaming.body = streaming.exchange->respond_streaming(std::move(head));
}

void HttpApi::take_piece(Streaming& streaming, std::string_view piece) {
  if (streaming.gone) return stop_stream(*streaming.target);
  if (streaming.broken) return;
  if (streaming.body) return write_body(streaming, piece);
  streaming.head += piece;
  const std::size_t end = streaming.head.find(std::string(wire::kPreludeEndBytes, '\0'));
  if (std::min(end, streaming.head.size()) > kMaxPreludeBytes) return refuse_stream(streaming, "it is too long");
  if (end == std::string::npos) return;
  try {
    open_body(streaming, response_of(wire::parse_http_prelude(streaming.head.substr(0, end))));
  } catch (const Error& error) {
    return refuse_stream(streaming, error.what());
  }
  write_body(streaming, std::string_view(streaming.head).substr(end + wire::kPreludeEndBytes));
}

/// A client that does not read in time is cut off, so that it does not take what it has for the whole.
void HttpApi::write_body(Streaming& streaming, std::string_view piece) {
  streaming.body->write(piece);
  if (streaming.body->waiting() <= kMaxWaitingBytes) return;
  log_warn("a client is cut off that does not read its streamed answer", {{"bytes", streaming.body->waiting()}});
  streaming.broken = true;
  streaming.body.reset();
  stop_stream(*streaming.target);
}

void HttpApi::refuse_stream(Streaming& streaming, std::string_view cause) {
  log_warn("the head of a streamed answer is malformed", {{"error", cause}});
  streaming.broken = true;
  respond(*streaming.exchange, gateway_message(502, "Internal Server Error"));
  stop_stream(*streaming.target);
}

/// A stream that breaks off is cut for the client too, who must not take it for whole.
void HttpApi::end_stream(Streaming& streaming, const InvokeResult& result) {
  if (streaming.broken) return;
  const bool whole = result.kind == InvokeResult::Kind::kAnswer;
  if (streaming.body) {
    if (whole) streaming.body->end();
    streaming.body.reset();
    return;
  }
  if (!whole || streaming.has_head) return respond(*streaming.exchange, gateway_message(502, "Internal Server Error"));
  respond(*streaming.exchange, {200, {{"Content-Type", "application/json"}}, result.payload});
}

void HttpApi::answer(Waiting& waiting, const InvokeResult& result) {
  waiting.timeout.cancel();
  if (result.kind == InvokeResult::Kind::kThrottled || result.kind == InvokeResult::Kind::kTimedOut)
    return respond(*waiting.exchange, gateway_message(503, "Service Unavailable"));
  if (result.kind != InvokeResult::Kind::kAnswer)
    return respond(*waiting.exchange, gateway_message(500, "Internal Server Error"));
  try {
    respond(*waiting.exchange, response_of(wire::parse_http_answer(result.payload)));
  } catch (const Error& error) {
    log_warn("the answer to an HTTP request is malformed", {{"error", error.what()}});
    respond(*waiting.exchange, gateway_message(500, "Internal Server Error"));
  }
}

void HttpApi::respond(net::HttpExchange& exchange, net::HttpResponse response) const {
  add_cors(exchange.request(), response.headers);
  exchange.respond(std::move(response));
}

void HttpApi::add_cors(const net::HttpRequest& request, net::Headers& headers) const {
  const auto from = net::header(request.headers, "Origin");
  if (!from || !auth::origin_allowed(*from, options_.allowed_origins)) return;
  headers.emplace_back("Access-Control-Allow-Origin", *from);
  headers.emplace_back("Access-Control-Allow-Credentials", "true");
  headers.emplace_back("Vary", "Origin");
}

/// A page of elsewhere that is not allowed gets no header, which its browser takes for a no.
net::HttpResponse HttpApi::preflight_answer(const net::HttpRequest& request) const {
  net::HttpResponse response{204, {}, ""};
  add_cors(request, response.headers);
  if (response.headers.empty()) return response;
  response.headers.emplace_back("Access-Control-Allow-Methods", kCorsMethods);
  response.headers.emplace_back("Access-Control-Allow-Headers", kCorsHeaders);
  response.headers.emplace_back("Access-Control-Max-Age", kCorsMaxAge);
  return response;
}

}  // namespace wsdeep::local
