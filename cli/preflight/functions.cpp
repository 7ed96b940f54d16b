#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "preflight/checks.h"

namespace wsdeep::preflight {
namespace {

constexpr const char* kLambdaCheck = "lambda-concurrency";
constexpr const char* kLogsCheck = "api-log-role";
/// What Lambda insists on leaving to functions without a reservation.
constexpr std::int64_t kLeastUnreserved = 100;

std::string raise_limit(const Facts& facts) {
  return fmt::format(
      "ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code "
      "L-B99A9384 --desired-value 1000 --region {}",
      facts.settings.region);
}

/// What the settings reserve: their key, and how many.
std::vector<std::pair<std::string, std::int64_t>> reservations(const stack::EnvironmentSettings& settings) {
  std::vector<std::pair<std::string, std::int64_t>> found;
  if (settings.limits.generate_concurrency > 0)
    found.emplace_back("limits.generate_concurrency", settings.limits.generate_concurrency);
  if (settings.rest_chat && settings.rest_chat->concurrency > 0)
    found.emplace_back("rest_chat.concurrency", settings.rest_chat->concurrency);
  return found;
}

Finding reservation(const Facts& facts) {
  std::int64_t wanted = 0;
  std::vector<std::string> parts, keys;
  for (const auto& [key, executions] : reservations(facts.settings)) {
    wanted += executions;
    keys.push_back(key);
    parts.push_back(fmt::format("{} {}", key, executions));
  }
  const std::string said = join(parts, " and "), all = join(keys, " and ");
  const bool several = keys.size() > 1;
  const std::int64_t own = facts.own.value ? facts.own->reserved : 0;
  const std::int64_t left = facts.lambda->unreserved + own - wanted;
  if (left >= kLeastUnreserved)
    return {kLambdaCheck, Severity::kOk,
            fmt::format("{} leave{} {} of {} executions to the others", said, several ? "" : "s", left,
                        facts.lambda->concurrent)};
  const std::int64_t possible = std::max<std::int64_t>(0, facts.lambda->unreserved + own - kLeastUnreserved);
  return {kLambdaCheck, Severity::kError,
          fmt::format("{} would leave {} of {} executions to all other functions, and Lambda keeps {} for them", said,
                      left, facts.lambda->concurrent, kLeastUnreserved),
          several ? "the deployment would fail at one of the functions `generate` and `rest-chat`"
                  : fmt::format("the deployment would fail at the function `{}`",
                                facts.settings.limits.generate_concurrency > 0 ? "generate" : "rest-chat"),
          possible > 0 ? fmt::format("set {}: {} or less{} (0 reserves nothing), or {}", all, possible,
                                     several ? " together" : "", raise_limit(facts))
                       : fmt::format("set {}: 0, and nothing is reserved, or {}", all, raise_limit(facts))};
}

/// The last part of `arn:aws:iam::123456789012:role/path/name`.
std::string role_name(const std::string& arn) {
  return arn.substr(arn.rfind('/') + 1);
}

Finding replaced_role(const std::string& role) {
  return {
      kLogsCheck, Severity::kWarning, fmt::format("the account has a role for API Gateway's logs already: {}", role),
      "the deployment puts its own in its place, for all APIs of the account in this region, and whoever manages the "
      "other puts it back",
      "set api_gateway_logging_role: false, and the role that is there is used"};
}

}  // namespace

Findings check_concurrency(const Facts& facts) {
  if (facts.lambda.trouble) return {unanswered(kLambdaCheck, "Lambda's limits", *facts.lambda.trouble, facts)};
  if (!facts.lambda.value) return {};
  if (!reservations(facts.settings).empty()) return {reservation(facts)};
  if (facts.lambda->concurrent >= kLeastUnreserved)
    return {{kLambdaCheck, Severity::kOk, fmt::format("{} executions at a time", facts.lambda->concurrent)}};
  return {{kLambdaCheck, Severity::kWarning,
           fmt::format("the account runs {} functions at a time", facts.lambda->concurrent),
           "every answer takes one for as long as it is written: that many users at once, and less",
           raise_limit(facts)}};
}

Findings check_log_role(const Facts& facts) {
  if (facts.log_role.trouble) return {unanswered(kLogsCheck, "API Gateway's log role", *facts.log_role.trouble, facts)};
  if (!facts.log_role.value) return {};
  const std::string& role = *facts.log_role;
  if (!facts.settings.api_gateway_logging_role) {
    if (!role.empty()) return {{kLogsCheck, Severity::kOk, fmt::format("{} is used", role)}};
    return {{kLogsCheck, Severity::kError, "the account has no role for API Gateway's logs in this region",
             "the deployment would fail at the API's stage: CloudWatch Logs role ARN must be set",
             "leave out api_gateway_logging_role: false, and the deployment makes one"}};
  }
  if (role.empty()) return {{kLogsCheck, Severity::kOk, "the deployment makes the account's first"}};
  if (facts.own.value && facts.own->roles.contains(role_name(role)))
    return {{kLogsCheck, Severity::kOk, "is this stack's own"}};
  return {replaced_role(role)};
}

}  // namespace wsdeep::preflight
