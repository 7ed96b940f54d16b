#pragma once

#include <functional>
#include <utility>

#include "chat/ports.h"
#include "llm/client/client.h"

namespace wsdeep::handlers {

/// The fleet behind the load balancer, over gRPC. Safe to use from several threads.
class GrpcLlm final : public chat::Llm {
 public:
  /// A request that names no model is answered by whatever model its node has: while a fleet's model is changed, old
  /// and new nodes serve side by side.
  /// `on_no_node` is called for each try that finds none, by the thread that reads.
  explicit GrpcLlm(llm::Client& client, std::function<void()> on_no_node = {})
      : client_(client), on_no_node_(std::move(on_no_node)) {}

  /// A start that finds its node full or gone is made once more, by the rule of llm/client/second_try.h.
  std::unique_ptr<chat::LlmReader> start(const LlmRequest& request, std::chrono::milliseconds timeout) override;

 private:
  llm::Client& client_;
  std::function<void()> on_no_node_;
};

}  // namespace wsdeep::handlers
