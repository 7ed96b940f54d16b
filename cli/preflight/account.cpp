#include <fmt/format.h>

#include "aws/ecr.h"
#include "base/text.h"
#include "preflight/checks.h"
#include "stack/settings/initial_settings.h"
#include "stack/settings/value_rules.h"

namespace wsdeep::preflight {
namespace {

constexpr const char* kOthersCheck = "other-accounts";

Finding foreign_certificate(const std::string& path, const std::string& arn, const Facts& facts) {
  return {kOthersCheck, Severity::kError,
          fmt::format("{} is of account {}, this is {}", path, account_in(arn), facts.who.account),
          "a load balancer and an API take certificates of their own account alone",
          fmt::format("request or import it in {} of account {}, or use that account's credentials",
                      facts.settings.region, facts.who.account)};
}

void add_certificate(Findings& out, const std::string& path, const std::string& arn, const Facts& facts,
                     bool of_fleet) {
  if (stack::is_placeholder_certificate(arn) || account_in(arn) == facts.who.account) return;
  out.push_back(foreign_certificate(path, arn, facts));
  out.back().of_fleet = of_fleet;
}

void add_secret(Findings& out, const Facts& facts) {
  if (!facts.settings.auth.google) return;
  const std::string& secret = facts.settings.auth.google->client_secret;
  if (!secret.starts_with("arn:")) return;
  if (const std::string_view region = stack::arn_region(secret); region != facts.settings.region)
    out.push_back(
        {kOthersCheck, Severity::kError,
         fmt::format("auth.google.client_secret is in {}, the environment in {}", region, facts.settings.region),
         "CloudFormation reads secrets of its own region alone",
         fmt::format("replicate the secret to {}, and name that copy", facts.settings.region)});
  if (account_in(secret) != facts.who.account)
    out.push_back(
        {kOthersCheck, Severity::kWarning,
         fmt::format("auth.google.client_secret is of account {}, this is {}", account_in(secret), facts.who.account),
         "CloudFormation can read it only where its resource policy and its key's policy allow this account",
         "allow it there, or keep a copy of the secret in this account"});
}

void add_image(Findings& out, const Facts& facts) {
  const auto image = aws::EcrImage::parse(facts.settings.llm.image);
  if (!image || image->account == facts.who.account) return;
  out.push_back(
      {kOthersCheck, Severity::kWarning,
       fmt::format("llm.image is in the registry of account {}, this is {}", image->account, facts.who.account),
       "a node can pull it only where the repository's policy allows this account",
       "allow ecr:BatchGetImage and ecr:GetDownloadUrlForLayer there, or replicate the image", true});
}

}  // namespace

Findings check_account(const Facts& facts) {
  const std::string& wanted = facts.settings.account;
  if (is_elsewhere(facts))
    return {{"account", Severity::kError,
             fmt::format("these credentials are of account {} ({}), the environment '{}' belongs to {}",
                         facts.who.account, facts.who.arn, facts.settings.name, wanted),
             "everything would be made in the wrong account; deploy, destroy and fleet refuse it",
             "choose that account's profile with --profile or AWS_PROFILE, or correct `account` in the settings"}};
  Findings found{{"account", Severity::kOk,
                  fmt::format("{} in {}, as {}", facts.who.account, facts.settings.region, facts.who.arn)}};
  if (wanted.empty())
    found.push_back({"account", Severity::kNote,
                     fmt::format("the environment '{}' does not say which account it belongs to", facts.settings.name),
                     "credentials of any account would deploy it",
                     fmt::format("add `account: \"{}\"` to it, if this is the right one", facts.who.account)});
  return found;
}

Findings check_own_stacks(const Facts& facts) {
  if (!facts.own.trouble) return {};
  return {unanswered("account", "what this environment has deployed", *facts.own.trouble, facts)};
}

Findings check_placeholders(const Facts& facts) {
  Findings found;
  for (const std::string& path : facts.placeholders)
    found.push_back({"settings", Severity::kError, fmt::format("{} still holds a placeholder of `wsdeep init`", path),
                     "nothing can be deployed with it", "write the real value into the settings file"});
  return found;
}

Findings check_other_accounts(const Facts& facts) {
  Findings found;
  // Where Amazon Bedrock answers there are no nodes, nor a certificate of their load balancer.
  if (!facts.settings.llm.on_bedrock())
    add_certificate(found, "llm.certificate", facts.settings.llm.certificate, facts, true);
  if (facts.settings.domain)
    add_certificate(found, "domain.certificate", facts.settings.domain->certificate, facts, false);
  add_secret(found, facts);
  add_image(found, facts);
  return found;
}

}  // namespace wsdeep::preflight
