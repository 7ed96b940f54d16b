#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "llm/engine/engine.h"
#include "net/http_client.h"

/// The slots and threads of an engine behind HTTP. Private to cli/llm.
namespace wsdeep::llm {

/// The slots and the threads. Shared by the engine and its generations, so that a generation may be destroyed after its
/// engine.
class GenerationPool {
 public:
  /// A generation. It has a slot from `start` to its end or its cancellation.
  struct Job {
    LlmRequest request;
    EngineEvents events;
    std::optional<LlmOutcome> refusal;  ///< there was no slot
    std::stop_source stop;
    bool has_slot = false;
    bool calling = false;    ///< its thread is in one of the callbacks
    bool abandoned = false;  ///< its Generation is gone: nobody to call
    std::thread::id thread;
    SteadyTime arrived, asked, first, last;
  };
  using JobRef = std::shared_ptr<Job>;
  /// Does a job, in the job's thread and with a client that keeps its connection.
  using Run = std::function<LlmOutcome(net::HttpClient&, const JobRef&)>;

  GenerationPool(int slots, Run run) : slots_(slots), run_(std::move(run)) {}

  /// Stops what runs, and waits for its end. Nothing may be started after that.
  void stop();
  void start(const JobRef& job);
  void cancel(const JobRef& job);
  /// Cancels; no callback comes after it has returned, but for one that it is called in.
  void abandon(const JobRef& job);
  /// A piece of the answer: `on_chunk`, unless it was cancelled.
  void tell(const JobRef& job, LlmChunk chunk);
  int active() const;

 private:
  void work();
  void leave(const JobRef& job);
  void call(std::unique_lock<std::mutex>& lock, const JobRef& job, const std::function<void()>& callback);

  const int slots_;
  const Run run_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable called_;  ///< a callback has returned
  std::deque<JobRef> waiting_;
  std::vector<JobRef> running_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  int active_ = 0;
  bool stopping_ = false;
};

}  // namespace wsdeep::llm
