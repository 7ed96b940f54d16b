#pragma once

#include <optional>
#include <string_view>

namespace wsdeep::load {

/// What of a node's or an engine's page of metrics belongs beside a load test.
struct PageName {
  std::string_view name;
  bool counts_up = false;
  bool is_share = false;  ///< of several replicas the fullest counts
};

/// Nothing for what does not.
std::optional<PageName> page_name(std::string_view name);

/// True for the page of a node of ours, which has its engine's own at `?engine=1`.
bool is_node_page(std::string_view page);

}  // namespace wsdeep::load
