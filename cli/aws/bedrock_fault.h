#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_call.h"

namespace wsdeep::aws {

/// Why Bedrock did not answer, or not to the end. `kMisconfigured`: the model, the agent or the permission to use it is
/// not there.
enum class BedrockFault { kUnavailable, kOverloaded, kTimeout, kCancelled, kInvalid, kMisconfigured };

struct BedrockFailure {
  BedrockFault fault = BedrockFault::kUnavailable;
  std::string cause;                                       ///< for a log
  std::string words{};                                     ///< Bedrock's own, for whoever asked; or empty
  std::string hint{};                                      ///< what to do; or empty
  bool may_pass = false;                                   ///< the same call may succeed a moment later
  std::optional<std::chrono::milliseconds> retry_after{};  ///< when the service says
};

/// The failure that an error code stands for, in an answer (`ThrottlingException`) as in a stream
/// (`throttlingException`). `message` is the service's.
BedrockFailure bedrock_failure(std::string_view code, std::string_view message);
/// That of a call which got no answer, or not all of one.
BedrockFailure bedrock_failure(const net::TransportError& error);

}  // namespace wsdeep::aws
