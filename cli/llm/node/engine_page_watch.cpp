#include "llm/node/engine_page_watch.h"

#include <fmt/format.h>

#include "llm/engine/exposition.h"

namespace wsdeep::llm {
namespace {

EnginePageWatch::Look failed(std::string fault) {
  EnginePageWatch::Look look;
  look.fault = std::move(fault);
  return look;
}

/// A body without a type, or of one that no reader of metrics would take, is given on as plain text.
std::string type_of(const net::HttpResponse& response) {
  std::string type = net::header(response.headers, "Content-Type").value_or("");
  const bool known = type.starts_with("text/plain") || type.starts_with("application/openmetrics-text");
  return known ? type : "text/plain; version=0.0.4";
}

}  // namespace

EnginePageWatch::EnginePageWatch(const Engine& engine, bool wanted) : engine_(engine) {
  if (wanted && engine.page_call()) thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

std::shared_ptr<const EnginePageWatch::Look> EnginePageWatch::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

void EnginePageWatch::watch(const std::stop_token& stop) {
  net::HttpClient client;
  while (!stop.stop_requested()) {
    auto newest = std::make_shared<const Look>(look(client, stop));
    std::unique_lock lock(mutex_);
    latest_ = std::move(newest);
    stopped_.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

EnginePageWatch::Look EnginePageWatch::look(net::HttpClient& client, const std::stop_token& stop) const {
  try {
    net::HttpCall call = engine_.page_call().value_or(net::HttpCall{});
    call.headers.emplace_back("Accept", "text/plain; version=0.0.4, */*;q=0.1");
    call.timeout = kTimeout;
    call.connect_timeout = kTimeout;
    call.max_response_bytes = kMostBytes;
    call.cancel = stop;
    net::HttpResponse response = client.send(call);
    if (response.status != 200)
      return failed(fmt::format("the engine answers {} when asked for its page of metrics", response.status));
    if (!is_exposition(response.body)) return failed("the engine's page of metrics is not in Prometheus's format");
    Look look{{}, std::move(response.body), type_of(response), {}};
    look.readings = read_engine_page(look.body);
    return look;
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

}  // namespace wsdeep::llm
