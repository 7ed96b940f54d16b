#pragma once

#include "chat/ports.h"
#include "llm/client/client.h"

namespace wsdeep::handlers {

/// The fleet behind the load balancer, over gRPC. Safe to use from several threads.
class GrpcLlm final : public chat::Llm {
 public:
  /// `model` is asked for when a request names none; empty: the node's own.
  GrpcLlm(llm::Client& client, std::string model) : client_(client), model_(std::move(model)) {}

  /// A start that finds its node full or gone is made once more, by the rule of llm/client/second_try.h.
  std::unique_ptr<chat::LlmReader> start(const LlmRequest& request, std::chrono::milliseconds timeout) override;

 private:
  llm::Client& client_;
  std::string model_;
};

}  // namespace wsdeep::handlers
