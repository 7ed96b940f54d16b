#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

#include "llm/client/node_view.h"

/// Private to cli/llm.
namespace wsdeep::llm {

struct FollowedNode {
  std::function<NodeView()> ask;  ///< all but `serving`
  std::function<std::shared_ptr<grpc::Channel>()> channel;
};

/// Client::watch.
void follow_health(const FollowedNode& node, std::chrono::milliseconds interval, const std::stop_token& stop,
                   const std::function<void(const NodeView&)>& on_view);

}  // namespace wsdeep::llm
