#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "local/lambda/service.h"
#include "net/event_loop.h"
#include "net/http_exchange.h"
#include "wire/http_event.h"

namespace wsdeep::local {

struct HttpRoute {
  std::string key;  ///< `POST /chat`, `GET /chats/{id}`, `ANY /auth/{proxy+}`
  std::string function;
  /// Deployed, the function has a function URL too, which streams. Here both are one address: a request that accepts
  /// `text/event-stream` comes by the URL, every other one by the HTTP API.
  bool streams = false;
};

struct HttpApiOptions {
  std::string api_id;
  std::string region = "us-east-1";
  std::string account = "000000000000";
  std::vector<HttpRoute> routes;
  std::vector<std::string> allowed_origins;  ///< of pages elsewhere, with credentials (CORS); empty: none
  std::chrono::milliseconds integration_timeout{30'000};
};

/// An API Gateway HTTP API with its `$default` stage at `/`, and the functions' URLs: routes, payload 2.0, CORS and the
/// limits of both. On the loop's thread.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html
class HttpApi {
 public:
  HttpApi(net::EventLoop& loop, const Clock& clock, LambdaService& lambda, HttpApiOptions options);

  /// Whether some route has the path, whatever its method. A request for one of AWS's own services has none.
  bool serves(const net::HttpRequest& request) const;
  void handle(const std::shared_ptr<net::HttpExchange>& exchange);

 private:
  struct Waiting;
  struct Streaming;

  void invoke(const std::shared_ptr<net::HttpExchange>& exchange, const HttpRoute& route, wire::HttpEvent event);
  void invoke_streaming(const std::shared_ptr<net::HttpExchange>& exchange, const std::string& function,
                        std::string payload);
  void begin_stream(Streaming& streaming, std::string_view content_type);
  void open_body(Streaming& streaming, net::HttpResponse head);
  void take_piece(Streaming& streaming, std::string_view piece);
  void write_body(Streaming& streaming, std::string_view piece);
  void refuse_stream(Streaming& streaming, std::string_view cause);
  void end_stream(Streaming& streaming, const InvokeResult& result);
  void answer(Waiting& waiting, const InvokeResult& result);
  void respond(net::HttpExchange& exchange, net::HttpResponse response) const;
  wire::HttpEvent event_of(const net::HttpRequest& request, wire::NamedTexts parameters) const;
  net::HttpResponse preflight_answer(const net::HttpRequest& request) const;
  void add_cors(const net::HttpRequest& request, net::Headers& headers) const;

  net::EventLoop& loop_;
  const Clock& clock_;
  LambdaService& lambda_;
  HttpApiOptions options_;
  std::vector<std::string> keys_;
};

}  // namespace wsdeep::local
