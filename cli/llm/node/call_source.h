#pragma once

#include <grpcpp/completion_queue.h>

#include <functional>
#include <memory>
#include <mutex>

#include "llm.grpc.pb.h"
#include "llm/node/node_core.h"

namespace wsdeep::llm {

/// Where calls come from, and where their completions go.
class CallSource {
 public:
  CallSource(NodeCore& node, ::llm::LLMService::AsyncService& calls) : core(node), service(calls) {}

  /// Asks gRPC for a call by `ask`; false after `close`, when gRPC may not be asked any more.
  bool ask(const std::function<void()>& ask_grpc) {
    const std::lock_guard lock(mutex_);
    if (!closed_) ask_grpc();
    return !closed_;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

  NodeCore& core;
  ::llm::LLMService::AsyncService& service;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;

 private:
  std::mutex mutex_;
  bool closed_ = false;
};

}  // namespace wsdeep::llm
