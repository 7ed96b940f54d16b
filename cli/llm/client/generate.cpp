#include "llm/client/generate.h"

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
  std::vector<LlmChunk> chunks;
  std::optional<LlmOutcome> outcome;
};

}  // namespace

LlmOutcome generate(Client& client, const LlmRequest& request, std::chrono::seconds timeout,
                    const std::function<void(const LlmChunk&)>& on_chunk) {
  GenerationState state;
  const auto stream = client.start(request, timeout,
                                   {.on_chunk =
                                        [&](LlmChunk chunk) {
                                          const std::lock_guard lock(state.mutex);
                                          state.chunks.push_back(std::move(chunk));
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
    state.changed.wait(lock, [&] { return !state.chunks.empty() || state.outcome; });
    const std::vector<LlmChunk> chunks = std::exchange(state.chunks, {});
    if (chunks.empty()) break;
    lock.unlock();
    for (const LlmChunk& chunk : chunks) on_chunk(chunk);
    lock.lock();
  }
  if (!state.outcome->ok) state.outcome->hint = client.look_with_http(state.outcome->http_version);
  return *std::move(state.outcome);
}

}  // namespace wsdeep::llm
