#include "deploy/protection.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "deploy/change_set.h"
#include "terminal/dialogue.h"

namespace wsdeep::deploy {
namespace {

using nlohmann::json;
using stack::ProtectionSettings;

constexpr std::size_t kMaxPolicyBytes = 16'384;  // CloudFormation's own limit
/// A policy cannot be taken away again, only be replaced by one that allows everything.
constexpr const char* kAllowAllPolicy =
    R"({"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]})";
constexpr const char* kDenyReplacePolicy =
    R"({"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"},)"
    R"({"Effect":"Deny","Action":["Update:Replace","Update:Delete"],"Principal":"*","Resource":"*",)"
    R"("Condition":{"StringEquals":{"ResourceType":["AWS::DynamoDB::Table","AWS::DynamoDB::GlobalTable",)"
    R"("AWS::Cognito::UserPool"]}}}]})";

bool holds_data(const std::string& type) {
  return type == "AWS::DynamoDB::Table" || type == "AWS::DynamoDB::GlobalTable" || type == "AWS::Cognito::UserPool";
}

std::string read_policy(const std::string& path, const Files& files) {
  const auto text = files.read(path, kMaxPolicyBytes + 1);
  if (!text)
    throw Error(ErrorKind::kNotFound, fmt::format("there is no stack policy {}, which protection.policy names", path),
                "paths count from the folder that wsdeep runs in");
  const json policy = json::parse(*text, nullptr, false);
  if (text->size() > kMaxPolicyBytes || !policy.is_object() || !policy.contains("Statement"))
    throw Error(ErrorKind::kUsage,
                fmt::format("{}, which protection.policy names, is no stack policy: JSON with a Statement, of at most "
                            "{} bytes",
                            path, kMaxPolicyBytes),
                "see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html");
  return policy.dump();
}

bool is_same(const std::string& a, const std::string& b) {
  const json left = json::parse(a, nullptr, false), right = json::parse(b, nullptr, false);
  return !left.is_discarded() && left == right;
}

const std::string& policy_setting(const StackTarget& target) {
  static const std::string kNone;
  return target.settings ? target.settings->protection.policy : kNone;
}

}  // namespace

bool wants_termination_protection(const StackTarget& target) {
  return target.settings && target.settings->protection.termination.value_or(target.is_production());
}

std::optional<std::string> wanted_policy(const StackTarget& target, const Files& files) {
  const std::string& setting = policy_setting(target);
  if (setting.empty()) return std::nullopt;
  if (setting == ProtectionSettings::kDenyReplaceOfData) return kDenyReplacePolicy;
  if (setting == ProtectionSettings::kAllowAll) return kAllowAllPolicy;
  return read_policy(setting, files);
}

void set_policy(const Deployment& deployment) {
  const auto policy = wanted_policy(deployment.target(), deployment.session.context.files);
  if (!policy) return;
  const std::string now = deployment.cloudformation().stack_policy(deployment.target().name);
  const bool is_default = now.empty() && *policy == kAllowAllPolicy;
  if (is_default || is_same(now, *policy)) return;
  deployment.cloudformation().set_stack_policy(deployment.target().name, *policy);
  say(deployment.console(), fmt::format("stack policy of {} is {}, as protection.policy says", deployment.target().name,
                                        policy_setting(deployment.target())));
}

void refuse_denied(const std::vector<aws::ResourceChange>& changes, const Deployment& deployment) {
  if (deployment.is_new() || policy_setting(deployment.target()) != ProtectionSettings::kDenyReplaceOfData) return;
  std::vector<std::string> denied;
  for (const aws::ResourceChange& change : changes) {
    const Fate fate = fate_of(change);
    if (holds_data(change.type) && (fate == Fate::kReplace || fate == Fate::kRemove))
      denied.push_back(fmt::format("{} ({})", change.logical_id, fate == Fate::kReplace ? "replaced" : "removed"));
  }
  if (denied.empty()) return;
  throw Error(ErrorKind::kRefused,
              fmt::format("protection.policy is {}, and this would lose data: {}",
                          ProtectionSettings::kDenyReplaceOfData, join(denied, ", ")),
              fmt::format("change set {} is left; when it is meant, deploy once with protection.policy: {}",
                          deployment.change_set, ProtectionSettings::kAllowAll));
}

}  // namespace wsdeep::deploy
