#pragma once

#include "chat/ports.h"
#include "llm/client/client.h"

namespace wsdeep::handlers {

/// The fleet behind the load balancer, over gRPC. Safe to use from several threads.
class GrpcLlm final : public chat::Llm {
 public:
  /// A request that names no model is answered by whatever model its node has: while a fleet's model is changed, old
  /// and new nodes serve side by side.
  explicit GrpcLlm(llm::Client& client) : client_(client) {}

  /// A start that finds its node full or gone is made once more, by the rule of llm/client/second_try.h.
  std::unique_ptr<chat::LlmReader> start(const LlmRequest& request, std::chrono::milliseconds timeout) override;

 private:
  llm::Client& client_;
};

}  // namespace wsdeep::handlers
