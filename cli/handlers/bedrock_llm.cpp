#include "handlers/bedrock_llm.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/error.h"

namespace wsdeep::handlers {
namespace {

using std::chrono::milliseconds;

aws::BedrockTarget bedrock_target(const Env& env) {
  aws::BedrockTarget target;
  if (env.get_or("LLM_ENGINE", "") == "bedrock-agent") {
    target.agent_id = env.require("AGENT_ID");
    target.agent_alias_id = env.require("AGENT_ALIAS_ID");
  } else {
    target.model = env.require("BEDROCK_MODEL");
    target.guardrail = env.get_or("BEDROCK_GUARDRAIL", "");
    target.guardrail_version = env.get_or("BEDROCK_GUARDRAIL_VERSION", target.guardrail_version);
  }
  return target;
}

aws::ClientOptions bedrock_options(const Env& env) {
  const aws::BedrockTarget target = bedrock_target(env);
  aws::ClientOptions options =
      client_options(env, aws::Bedrock::service_id(target), aws::Bedrock::endpoint_prefix(target));
  options.connect_timeout = milliseconds(3000);
  options.retry = {4, milliseconds(250), milliseconds(3000)};
  return options;
}

/// A person can do nothing about a model that is not there, or not ours to ask, but try again later.
std::string category_of(aws::BedrockFault fault) {
  switch (fault) {
    case aws::BedrockFault::kUnavailable:
    case aws::BedrockFault::kMisconfigured:
      return "llm_unavailable";
    case aws::BedrockFault::kOverloaded:
      return "llm_overloaded";
    case aws::BedrockFault::kTimeout:
      return "llm_timeout";
    case aws::BedrockFault::kCancelled:
      return "cancelled";
    case aws::BedrockFault::kInvalid:
      return "invalid_input";
  }
  return "internal";
}

chat::LlmFailure failure_of(aws::BedrockFailure failure) {
  std::string cause = std::move(failure.cause);
  if (!failure.hint.empty()) cause += fmt::format(" ({})", failure.hint);
  return {category_of(failure.fault), std::move(cause), std::move(failure.words), failure.retry_after};
}

class ChatReader final : public chat::LlmReader {
 public:
  explicit ChatReader(std::unique_ptr<aws::BedrockReader> reader) : reader_(std::move(reader)) {}

  Event next(SteadyTime until) override {
    aws::BedrockReader::Event event = reader_->next(until);
    switch (event.state) {
      case aws::BedrockReader::State::kText:
        return {State::kText, std::move(event.chunks), {}, {}};
      case aws::BedrockReader::State::kWaiting:
        return {};
      case aws::BedrockReader::State::kEnded:
        return {State::kEnded, {}, std::move(event.result), {}};
      case aws::BedrockReader::State::kFailed:
        return {State::kFailed, {}, {}, failure_of(std::move(event.failure))};
    }
    return {};
  }

 private:
  std::unique_ptr<aws::BedrockReader> reader_;
};

}  // namespace

BedrockLlm::BedrockLlm(const Env& env, const Clock& clock)
    : credentials_(handlers::credentials(env)),
      bedrock_(bedrock_target(env), bedrock_options(env), credentials_, clock) {}

std::unique_ptr<chat::LlmReader> BedrockLlm::start(const LlmRequest& request, milliseconds timeout) {
  return std::make_unique<ChatReader>(bedrock_.start(request, timeout));
}

}  // namespace wsdeep::handlers
