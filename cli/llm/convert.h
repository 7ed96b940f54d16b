#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <string_view>

#include "llm.pb.h"
#include "wire/llm.h"

/// Between our structs and what crosses the wire. Private to cli/llm.
namespace wsdeep::llm {

/// The largest message that either side takes, as bytes on the wire; gRPC's own default, said aloud.
inline constexpr int kMaxMessageBytes = 4 << 20;

/// Trailing metadata of a call that failed: the engine's own words, in UTF-8.
inline constexpr const char* kEngineWords = "engine-words-bin";

/// Trailing metadata of a call that was refused: in how many milliseconds it may be made again (gRFC A6).
inline constexpr const char* kRetryPushback = "grpc-retry-pushback-ms";
/// Metadata of a call that wants to know when each token came; its value is `1`.
inline constexpr const char* kTimings = "x-wsdeep-timings";

/// Trailing metadata, `1`, of a call that the node refused or ended because it goes away: another node may take it up.
inline constexpr const char* kDrainingTrailer = "wsdeep-draining";

/// `prompt` is filled from the messages when the request brings none. Throws Error{kUsage} for text that is not UTF-8,
/// which a proto3 string cannot carry.
::llm::LLMRequest to_proto(const LlmRequest& request);
/// A request with nothing but a prompt, as old clients send, becomes one user message.
LlmRequest from_proto(const ::llm::LLMRequest& request);
Usage from_proto(const ::llm::Usage& usage);
GenerationTimings from_proto(const ::llm::Timings& timings);
/// OK, or INVALID_ARGUMENT with what is wrong.
grpc::Status check(const ::llm::LLMRequest& request);

/// The messages as one text; a lone question is left as it is.
std::string flatten(const std::vector<ChatMessage>& messages);

}  // namespace wsdeep::llm
