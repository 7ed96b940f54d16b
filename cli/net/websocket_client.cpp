#include "net/websocket_client.h"

#include <fmt/format.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include "net/event_loop_impl.h"
#include "net/proxy.h"
#include "net/proxy_tunnel.h"
#include "net/stream.h"
#include "net/tls_client_context.h"
#include "net/websocket_session.h"

namespace wsdeep::net {
namespace {

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Stream::Executor>;
using Opened = std::function<WebSocketEvents(std::shared_ptr<WebSocket>, const Headers&, const OpenTimes&)>;
using std::chrono::steady_clock;
using Failed = std::function<void(OpenFailure)>;

constexpr const char* kTimedOut = "timed out";

/// Resolves, connects, has the proxy connect if there is one, shakes hands with TLS and then with the WebSocket, all
/// before one deadline. Whatever step is
/// under way when that passes, or when the caller cancels, is cut; its late end then finds `over_`.
class Opening final : public EventLoop::Subscription::State, public std::enable_shared_from_this<Opening> {
 public:
  Opening(EventLoop::Impl& loop, const WebSocketTarget& target, Opened opened, Failed failed)
      : loop_(loop),
        target_(target),
        opened_(std::move(opened)),
        failed_(std::move(failed)),
        resolver_(loop.context.get_executor()),
        socket_(loop.context.get_executor()),
        deadline_(loop.context) {}

  void start();
  void cancel() override {
    if (over_) return;  // opened or failed: what was opened is its owner's now
    over_ = true;
    stop();
    opened_ = nullptr;
    failed_ = nullptr;
  }

 private:
  void on_deadline();
  void resolve();
  void connect(const Resolver::results_type& addresses);
  void on_connected();
  void secure();
  void offer();
  void fail(OpenFailure failure);
  void fail(const std::string& cause) { fail(OpenFailure{0, {}, {}, cause}); }
  void fail_to_reach(const std::string& cause);
  void stop();

