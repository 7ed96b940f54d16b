#include "preflight/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace wsdeep::preflight {
namespace {

/// The checks that are about the nodes' stack alone.
bool is_of_fleet(std::string_view check) {
  constexpr std::array<std::string_view, 5> kOfFleet{"instance-types", "gpu-quota", "image", "model", "private-zones"};
  return std::ranges::find(kOfFleet, check) != kOfFleet.end();
}

}  // namespace

Finding unanswered(const std::string& check, const std::string& subject, const Trouble& trouble, const Facts& facts) {
  if (trouble.is_denied)
    return {check, Severity::kWarning,
            fmt::format("{} could not be looked at: {} is not allowed", subject, trouble.action), trouble.words,
            fmt::format("allow {} for {} (all that is needed: wsdeep policy --for preflight)", trouble.action,
                        facts.who.arn)};
  return {check, Severity::kWarning, fmt::format("{} could not be looked at", subject), trouble.words,
          "try again; if it stays so, look at the network between here and AWS"};
}

Findings check_all(const Facts& facts) {
  // What is in another account says nothing about this environment.
  if (is_elsewhere(facts)) return check_account(facts);
  Findings all;
  for (const auto check : {check_account, check_own_stacks, check_placeholders, check_other_accounts,
                           check_certificates, check_instance_types, check_gpu_quota, check_concurrency, check_log_role,
                           check_bucket, check_image, check_model, check_secrets, check_bedrock_model, check_place,
                           check_subnets, check_private_zones, check_api_endpoints, check_addresses})
    std::ranges::move(check(facts), std::back_inserter(all));
  for (Finding& one : all) one.of_fleet = one.of_fleet || is_of_fleet(one.check);
  return all;
}

}  // namespace wsdeep::preflight
