#include "load/drive/llm_ending.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace wsdeep::load {
namespace {

using llm::LlmBreak;
using llm::LlmFault;

struct BreakRow {
  LlmBreak broke;
  std::string_view reason;
};
/// Nobody of the service said a word.
constexpr std::array<BreakRow, 6> kBreakRows{{
    {LlmBreak::kNoConnection, "unreachable"},
    {LlmBreak::kNoTls, "tls"},
    {LlmBreak::kNoGrpc, "not gRPC"},
    {LlmBreak::kLost, "connection lost"},
    {LlmBreak::kStreamBroke, "connection lost"},
    {LlmBreak::kBadAnswer, "broken answer"},
}};

struct FaultRow {
  LlmFault fault;
  TurnEnd before_text;
  std::string_view reason;
};
/// The service said so itself.
constexpr std::array<FaultRow, 8> kFaultRows{{
    {LlmFault::kOverloaded, TurnEnd::kRefused, "overloaded"},
    {LlmFault::kUnavailable, TurnEnd::kRefused, "unavailable"},
    {LlmFault::kTimeout, TurnEnd::kFailed, "deadline"},
    {LlmFault::kCancelled, TurnEnd::kFailed, "cancelled by peer"},
    {LlmFault::kInvalid, TurnEnd::kFailed, "invalid request"},
    {LlmFault::kMisconfigured, TurnEnd::kFailed, "engine key"},
    {LlmFault::kCutOff, TurnEnd::kFailed, "cut off"},
    {LlmFault::kInternal, TurnEnd::kFailed, "internal"},
}};

bool is_full(int http_status) {
  return http_status == 429 || http_status == 503;
}

/// Of an attempt without a text.
Ending ending_of_fault(const llm::LlmOutcome& outcome) {
  if (outcome.draining) return {TurnEnd::kRefused, "draining"};
  if (outcome.broke == LlmBreak::kHttpStatus)
    return {is_full(outcome.http_status) ? TurnEnd::kRefused : TurnEnd::kFailed,
            fmt::format("http {}", outcome.http_status)};
  const auto* broken = std::find_if(kBreakRows.begin(), kBreakRows.end(),
                                    [&](const BreakRow& row) { return row.broke == outcome.broke; });
  const auto* told = std::find_if(kFaultRows.begin(), kFaultRows.end(),
                                  [&](const FaultRow& row) { return row.fault == outcome.fault; });
  // A stream that was reset with ENHANCE_YOUR_CALM is a refusal, however it came.
  if (broken != kBreakRows.end() && outcome.fault != LlmFault::kOverloaded)
    return {TurnEnd::kFailed, std::string(broken->reason)};
  return told == kFaultRows.end() ? Ending{TurnEnd::kFailed, "internal"}
                                  : Ending{told->before_text, std::string(told->reason)};
}

}  // namespace

Ending ending_of(const llm::LlmOutcome& outcome, bool any_text, bool given_up) {
  if (outcome.ok) return {TurnEnd::kCompleted};
  if (given_up && outcome.fault == LlmFault::kCancelled) return {TurnEnd::kCancelled, "cancelled"};
  Ending ending = ending_of_fault(outcome);
  if (any_text) ending.how = TurnEnd::kTruncated;
  return ending;
}

}  // namespace wsdeep::load
