#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "llm/outcome.h"
#include "net/http_client.h"
#include "wire/llm.h"

namespace wsdeep::llm {

/// An engine refuses nobody for want of a slot: `slots` is how many generations it wants at a time, and the node keeps
/// to that.
struct EngineStatus {
  bool healthy = true;
  std::string reason;  ///< why not
  int slots = 0;
  int active = 0;
};

/// 0 when one of the two never came.
inline std::int64_t microseconds_between(SteadyTime from, SteadyTime to) {
  if (from == SteadyTime{} || to == SteadyTime{}) return 0;
  return std::chrono::duration_cast<std::chrono::microseconds>(to - from).count();
}

/// What an engine tells about one generation. From the engine's thread, one call at a time; must not block.
struct EngineEvents {
  std::function<void(LlmChunk)> on_chunk;
  std::function<void(LlmOutcome, GenerationTimings)> on_end;
};

/// A running generation of an engine. Destroying it cancels it, frees its slot at once, and waits for a callback that
/// is under way (unless it is destroyed in one of its own); no callback comes after that.
class Generation {
 public:
  virtual ~Generation() = default;
  /// Frees the slot at once; `on_end` follows with kCancelled, unless it was about to come anyway. Any thread; must not
  /// wait for a callback.
  virtual void cancel() = 0;
  /// Whether the engine shall wait: a held generation goes on where it stopped. A little may still come after the call,
  /// what was under way. Any thread; must not wait for a callback.
  virtual void hold(bool held) = 0;
};

/// What serves a model on a node: `sim` here; `openai` and `ollama` speak to a local engine over HTTP.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;
  /// Both answer at once: an engine that has to ask somebody does so in the background.
  virtual std::vector<std::string> models() const = 0;
  virtual EngineStatus status() const = 0;
  /// How to ask for the engine's own page of metrics; nothing: it has none.
  virtual std::optional<net::HttpCall> page_call() const { return std::nullopt; }
  /// `request.messages` is not empty. What is wrong with the request, or with the engine, arrives in `on_end`.
  virtual std::unique_ptr<Generation> start(const LlmRequest& request, EngineEvents events) = 0;
};

}  // namespace wsdeep::llm
