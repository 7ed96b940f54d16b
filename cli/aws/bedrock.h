#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "aws/bedrock_fault.h"
#include "aws/bedrock_request.h"
#include "aws/client.h"
#include "aws/credentials.h"
#include "base/clock.h"
#include "net/http_streams.h"
#include "wire/llm.h"

namespace wsdeep::aws {

/// An answer that is being read. Destroying it ends the call, and with it the generation. One thread at a time.
class BedrockReader {
 public:
  virtual ~BedrockReader() = default;
  enum class State { kText, kWaiting, kEnded, kFailed };
  struct Event {
    State state = State::kWaiting;
    std::vector<LlmChunk> chunks;  ///< kText: all that has arrived since the last call, in order, never empty
    LlmResult result;              ///< kEnded
    BedrockFailure failure;        ///< kFailed
  };
  /// Waits until something has arrived, at most until `until` (then kWaiting). Until the first event of an answer has
  /// come a call is made again, as often as its options say, when the failure may pass; an agent's only when the agent
  /// has not been asked. Nothing follows an end.
  virtual Event next(SteadyTime until) = 0;
};

/// Amazon Bedrock's models (ConverseStream) and agents (InvokeAgent), whose answers come as event streams. Safe to use
/// from several threads.
class Bedrock {
 public:
  /// Of `options` the endpoint, region, CA file, time to connect and retries count. `credentials` and `clock` must
  /// outlive it. Throws Error{kUsage} for a target that is none.
  Bedrock(BedrockTarget target, ClientOptions options, CredentialSource& credentials, const Clock& clock);
  ~Bedrock();
  Bedrock(const Bedrock&) = delete;
  Bedrock& operator=(const Bedrock&) = delete;

  /// AWS_ENDPOINT_URL_…, and the prefix of the endpoint, for this target.
  static const char* service_id(const BedrockTarget& target);
  static const char* endpoint_prefix(const BedrockTarget& target);

  /// `timeout` bounds the whole call, retries included. `request.model` counts more than the target's, unless that is
  /// an agent. Throws Error{kUsage} for a request without a question, and what the credentials throw. The reader must
  /// not outlive this.
  std::unique_ptr<BedrockReader> start(const LlmRequest& request, std::chrono::milliseconds timeout);

 private:
  BedrockTarget target_;
  ClientOptions options_;
  CredentialSource& credentials_;
  const Clock& clock_;
  net::HttpStreams streams_;
};

}  // namespace wsdeep::aws
