#include "commands/llm/bedrock_generate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "aws/bedrock.h"
#include "aws/call_settings.h"
#include "aws/credential_chain.h"
#include "base/error.h"
#include "base/random.h"
#include "base/sleep.h"

namespace wsdeep::commands {
namespace {

using std::chrono::milliseconds;

/// How soon an interrupt is noticed.
constexpr milliseconds kBedrockPoll{100};
constexpr milliseconds kFirstBedrockPause{400};

aws::ClientOptions bedrock_options(const aws::BedrockTarget& target, const BedrockCaller& caller,
                                   const Context& context) {
  const auto calls = aws::CallSettings::load(context.env, context.files, caller.profile);
  const std::string region = caller.region.empty() ? calls.region().value_or("") : caller.region;
  if (region.empty())
    throw Error(ErrorKind::kUsage, "the region of Bedrock is not known", "pass --region or set AWS_REGION");
  aws::ClientOptions options =
      calls.client_options(aws::Bedrock::service_id(target), aws::Bedrock::endpoint_prefix(target), region);
  options.retry.max_attempts = 1;
  return options;
}

llm::LlmFault llm_fault(aws::BedrockFault fault) {
  switch (fault) {
    case aws::BedrockFault::kUnavailable:
      return llm::LlmFault::kUnavailable;
    case aws::BedrockFault::kOverloaded:
      return llm::LlmFault::kOverloaded;
    case aws::BedrockFault::kTimeout:
      return llm::LlmFault::kTimeout;
    case aws::BedrockFault::kCancelled:
      return llm::LlmFault::kCancelled;
    case aws::BedrockFault::kInvalid:
      return llm::LlmFault::kInvalid;
    case aws::BedrockFault::kMisconfigured:
      return llm::LlmFault::kMisconfigured;
  }
  return llm::LlmFault::kInternal;
}

/// One try, and whether another one may do better.
struct BedrockTry {
  llm::LlmOutcome outcome;
  bool may_pass = false;
};

BedrockTry failed_try(aws::BedrockFailure failure, bool anything_came) {
  BedrockTry made{llm::failure(llm_fault(failure.fault), std::move(failure.cause)), failure.may_pass && !anything_came};
  made.outcome.words = std::move(failure.words);
  made.outcome.hint = std::move(failure.hint);
  made.outcome.retry_after = failure.retry_after;
  return made;
}

BedrockTry try_once(aws::Bedrock& bedrock, const LlmRequest& request, const llm::GenerateCall& call,
                    SteadyTime deadline) {
  using State = aws::BedrockReader::State;
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  const auto reader = bedrock.start(request, std::max(left, milliseconds(1)));
  bool anything_came = false;
  while (!call.cancel.stop_requested()) {
    aws::BedrockReader::Event event = reader->next(std::chrono::steady_clock::now() + kBedrockPoll);
    for (const LlmChunk& chunk : event.chunks) call.on_chunk(chunk);
    anything_came = anything_came || !event.chunks.empty();
    if (event.state == State::kFailed) return failed_try(std::move(event.failure), anything_came);
    if (event.state != State::kEnded) continue;
    BedrockTry made;
    made.outcome.ok = true;
    made.outcome.result = std::move(event.result);
    return made;
  }
  return {llm::failure(llm::LlmFault::kCancelled, "cancelled"), false};
}

/// False when the wait was cancelled.
bool pause_for(milliseconds wait, const std::stop_token& cancel) {
  sleep_for(wait, cancel);
  return !cancel.stop_requested();
}

}  // namespace

llm::LlmOutcome generate_by_bedrock(const aws::BedrockTarget& target, const BedrockCaller& caller, Context& context,
                                    const LlmRequest& request, const llm::GenerateCall& call) {
  aws::CredentialChain credentials(context.env, context.files, context.clock, caller.profile, call.cancel);
  aws::Bedrock bedrock(target, bedrock_options(target, caller, context), credentials, context.clock);
  const SteadyTime deadline = std::chrono::steady_clock::now() + call.timeout;
  for (int tries = 0;; ++tries) {
    BedrockTry made = try_once(bedrock, request, call, deadline);
    if (made.outcome.ok || !made.may_pass || tries >= call.retries) return std::move(made.outcome);
    const double part = random_unit() * static_cast<double>((kFirstBedrockPause * (1 << std::min(tries, 5))).count());
    const milliseconds wait =
        std::max(milliseconds(static_cast<std::int64_t>(part)), made.outcome.retry_after.value_or(milliseconds(0)));
    if (std::chrono::steady_clock::now() + wait >= deadline) return std::move(made.outcome);
    if (call.on_retry) call.on_retry(made.outcome, wait);
    if (!pause_for(wait, call.cancel)) return llm::failure(llm::LlmFault::kCancelled, "cancelled");
  }
}

}  // namespace wsdeep::commands
