#include "lab/lab_server.h"

#include "wire/json_writer.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kMostBody = 192 * 1024;  // a message of API Gateway has 128 KB, and gets a few fields
constexpr std::size_t kMostHeader = 32 * 1024;

net::ServerOptions bounded(net::ServerOptions options) {
  options.max_body_bytes = kMostBody;
  options.max_header_bytes = kMostHeader;
  return options;
}

}  // namespace

LabServer::LabServer(net::EventLoop& loop, Keeper& keeper, LabServerOptions options, std::function<void()> lost)
    : missing_limits_(keeper.missing_limits()),
      sessions_(loop, keeper, std::move(options.sessions), std::move(lost)),
      labs_(loop, sessions_, std::move(options.token)),
      messages_(sessions_, std::move(options.secret)),
      server_(loop, bounded(options.listen), [this](const Exchange& exchange) { serve(exchange); }) {}

void LabServer::serve(const Exchange& exchange) {
  const std::string path = path_of(exchange->request());
  if (path == "/health") return health(exchange);
  if (path.starts_with("/api/labs/")) return labs_.serve(exchange, path);
  if (path.starts_with("/api/ws/")) return messages_.serve(exchange, path);
  answer_error(exchange, 404, "no such path");
}

/// The server is well without Redis: terminals go on.
void LabServer::health(const Exchange& exchange) const {
  answer_json(exchange, 200,
              wire::JsonObject()
                  .add("status", "ok")
                  .add("redis", sessions_.redis_is_up() ? "up" : "down")
                  .add("sessions", sessions_.count())
                  .add_json("missingLimits", wire::json_strings(missing_limits_))
                  .text());
}

void LabServer::stop(std::function<void()> done) {
  server_.stop_accepting();
  sessions_.stop(std::move(done));
}

}  // namespace wsdeep::lab
