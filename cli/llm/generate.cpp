#include "llm/generate.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace wsdeep::llm {
namespace {

/// What gRPC's threads tell the waiting one.
struct GenerationState {
  std::mutex mutex;
  std::condition_variable changed;
  std::string text;
  std::optional<LlmOutcome> outcome;
};

}  // namespace

LlmOutcome generate(Client& client, const LlmRequest& request, std::chrono::seconds timeout,
                    const std::function<void(const std::string&)>& on_text) {
  GenerationState state;
  const auto stream = client.start(request, timeout,
                                   {.on_chunk =
                                        [&](const LlmChunk& chunk) {
                                          const std::lock_guard lock(state.mutex);
                                          state.text += chunk.text;
                                          state.changed.notify_one();
                                        },
                                    .on_end =
                                        [&](LlmOutcome outcome) {
                                          const std::lock_guard lock(state.mutex);
                                          state.outcome = std::move(outcome);
                                          state.changed.notify_one();
                                        }});
  std::unique_lock lock(state.mutex);
  for (;;) {
    state.changed.wait(lock, [&] { return !state.text.empty() || state.outcome; });
    const std::string text = std::exchange(state.text, {});
    if (text.empty()) return *std::move(state.outcome);
    lock.unlock();
    on_text(text);
    lock.lock();
  }
}

}  // namespace wsdeep::llm
