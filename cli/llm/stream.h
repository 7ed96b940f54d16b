#pragma once

#include <cstddef>
#include <functional>

#include "llm/outcome.h"
#include "wire/llm.h"

namespace wsdeep::llm {

/// What a running stream tells. All streams of the process are told in one thread, one call at a time; must not block.
/// `on_end` is last.
struct StreamEvents {
  std::function<void(LlmChunk&&)> on_chunk;  ///< its parts may be taken
  std::function<void(LlmOutcome)> on_end;
  /// A message of so many bytes came, and is not parsed yet: its chunks follow. May be empty.
  std::function<void(std::size_t bytes)> on_message{};
};

/// A running generation. Destroying it cancels it and waits until `on_end` has returned; destroyed in a callback (of
/// any stream) it does not wait, and no further callback of it comes.
class LlmStream {
 public:
  virtual ~LlmStream() = default;
  /// Tells the node to stop; `on_end` follows with kCancelled. May be called from any thread.
  virtual void cancel() = 0;
};

}  // namespace wsdeep::llm
