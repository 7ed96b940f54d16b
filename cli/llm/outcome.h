#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "wire/llm.h"

namespace wsdeep::llm {

/// Why a generation did not come to its end. `kMisconfigured`: the engine does not take the node's key; `kCutOff`: the
/// answer broke off.
enum class LlmFault { kUnavailable, kOverloaded, kTimeout, kCancelled, kInvalid, kMisconfigured, kCutOff, kInternal };

/// What failed below the service, so that no word of it was heard: no connection, no TLS, something else than gRPC,
/// HTTP's status instead of an answer, a connection that was lost, a stream that broke on one that was not, an answer
/// that no LLM service gives.
enum class LlmBreak { kNone, kNoConnection, kNoTls, kNoGrpc, kHttpStatus, kLost, kStreamBroke, kBadAnswer };

struct LlmOutcome {
  bool ok = false;
  LlmFault fault = LlmFault::kInternal;  ///< when not ok
  LlmBreak broke = LlmBreak::kNone;      ///< when not ok
  int http_status = 0;                   ///< of kHttpStatus
  std::string cause;                     ///< when not ok: gRPC's code and words, for a log
  std::string words;                     ///< when not ok: the engine's own, for whoever asked; or empty
  int http_version = 0;                  ///< when not ok: 1 or 2 where the server speaks that HTTP, and no gRPC
  bool began_no_grpc = false;            ///< when not ok: who took the connection did not begin gRPC on it
  std::string hint;                      ///< when not ok, of generate() alone: what to do, or what the server says
  std::optional<std::chrono::milliseconds> retry_after{};  ///< when not ok: who asks again sooner asks in vain
  bool draining = false;       ///< when not ok: the node goes away; another one may take it up, with the chat's history
  std::size_t sent_bytes = 0;  ///< of the request's message; 0: it did not leave
  LlmResult result;            ///< the cookie may be set also when not ok
};

inline LlmOutcome failure(LlmFault fault, std::string cause) {
  LlmOutcome outcome;
  outcome.fault = fault;
  outcome.cause = std::move(cause);
  return outcome;
}

}  // namespace wsdeep::llm
