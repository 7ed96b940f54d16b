#include "llm/node/node_pages.h"

#include "llm/node/metrics_page.h"

namespace wsdeep::llm {
namespace {

std::string own_page(const NodeCore& core) {
  const auto look = core.engine_page.latest();
  PageContent content{core.metrics, core.health(), core.engine->status().healthy};
  if (core.engine_page.has_page()) content.engine_page_up = look->fault.empty();
  content.engine = look->readings;
  return metrics_page(content);
}

net::HttpResponse line_of_text(int status, const std::string& line) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, line + "\n"};
}

/// As it came; else why there is none.
net::HttpResponse engine_page(const NodeCore& core) {
  if (!core.engine_page.has_page()) return line_of_text(404, "this engine has no page of metrics");
  const auto look = core.engine_page.latest();
  if (!look->fault.empty()) return line_of_text(502, look->fault);
  return {200, {{"Content-Type", look->type}}, look->body};
}

}  // namespace

std::unique_ptr<MetricsServer> serve_pages(const std::string& listen, const NodeCore& core) {
  if (listen.empty()) return nullptr;
  return std::make_unique<MetricsServer>(
      listen, MetricsServer::Pages{[&core] { return own_page(core); }, [&core] { return engine_page(core); }});
}

}  // namespace wsdeep::llm
