#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "local/gateway/disconnects.h"
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
  /// Routes with a `$default` route response: what their function answers as body goes back to the client.
  std::set<std::string, std::less<>> route_responses;
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
  /// True for the management API; `handle_management` takes such a request after its signature was checked.
  bool manages(std::string_view path) const;

  void handle_connect(std::shared_ptr<net::HttpExchange> exchange);
  void handle_management(net::HttpExchange& exchange);

  std::size_t open_connections() const { return connections_.size(); }
  /// Refuses new clients with 503 and closes the others with 1001, "Going away". `stopped` is called when all have gone
  /// and `$disconnect` knows of each.
  void stop(std::function<void()> stopped);

 private:
  struct Connection;
  struct Handshake;

  void authorize(const std::shared_ptr<Handshake>& handshake);
  void on_authorized(const std::shared_ptr<Handshake>& handshake, const InvokeResult& result);
  void run_connect_route(const std::shared_ptr<Handshake>& handshake);
  void on_connect_result(const std::shared_ptr<Handshake>& handshake, const InvokeResult& result);
  void open(const std::shared_ptr<Handshake>& handshake, net::Headers headers);
  net::WebSocketEvents on_open(const std::shared_ptr<Connection>& connection, std::shared_ptr<net::WebSocket> socket);
  void on_message(const std::shared_ptr<Connection>& connection, std::string body, bool binary);
  void on_route_result(const std::shared_ptr<Connection>& connection, const std::string& route_key,
                       const std::string& request_id, const InvokeResult& result);
  void on_close(const std::shared_ptr<Connection>& connection, int code, const std::string& reason, bool by_peer);
  void close(const std::shared_ptr<Connection>& connection, int code, const std::string& reason);
  net::HttpResponse post(Connection& connection, const std::string& data);
  net::HttpResponse describe(const Connection& connection) const;
  void end_expired();
  bool admit();
  wire::RequestContext context_for(const Connection& connection) const;
  const std::string* route(std::string_view key) const;
  std::string function_of(std::string_view key) const;
  std::string connect_arn() const;

  net::EventLoop& loop_;
  const Clock& clock_;
  LambdaService& lambda_;
  GatewayOptions options_;
  std::map<std::string, std::shared_ptr<Connection>, std::less<>> connections_;
  Disconnects disconnects_;
  std::shared_ptr<const int> opening_ = std::make_shared<const int>(0);
  int closing_ = 0;  ///< connections that this side closes and that have not ended yet
  bool stopping_ = false;
  net::EventLoop::Subscription farewell_;
  net::EventLoop::Subscription sweep_;
  SteadyTime second_start_{};
  int connects_in_second_ = 0;
};

}  // namespace wsdeep::local
