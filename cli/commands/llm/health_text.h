#pragma once

#include <string>

#include "llm/client/node_view.h"

namespace wsdeep::commands {

/// `healthy · node n1 · model (engine) · 1/4 slots busy, …`: what an older server does not say is left out.
std::string health_text(const llm::NodeHealth& health);
/// The same of what is known of a node now, also when it does not answer.
std::string view_text(const llm::NodeView& view);

/// A JSON object; what is not known is null. `url` and `at`, where they are not empty, come first.
std::string health_json(const llm::NodeHealth& health);
std::string view_json(const std::string& url, const llm::NodeView& view, const std::string& at);

}  // namespace wsdeep::commands