  EventLoop::Impl& loop_;
  WebSocketTarget target_;
  Opened opened_;
  Failed failed_;
  Url url_;
  std::optional<Proxy> proxy_;
  Resolver resolver_;
  Stream::Socket socket_;
  std::unique_ptr<Stream> stream_;
  std::function<void()> cut_offer_;
  asio::steady_timer deadline_;
  OpenTimes times_;
  bool timed_out_ = false;
  bool over_ = false;
};

void Opening::start() {
  url_ = parse_url(target_.url);
  if (url_.scheme != "ws" && url_.scheme != "wss")
    throw Error(ErrorKind::kUsage, fmt::format("not a WebSocket URL: '{}://{}'", url_.scheme, url_.authority()),
                "use ws:// or wss://");
  for (const auto& [name, value] : target_.headers)
    if (!is_valid_field(name, value))
      throw Error(ErrorKind::kUsage,
                  fmt::format("header field '{}' is not one that HTTP can carry", json_escape(name)));
  proxy_ = proxy_for(url_);
  if (proxy_ && proxy_->scheme != "http")
    throw Error(ErrorKind::kUsage,
                fmt::format("cannot open a WebSocket through {}:// proxies, and {} names one", proxy_->scheme,
                            proxy_->variable),
                "name an http:// proxy in WSS_PROXY, or this host in NO_PROXY");
  times_.begun = steady_clock::now();
  deadline_.expires_at(times_.begun + target_.timeout);
  deadline_.async_wait([self = shared_from_this()](error_code) { self->on_deadline(); });
  resolve();
}

/// An answer that has begun is still reported, with its status, by the handshake that is cut here.
void Opening::on_deadline() {
  if (over_) return;
  timed_out_ = true;
  cut_offer_ ? cut_offer_() : fail_to_reach(kTimedOut);
}

void Opening::resolve() {
  resolver_.async_resolve(proxy_ ? proxy_->host : url_.host, std::to_string(proxy_ ? proxy_->port : url_.port),
                          [self = shared_from_this()](error_code failed, const Resolver::results_type& addresses) {
                            if (self->over_) return;
                            failed ? self->fail_to_reach("the host name does not resolve") : self->connect(addresses);
                          });
}

void Opening::connect(const Resolver::results_type& addresses) {
  times_.resolved = steady_clock::now();
  asio::async_connect(socket_, addresses,
                      [self = shared_from_this()](error_code failed, const asio::ip::tcp::endpoint&) {
                        if (self->over_) return;
                        if (failed) return self->fail_to_reach(to_lower(failed.message()));
                        self->times_.connected = steady_clock::now();
                        error_code ignored;
                        self->socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
                        self->on_connected();
                      });
}

void Opening::on_connected() {
  if (!proxy_) return secure();
  open_tunnel(socket_, *proxy_, tunnel_target(url_), [self = shared_from_this()](std::optional<OpenFailure> failure) {
    if (self->over_) return;
    if (failure) return self->fail(std::move(*failure));
    self->proxy_.reset();  // from here on it is the server that answers
    self->secure();
  });
}

/// Whom we connect to ourselves: the server, or the proxy.
void Opening::fail_to_reach(const std::string& cause) {
  fail(proxy_ ? fmt::format("the proxy {}: {}", proxy_->name(), cause) : cause);
}

void Opening::secure() {
  if (url_.scheme == "ws") {
    stream_ = std::make_unique<Stream>(std::move(socket_));
    return offer();
  }
  try {
    stream_ = std::make_unique<Stream>(std::move(socket_), client_context(target_.ca_file));
  } catch (const Error& unusable) {
    return fail(unusable.what());
  }
  expect_host(*stream_, url_.host);
  stream_->handshake(asio::ssl::stream_base::client, [self = shared_from_this()](error_code failed, std::size_t) {
    if (self->over_) return;
    if (failed) return self->fail(tls_cause(*self->stream_, self->url_.host, failed));
    self->times_.secured = steady_clock::now();
    self->offer();
  });
}

void Opening::offer() {
  cut_offer_ =
      offer_websocket(loop_, {std::move(stream_), url_, target_.headers, target_.max_message_bytes,
                              [self = shared_from_this()](std::shared_ptr<WebSocket> socket, const Headers& response) {
                                if (self->over_) {
                                  socket->close(1001, {});
                                  return WebSocketEvents{};
                                }
                                self->over_ = true;
                                self->deadline_.cancel();
                                self->times_.upgraded = socket->received_at();
                                return std::exchange(self->opened_, nullptr)(std::move(socket), response, self->times_);
                              },
                              [self = shared_from_this()](OpenFailure failure) {
                                if (self->over_) return;
                                if (self->timed_out_) failure.cause = kTimedOut;
                                self->fail(std::move(failure));
                              }});
}

void Opening::fail(OpenFailure failure) {
  over_ = true;
  stop();
  opened_ = nullptr;
  failure.times = times_;
  failure.cause = fmt::format("cannot open {}://{}{}: {}", url_.scheme, url_.authority(),
                              url_.target.substr(0, url_.target.find('?')), failure.cause);
  if (const auto failed = std::exchange(failed_, nullptr)) failed(std::move(failure));
}

void Opening::stop() {
  deadline_.cancel();
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
  if (stream_) stream_->close();
  if (cut_offer_) cut_offer_();
}

}  // namespace

EventLoop::Subscription open_websocket(
    EventLoop& loop, const WebSocketTarget& target,
    std::function<WebSocketEvents(std::shared_ptr<WebSocket>, const Headers& response, const OpenTimes& times)> opened,
    std::function<void(OpenFailure)> failed) {
  auto opening = std::make_shared<Opening>(loop.impl(), target, std::move(opened), std::move(failed));
  opening->start();
  return EventLoop::Subscription(std::move(opening));
}

}  // namespace wsdeep::net
