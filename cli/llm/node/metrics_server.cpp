#include "llm/node/metrics_server.h"

#include "base/url.h"
#include "llm/node/metrics_page.h"

namespace wsdeep::llm {
namespace {

net::ServerOptions server_options(const std::string& listen) {
  const ListenAddress address = parse_listen_address(listen);
  net::ServerOptions options;
  options.address = address.host;
  options.port = address.port;
  options.max_body_bytes = 1024;
  options.max_header_bytes = 8 * 1024;
  return options;
}

net::HttpResponse plain(int status, std::string text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

net::HttpResponse answer(const MetricsServer::Pages& pages, const net::HttpRequest& request) {
  const bool is_engine = request.target == "/metrics?engine=1";
  if (!is_engine && request.target.substr(0, request.target.find('?')) != "/metrics")
    return plain(404, "the node's metrics are at /metrics, its engine's own at /metrics?engine=1\n");
  if (request.method != "GET" && request.method != "HEAD") {
    net::HttpResponse refused = plain(405, "metrics are for reading\n");
    refused.headers.emplace_back("Allow", "GET, HEAD");
    return refused;
  }
  if (is_engine) return pages.engine();
  return {200, {{"Content-Type", kPageType}}, pages.own()};
}

}  // namespace

MetricsServer::MetricsServer(const std::string& listen, Pages pages)
    : pages_(std::move(pages)),
      server_(std::make_unique<net::Server>(
          loop_, server_options(listen),
          [this](const auto& exchange) { exchange->respond(answer(pages_, exchange->request())); })),
      port_(server_->port()),
      thread_([this] { loop_.run(); }) {}

MetricsServer::~MetricsServer() {
  loop_.post([this] {
    server_.reset();
    loop_.stop();
  });
  thread_.join();
}

}  // namespace wsdeep::llm
