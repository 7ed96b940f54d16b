#include "llm/client/generate.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/random.h"
#include "base/sleep.h"

namespace wsdeep::llm {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstWait{200};
constexpr milliseconds kLongestWait{5000};

/// What gRPC's threads tell the waiting one.
struct GenerationState {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<LlmChunk> chunks;
  std::optional<LlmOutcome> outcome;
};

StreamEvents events_of(GenerationState& state) {
  return {.on_chunk =
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
              }};
}

LlmOutcome try_once(Client& client, const LlmRequest& request, milliseconds timeout, const GenerateCall& call) {
  GenerationState state;
  const auto stream = client.start(request, timeout, events_of(state));
  const std::stop_callback on_cancel(call.cancel, [&] { stream->cancel(); });
  std::unique_lock lock(state.mutex);
  for (;;) {
    state.changed.wait(lock, [&] { return !state.chunks.empty() || state.outcome; });
    const std::vector<LlmChunk> chunks = std::exchange(state.chunks, {});
    if (chunks.empty()) return *std::move(state.outcome);
    lock.unlock();
    for (const LlmChunk& chunk : chunks) call.on_chunk(chunk);
    lock.lock();
  }
}

bool may_pass(const LlmOutcome& outcome) {
  const bool of_the_node = outcome.fault == LlmFault::kUnavailable || outcome.fault == LlmFault::kOverloaded;
  return of_the_node && outcome.http_version == 0 && !outcome.began_no_grpc;
}

milliseconds wait_before_retry(const LlmOutcome& outcome, int retry) {
  if (outcome.retry_after) return *outcome.retry_after;
  const double longest = std::min<double>(static_cast<double>(kFirstWait.count()) * (1 << std::min(retry, 10)),
                                          static_cast<double>(kLongestWait.count()));
  return milliseconds(static_cast<std::int64_t>(random_unit() * longest));
}

/// False when it was cancelled meanwhile.
bool sleep(milliseconds duration, const std::stop_token& cancel) {
  sleep_for(duration, cancel);
  return !cancel.stop_requested();
}

}  // namespace

LlmOutcome generate(Client& client, const LlmRequest& request, const GenerateCall& call) {
  const auto end = steady_clock::now() + call.timeout;
  LlmRequest asked = request;
  bool any_chunk = false;
  GenerateCall watched = call;
  watched.on_chunk = [&](const LlmChunk& chunk) {
    any_chunk = true;
    call.on_chunk(chunk);
  };
  for (int retry = 0;; ++retry) {
    const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
    LlmOutcome outcome = try_once(client, asked, left, watched);
    if (outcome.ok) return outcome;
    const milliseconds wait = wait_before_retry(outcome, retry);
    const bool fits = steady_clock::now() + wait < end;
    if (retry >= call.retries || any_chunk || !may_pass(outcome) || !fits || call.cancel.stop_requested()) {
      if (!call.cancel.stop_requested()) client.explain(outcome, call.timeout);
      return outcome;
    }
    if (call.on_retry) call.on_retry(outcome, wait);
    if (!sleep(wait, call.cancel)) return failure(LlmFault::kCancelled, "CANCELLED");
    asked.sticky_cookie.clear();
  }
}

}  // namespace wsdeep::llm
