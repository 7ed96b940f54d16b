#pragma once

#include <grpcpp/alarm.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "llm/completion.h"

namespace wsdeep::llm {

/// The thread in which the streams of all clients tell what happens: a second one would cost more in wake-ups than it
/// gives, because gRPC polls all connections of the process together. Lives as long as a client that has made a call or
/// a stream does, and may be released in its own thread.
class ClientLoop : public std::enable_shared_from_this<ClientLoop> {
 public:
  static std::shared_ptr<ClientLoop> shared() {
    static std::mutex mutex;
    static std::weak_ptr<ClientLoop> running;
    const std::lock_guard lock(mutex);
    std::shared_ptr<ClientLoop> loop = running.lock();
    if (!loop) running = loop = std::make_shared<ClientLoop>();
    return loop;
  }

  ClientLoop() : queue_(std::make_shared<grpc::CompletionQueue>()) {
    thread_ = std::thread([queue = queue_] { run_completions(*queue); });
  }
  ~ClientLoop() {
    queue_->Shutdown();
    if (is_this_thread())
      thread_.detach();  // it ends as soon as it comes back from here, and takes the queue along
    else
      thread_.join();
  }
  ClientLoop(const ClientLoop&) = delete;
  ClientLoop& operator=(const ClientLoop&) = delete;

  bool is_this_thread() const { return thread_.get_id() == std::this_thread::get_id(); }
  grpc::CompletionQueue& queue() { return *queue_; }

  /// Has `task` called in the loop's thread.
  void post(std::function<void()> task) {
    auto posted = std::make_unique<Posted>(shared_from_this(), std::move(task));
    Posted& waiting = *posted.release();  // it deletes itself
    waiting.alarm.Set(queue_.get(), std::chrono::system_clock::now(), &waiting.rang);
  }

 private:
  struct Posted {
    Posted(std::shared_ptr<ClientLoop> in, std::function<void()> what) : loop(std::move(in)), task(std::move(what)) {}

    const std::shared_ptr<ClientLoop> loop;  ///< lives until the alarm has rung
    const std::function<void()> task;
    grpc::Alarm alarm;
    Completion rang{[this](bool) {
      const std::unique_ptr<Posted> self(this);
      task();
    }};
  };

  std::shared_ptr<grpc::CompletionQueue> queue_;
  std::thread thread_;
};

}  // namespace wsdeep::llm
