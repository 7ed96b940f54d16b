#pragma once

#include <fmt/format.h>

#include <string>

#include "fleet/snapshot.h"

namespace wsdeep::testing {

/// A node that has served for ten minutes.
inline fleet::Node a_node(int number, SystemTime now) {
  fleet::Node node;
  node.id = fmt::format("i-{:017}", number);
  node.type = "g6.xlarge";
  node.zone = "eu-west-1a";
  node.lifecycle = "InService";
  node.target = "healthy";
  node.spot = false;
  node.launched = now - std::chrono::minutes(10);
  return node;
}

/// A fleet of so many nodes, all of which serve.
inline fleet::Snapshot a_snapshot(int nodes) {
  fleet::Snapshot now;
  now.at = from_epoch_ms(1'708'326'702'000);  // 2024-02-19T07:11:42Z
  now.stack = "chat-dev";
  now.region = "eu-west-1";
  now.main.name = "chat-dev-nodes";
  now.main.min = 1;
  now.main.desired = nodes;
  now.main.max = 4;
  for (int n = 0; n < nodes; ++n) now.main.nodes.push_back(a_node(n, now.at));
  return now;
}

}  // namespace wsdeep::testing
