#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "local/lambda/service.h"
#include "net/event_loop.h"
#include "net/http_exchange.h"
#include "wire/gateway_event.h"

namespace wsdeep::local {

struct GatewayOptions {
  std::string stage = "prod";
  std::string api_id;
  std::string region = "us-east-1";
  std::string account = "000000000000";
  std::string route_selection = "$request.body.action";
  std::string authorizer;                                  ///< function; empty: none
  std::map<std::string, std::string, std::less<>> routes;  ///< route key → function; "" for a route without integration
  std::chrono::milliseconds idle_timeout{std::chrono::minutes(10)};
  std::chrono::milliseconds max_lifetime{std::chrono::hours(2)};
  int max_connects_per_second = 500;
};

/// One deployed stage of a WebSocket API (contract §3): handshake through authorizer and $connect, routing, and the
/// management API. All on the loop's thread.
class Gateway {
 public:
  Gateway(net::EventLoop& loop, const Clock& clock, LambdaService& lambda, GatewayOptions options);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// True for the stage's own path, where clients connect.
  bool serves(std::string_view path) const;
  /// True for the stage's management API; `handle_management` takes such a request after its signature was checked.
  bool manages(std::string_view path) const;

  void handle_connect(std::shared_ptr<net::HttpExchange> exchange);
  void handle_management(net::HttpExchange& exchange);

  std::size_t open_connections() const { return connections_.size(); }
  /// Closes every connection with 1001, "Going away".
  void close_all();

 private:
  struct Connection;
  struct Handshake;

  void authorize(std::shared_ptr<Handshake> handshake);
  void on_authorized(const std::shared_ptr<Handshake>& handshake, const InvokeResult& result);
  void run_connect_route(std::shared_ptr<Handshake> handshake);
  void on_connect_result(const std::shared_ptr<Handshake>& handshake, const InvokeResult& result);
  void open(const std::shared_ptr<Handshake>& handshake, net::Headers headers);
  void on_message(const std::shared_ptr<Connection>& connection, std::string body, bool binary);
  void on_route_result(const std::shared_ptr<Connection>& connection, const std::string& request_id,
                       const InvokeResult& result);
  void on_close(const std::shared_ptr<Connection>& connection, int code, const std::string& reason, bool by_peer);
  void close(const std::shared_ptr<Connection>& connection, int code, const std::string& reason);
  void end_expired();
  bool admit();
  wire::RequestContext context_for(const Connection& connection) const;
  const std::string* route(std::string_view key) const;

  net::EventLoop& loop_;
  const Clock& clock_;
  LambdaService& lambda_;
  GatewayOptions options_;
  std::map<std::string, std::shared_ptr<Connection>, std::less<>> connections_;
  net::EventLoop::Subscription sweep_;
  SteadyTime second_start_{};
  int connects_in_second_ = 0;
};

}  // namespace wsdeep::local
