#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wsdeep {

/// One message as a model sees it. `role` is `system`, `user` or `assistant`.
struct ChatMessage {
  std::string role;
  std::string content;

  bool operator==(const ChatMessage&) const = default;
};

/// Sampling parameters; an unset one is left to the node. Ranges: contract §1.
struct GenerationParameters {
  std::optional<double> temperature;
  std::optional<std::int32_t> max_tokens;
  std::optional<double> top_p;
  std::optional<std::int32_t> top_k;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  std::optional<double> repetition_penalty;
  std::vector<std::string> stop;
  std::optional<std::int64_t> seed;

  bool operator==(const GenerationParameters&) const = default;
};

struct LlmRequest {
  std::vector<ChatMessage> messages;  ///< oldest first; the last one is the question
  std::string prompt;                 ///< the same as one text, for a server that knows only field 1
  GenerationParameters parameters;
  std::string model;       ///< empty: the node's own
  std::string session_id;  ///< the chat
  /// Whose chat it is: two owners may have chats of one name, and neither is to meet the other's. Empty: the caller's.
  std::string session_owner{};
  std::string request_id;     ///< the turn's messageId
  std::string sticky_cookie;  ///< `name=value` that an earlier answer set, or empty
  bool timings = false;       ///< asks when each token was generated
  /// gRPC metadata to send along, names and values as `llm::metadata_fault` allows them.
  std::vector<std::pair<std::string, std::string>> metadata{};
};

/// How a call came to a node that was asked for times.
struct NodeArrival {
  std::string node_id;
  std::int64_t arrived_us = 0;  ///< on the node's CLOCK_MONOTONIC
  std::int64_t queued_us = 0;   ///< from then until it had a slot

  bool operator==(const NodeArrival&) const = default;
};

/// A piece of an answer: what the model says, or what it thinks before.
struct LlmChunk {
  std::string text;
  bool reasoning = false;
  /// All that was told as the answer before this chunk, which has no text of its own, was reasoning: only its end was
  /// marked, as with chat templates that open `<think>` in the prompt.
  bool was_reasoning = false;
  int tokens = 0;  ///< that it is made of; 0: the node does not say
  /// When each of them was generated, in µs since the call arrived at the node; empty unless asked for.
  std::vector<std::uint32_t> token_offsets_us{};
  std::optional<NodeArrival> arrival{};  ///< with the first one of a call, where that asked for times

  bool operator==(const LlmChunk&) const = default;
};

struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;                  ///< those of the reasoning included
  std::optional<std::int64_t> cached_prompt_tokens{};  ///< of prompt_tokens; nothing: unknown
  std::optional<std::int64_t> reasoning_tokens{};      ///< of completion_tokens; nothing: unknown

  bool operator==(const Usage&) const = default;
};

/// Where a node's time for an answer went.
struct GenerationTimings {
  std::int64_t queue_us = 0;
  std::int64_t prefill_us = 0;
  std::int64_t decode_us = 0;

  bool operator==(const GenerationTimings&) const = default;
};

/// How a stream that came to its end ended.
struct LlmResult {
  std::string finish_reason;                   ///< `stop`, `length`, or what the engine said
  std::optional<Usage> usage;                  ///< nothing: unknown
  std::string node_id;                         ///< empty when the node did not say
  std::string sticky_cookie;                   ///< the `name=value` to send next time, or empty
  std::optional<GenerationTimings> timings{};  ///< nothing: unknown
};

}  // namespace wsdeep
