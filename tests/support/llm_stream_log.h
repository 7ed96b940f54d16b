#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "llm/client/client.h"
#include "llm/engine/engine.h"
#include "support/eventually.h"

namespace wsdeep::testing {

/// Remembers what a stream or a generation told, and lets a test wait for it.
class StreamLog {
 public:
  llm::StreamEvents stream_events() {
    return {[this](LlmChunk chunk) { add(std::move(chunk)); },
            [this](llm::LlmOutcome outcome) { end(std::move(outcome), {}); }};
  }
  llm::EngineEvents engine_events() {
    return {[this](LlmChunk chunk) { add(std::move(chunk)); },
            [this](llm::LlmOutcome outcome, GenerationTimings timings) { end(std::move(outcome), timings); }};
  }

  /// The outcome, when there is one.
  llm::LlmOutcome wait_for_end() {
    std::unique_lock lock(mutex_);
    wait(lock, [this] { return ended_; });
    return outcome_;
  }
  void wait_for_chunks(std::size_t count) {
    std::unique_lock lock(mutex_);
    wait(lock, [&] { return chunks_.size() >= count; });
  }
  bool ended() const {
    const std::lock_guard lock(mutex_);
    return ended_;
  }
  std::vector<LlmChunk> chunks() const {
    const std::lock_guard lock(mutex_);
    return chunks_;
  }
  GenerationTimings timings() const {
    const std::lock_guard lock(mutex_);
    return timings_;
  }
  std::string text() const {
    std::string all;
    for (const LlmChunk& chunk : chunks()) all += chunk.text;
    return all;
  }

 private:
  void add(LlmChunk chunk) {
    const std::lock_guard lock(mutex_);
    chunks_.push_back(std::move(chunk));
    changed_.notify_all();
  }
  void end(llm::LlmOutcome outcome, GenerationTimings timings) {
    const std::lock_guard lock(mutex_);
    if (ended_) throw std::logic_error("on_end came twice");
    ended_ = true;
    outcome_ = std::move(outcome);
    timings_ = timings;
    changed_.notify_all();
  }
  void wait(std::unique_lock<std::mutex>& lock, const std::function<bool()>& done) {
    if (!changed_.wait_for(lock, kPatience, done)) throw std::runtime_error("the stream told nothing more");
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<LlmChunk> chunks_;
  bool ended_ = false;
  llm::LlmOutcome outcome_;
  GenerationTimings timings_;
};

}  // namespace wsdeep::testing
