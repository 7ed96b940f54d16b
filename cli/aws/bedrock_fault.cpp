#include "aws/bedrock_fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::aws {
namespace {

constexpr std::size_t kMaxWords = 500;

struct FaultRow {
  std::string_view code;  ///< in lower case
  BedrockFault fault;
  bool may_pass;
};

/// The errors of ConverseStream and InvokeAgent, before and within a stream. A conflict is another call in the session
/// of an agent, which takes one at a time.
constexpr std::array<FaultRow, 16> kFaults{{
    {"throttlingexception", BedrockFault::kOverloaded, true},
    {"toomanyrequestsexception", BedrockFault::kOverloaded, true},
    {"servicequotaexceededexception", BedrockFault::kOverloaded, false},
    {"modelnotreadyexception", BedrockFault::kOverloaded, true},
    {"conflictexception", BedrockFault::kOverloaded, true},
    {"modeltimeoutexception", BedrockFault::kTimeout, false},
    {"validationexception", BedrockFault::kInvalid, false},
    {"accessdeniedexception", BedrockFault::kMisconfigured, false},
    {"resourcenotfoundexception", BedrockFault::kMisconfigured, false},
    {"internalserverexception", BedrockFault::kUnavailable, true},
    {"internalfailure", BedrockFault::kUnavailable, true},
    {"serviceunavailableexception", BedrockFault::kUnavailable, true},
    {"badgatewayexception", BedrockFault::kUnavailable, true},
    {"dependencyfailedexception", BedrockFault::kUnavailable, false},
    {"modelerrorexception", BedrockFault::kUnavailable, false},
    {"modelstreamerrorexception", BedrockFault::kUnavailable, true},
}};

/// A ValidationException is about what was asked, or about a model that cannot be asked so: whoever chats can do
/// nothing about that.
bool is_about_the_model(std::string_view message) {
  const std::string text = to_lower(message);
  constexpr std::array<std::string_view, 6> kSigns{"model identifier", "on-demand throughput", "inference profile",
                                                   "model id",         "guardrail identifier", "is not supported"};
  return std::any_of(kSigns.begin(), kSigns.end(),
                     [&](std::string_view sign) { return text.find(sign) != std::string::npos; });
}

std::string words_for_people(std::string_view message) {
  const std::string whole = strip_control(well_formed_utf8(trim(message)));
  std::size_t end = std::min(whole.size(), kMaxWords);
  while (end < whole.size() && end > 0 && (static_cast<unsigned char>(whole[end]) & 0xC0) == 0x80) --end;
  return whole.substr(0, end);
}

std::string hint_of(std::string_view code, BedrockFault fault) {
  if (code == "accessdeniedexception")
    return "allow bedrock:InvokeModelWithResponseStream on the model, or bedrock:InvokeAgent on the agent's alias, and "
           "check that the account has access to the model (Bedrock's console, Model access); an agent's own role "
           "needs bedrock:InvokeModelWithResponseStream too";
  if (code == "resourcenotfoundexception") return "check the id of the model or agent, and the region";
  if (fault == BedrockFault::kMisconfigured)
    return "check the model's id and the region; some models are asked by an inference profile alone, such as "
           "us.anthropic.claude-3-5-haiku-20241022-v1:0";
  if (fault == BedrockFault::kOverloaded)
    return "Bedrock is refusing calls at this rate: try again later, or ask for a higher quota";
  return {};
}

BedrockFault fault_of_transport(net::TransportFault fault) {
  if (fault == net::TransportFault::kTimeout) return BedrockFault::kTimeout;
  if (fault == net::TransportFault::kCancelled) return BedrockFault::kCancelled;
  return BedrockFault::kUnavailable;
}

}  // namespace

BedrockFailure bedrock_failure(std::string_view code, std::string_view message) {
  const std::string lower = to_lower(code);
  const auto row = std::find_if(kFaults.begin(), kFaults.end(), [&](const FaultRow& one) { return one.code == lower; });
  BedrockFailure failure;
  if (row != kFaults.end()) {
    failure.fault = row->fault;
    failure.may_pass = row->may_pass;
  }
  const std::string words = words_for_people(message);
  if (failure.fault == BedrockFault::kInvalid && is_about_the_model(words))
    failure.fault = BedrockFault::kMisconfigured;
  failure.cause = fmt::format("Bedrock says {}{}{}", words_for_people(code), words.empty() ? "" : ": ", words);
  if (failure.fault == BedrockFault::kInvalid) failure.words = words;
  failure.hint = hint_of(lower, failure.fault);
  return failure;
}

BedrockFailure bedrock_failure(const net::TransportError& error) {
  BedrockFailure failure;
  failure.fault = fault_of_transport(error.fault());
  failure.cause = error.what();
  failure.hint = error.hint();
  failure.may_pass = error.fault() == net::TransportFault::kRefused || error.fault() == net::TransportFault::kBroken ||
                     error.fault() == net::TransportFault::kResolve;
  return failure;
}

}  // namespace wsdeep::aws
