#pragma once

#include <grpcpp/completion_queue.h>

#include <condition_variable>
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
  /// Waits for the calls' end, which gRPC's shutdown has brought about: their last operations may still be begun, and
  /// none may be on a queue that was shut down.
  void close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    left_.wait(lock, [this] { return calls_ == 0; });
  }

  /// What each call has from its beginning to its end.
  class Membership {
   public:
    explicit Membership(CallSource& source) : source_(source) {
      const std::lock_guard lock(source_.mutex_);
      ++source_.calls_;
    }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;
    ~Membership() {
      const std::lock_guard lock(source_.mutex_);
      --source_.calls_;
      source_.left_.notify_all();
    }

   private:
    CallSource& source_;
  };

  NodeCore& core;
  ::llm::LLMService::AsyncService& service;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  bool closed_ = false;
  int calls_ = 0;
};

}  // namespace wsdeep::llm
