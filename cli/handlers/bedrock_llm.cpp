#include "handlers/bedrock_llm.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "aws/call_settings.h"
#include "aws/credential_chain.h"
#include "handlers/config.h"

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

/// The variables that are there for their prefix, without it.
Env caller_of(const Env& env) {
  constexpr std::string_view kPrefix = "CALLER_";
  std::map<std::string, std::string, std::less<>> values;
  for (const auto& [name, value] : env.all())
    if (name.starts_with(kPrefix)) values.emplace(name.substr(kPrefix.size()), value);
  return Env(std::move(values));
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

BedrockAccess::BedrockAccess(const Env& env, const aws::BedrockTarget& target, const Clock& clock) {
  const char* service_id = aws::Bedrock::service_id(target);
  const char* prefix = aws::Bedrock::endpoint_prefix(target);
  if (const auto region = env.get("BEDROCK_REGION")) {
    const Env caller = caller_of(env);
    credentials = std::make_unique<aws::CredentialChain>(caller, files, clock);
    options = aws::CallSettings::load(caller, files).client_options(service_id, prefix, *region);
  } else {
    credentials = std::make_unique<aws::StaticCredentials>(handlers::credentials(env));
    options = client_options(env, service_id, prefix);
  }
  options.connect_timeout = milliseconds(3000);
  options.retry = {4, milliseconds(250), milliseconds(3000)};
}

BedrockLlm::BedrockLlm(const Env& env, const Clock& clock)
    : access_(env, bedrock_target(env), clock),
      bedrock_(bedrock_target(env), access_.options, *access_.credentials, clock) {}

std::unique_ptr<chat::LlmReader> BedrockLlm::start(const LlmRequest& request, milliseconds timeout) {
  return std::make_unique<ChatReader>(bedrock_.start(request, timeout));
}

}  // namespace wsdeep::handlers
