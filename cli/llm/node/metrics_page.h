#pragma once

#include <optional>
#include <string>

#include "llm/engine/engine_page.h"
#include "llm/node/metrics.h"
#include "llm/node_health.h"

namespace wsdeep::llm {

/// What a page of metrics tells.
struct PageContent {
  const NodeMetrics& metrics;
  NodeHealth health;
  bool engine_up = false;
  std::optional<bool> engine_page_up{};  ///< nothing: the engine has no page of its own
  EngineReadings engine{};
};

/// The node's own page, in Prometheus's text format 0.0.4. What is not known is not there.
std::string metrics_page(const PageContent& content);

constexpr const char* kPageType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace wsdeep::llm
