#include <fmt/format.h>

#include <algorithm>

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

Finding reservation(const Facts& facts, std::int64_t wanted) {
  const std::int64_t own = facts.own.value ? facts.own->reserved : 0;
  const std::int64_t left = facts.lambda->unreserved + own - wanted;
  if (left >= kLeastUnreserved)
    return {kLambdaCheck, Severity::kOk,
            fmt::format("limits.generate_concurrency {} leaves {} of {} executions to the others", wanted, left,
                        facts.lambda->concurrent)};
  const std::int64_t possible = std::max<std::int64_t>(0, facts.lambda->unreserved + own - kLeastUnreserved);
  return {
      kLambdaCheck, Severity::kError,
      fmt::format("limits.generate_concurrency {} would leave {} of {} executions to all other functions, and Lambda "
                  "keeps {} for them",
                  wanted, left, facts.lambda->concurrent, kLeastUnreserved),
      "the deployment would fail at the function `generate`",
      possible > 0
          ? fmt::format("set limits.generate_concurrency: {} or less (0 reserves nothing), or {}", possible,
                        raise_limit(facts))
          : fmt::format("set limits.generate_concurrency: 0, and nothing is reserved, or {}", raise_limit(facts))};
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
  if (const std::int64_t wanted = facts.settings.limits.generate_concurrency; wanted > 0)
    return {reservation(facts, wanted)};
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
