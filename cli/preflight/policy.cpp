#include "preflight/policy.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "aws/ecr.h"
#include "aws/s3.h"
#include "base/text.h"
#include "deploy/stack_state.h"
#include "preflight/facts.h"
#include "stack/settings/secret_arn.h"

namespace wsdeep::preflight {
namespace {

using Texts = std::vector<std::string>;
/// The actions on each kind of resource, in the order of the kinds.
using Grants = std::map<On, std::set<std::string>>;

std::string_view partition_of(const std::string& region) {
  if (region.starts_with("cn-")) return "aws-cn";
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

/// The ARNs of one environment's resources. Where the settings do not say the account, it is any: an identity's policy
/// reaches no other account's resources by itself.
class Arns {
 public:
  explicit Arns(const stack::EnvironmentSettings& settings)
      : settings_(settings),
        partition_(partition_of(settings.region)),
        account_(settings.account.empty() ? "*" : settings.account) {}

  Texts of(On on) const {
    switch (on) {
      case On::kAny:
        return {"*"};
      case On::kStacks:
        return stacks();
      case On::kBucket:
        return {bucket()};
      case On::kObjects:
        return {bucket() + "/*"};
      case On::kModel:
        return model();
      case On::kCertificates:
        return certificates();
      case On::kSecret:
        return secret();
      case On::kImage:
        return image();
      case On::kParameters:
        return parameters();
      case On::kApiAccount:
        return {api("/account")};
      case On::kApis:
        return apis();
      default:
        return {named(on)};
    }
  }

 private:
  std::string arn(std::string_view service, std::string_view rest) const {
    return fmt::format("arn:{}:{}:{}:{}:{}", partition_, service, settings_.region, account_, rest);
  }
  std::string api(std::string_view path) const {
    return fmt::format("arn:{}:apigateway:{}::{}", partition_, settings_.region, path);
  }
  Texts apis() const {
    Texts arns{api("/apis"), api("/apis/*"), api("/domainnames"), api("/domainnames/*"), api("/tags/*")};
    if (settings_.lab) arns.insert(arns.end(), {api("/vpclinks"), api("/vpclinks/*")});
    return arns;
  }
  std::string bucket() const {
    return fmt::format("arn:{}:s3:::{}", partition_,
                       account_ == "*" ? fmt::format("wsdeep-{}-*", settings_.stack_name)
                                       : deploy::artifact_bucket(settings_.stack_name, account_, settings_.region));
  }
  Texts stacks() const {
    Texts arns;
    for (const std::string& name : own_stack_names(settings_))
      arns.push_back(arn("cloudformation", fmt::format("stack/{}/*", name)));
    // What turns functions of SAM into resources.
    arns.push_back(
        fmt::format("arn:{}:cloudformation:{}:aws:transform/Serverless-2016-10-31", partition_, settings_.region));
    return arns;
  }
  Texts model() const {
    const auto place = aws::s3_uri(settings_.llm.model_source);
    if (!place) return {};
    return {fmt::format("arn:{}:s3:::{}", partition_, place->bucket)};
  }
  Texts certificates() const {
    Texts arns{settings_.llm.certificate};
    if (settings_.domain) arns.push_back(settings_.domain->certificate);
    return arns;
  }
  Texts secret() const {
    Texts names, arns;
    if (settings_.auth.google) names.push_back(settings_.auth.google->client_secret);
    if (settings_.backend && !settings_.backend->signing_secret.empty())
      names.push_back(settings_.backend->signing_secret);
    if (settings_.auth.exchange && !settings_.auth.exchange->client_secret.empty())
      names.push_back(settings_.auth.exchange->client_secret);
    if (settings_.rest_chat && !settings_.rest_chat->hs256_secret.empty())
      names.push_back(settings_.rest_chat->hs256_secret);
    for (const std::string& name : names)
      arns.push_back(stack::is_partial_secret_arn(name) ? name + "-*"
                     : name.starts_with("arn:")         ? name
                                                        : arn("secretsmanager", fmt::format("secret:{}-*", name)));
    return arns;
  }
  Texts image() const {
    const auto found = aws::EcrImage::parse(settings_.llm.image);
    if (!found) return {};
    return {
        fmt::format("arn:{}:ecr:{}:{}:repository/{}", partition_, found->region, found->account, found->repository)};
  }
  Texts parameters() const {
    const stack::NetworkSettings& network = settings_.network;
    if (network.mode != stack::NetworkMode::kSsm) return {};
    Texts arns;
    Texts names = network.subnets;
    names.push_back(network.vpc);
    if (network.security_groups)
      for (const std::string& one :
           {network.security_groups->generate, network.security_groups->load_balancer, network.security_groups->nodes})
        names.push_back(one);
    for (const std::string& name : names)
      arns.push_back(arn("ssm", fmt::format("parameter/{}", name.starts_with('/') ? name.substr(1) : name)));
    return arns;
  }
  /// Those whose names begin with the stack's.
  std::string named(On on) const {
    const std::string own = settings_.stack_name + "-*";
    if (on == On::kPools)
      return arn("cognito-idp",
                 fmt::format("userpool/{}", settings_.auth.makes_pool() ? "*" : settings_.auth.user_pool));
    if (on == On::kGroups) return arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/" + own);
    if (on == On::kFunctions) return arn("lambda", "function:" + own);
    if (on == On::kTables) return arn("dynamodb", "table/" + own);
    if (on == On::kQueues) return arn("sqs", own);
    if (on == On::kTopics) return arn("sns", own);
    // Only a lab has some; they are named in templates/lab.yaml.
    if (on == On::kOwnSecrets) return arn("secretsmanager", fmt::format("secret:{}-lab-*", settings_.stack_name));
    if (on == On::kCaches) return arn("elasticache", "*");
    if (on == On::kNames) return arn("servicediscovery", "*");
    if (on == On::kNameRecords) return fmt::format("arn:{}:route53:::hostedzone/*", partition_);
    if (on == On::kAlarms) return arn("cloudwatch", "alarm:" + own);
    if (on == On::kRoles) return fmt::format("arn:{}:iam::{}:*/{}", partition_, account_, own);
    return arn("logs", "log-group:*");
  }

  const stack::EnvironmentSettings& settings_;
  std::string_view partition_;
  std::string account_;
};

std::uint8_t use_of(Role role) {
  if (role == Role::kPreflight) return kPreflight;
  if (role == Role::kDeploy) return kDeploy;
  if (role == Role::kFleet) return kFleet;
  return role == Role::kUsers ? kUsers : kNoCommand;
}

/// `ec2:DescribeVpcs` and its like become `ec2:Describe*`, where there are several: they tell no data, and IAM takes no
/// more than 10,240 characters.
void shorten_descriptions(std::set<std::string>& actions) {
  constexpr std::size_t kSeveral = 3;
  std::map<std::string, std::vector<std::string>> by_service;
  for (const std::string& action : actions)
    if (const std::size_t at = action.find(":Describe"); at != std::string::npos)
      by_service[action.substr(0, at)].push_back(action);
  for (const auto& [service, described] : by_service) {
    if (described.size() < kSeveral) continue;
    for (const std::string& action : described) actions.erase(action);
    actions.insert(service + ":Describe*");
  }
}

/// A policy has no room for what few deployments have: those whose settings ask for it get it.
bool is_made(std::string_view type, const stack::EnvironmentSettings& settings) {
  const bool of_page = type.starts_with("AWS::CloudFront::") || type == "AWS::S3::BucketPolicy";
  const bool of_lab = type.starts_with("AWS::ElastiCache::") || type.starts_with("AWS::ServiceDiscovery::") ||
                      type == "AWS::SecretsManager::Secret";
  const bool of_url = type == "AWS::Lambda::Url";  // which SAM makes of a function's FunctionUrlConfig
  return (!of_page || settings.web) && (!of_lab || settings.lab) && (!of_url || settings.rest_chat);
}

/// Names of Cloud Map are a lab's, and models of Amazon Bedrock are asked for where they answer.
bool is_made(const Call& call, const stack::EnvironmentSettings& settings) {
  return (call.client != "service_discovery" || settings.lab) &&
         (call.client != "bedrock_models" || settings.llm.on_bedrock());
}

Grants grants_of(const PolicyOptions& options, const stack::EnvironmentSettings& settings) {
  Grants grants;
  for (const Call& call : all_calls())
    if ((call.uses & use_of(options.role)) != 0 && !call.action.empty() && is_made(call, settings))
      grants[call.on].emplace(call.action);
  const bool makes_resources =
      options.role == Role::kCloudFormation || (options.role == Role::kDeploy && options.cloudformation_role.empty());
  if (!makes_resources) return grants;
  for (const ResourceActions& resource : resource_actions()) {
    if (!is_made(resource.type, settings)) continue;
    for (const std::string_view action : split(resource.actions, ' ')) grants[resource.on].emplace(action);
  }
  for (auto& [on, actions] : grants) shorten_descriptions(actions);
  // Who makes records of any name needs no word about one of them.
  for (const std::string& action : grants[On::kAny]) grants[On::kNameRecords].erase(action);
  std::erase_if(grants, [](const auto& one) { return one.second.empty(); });
  return grants;
}

/// Beside the resources; null where they say it all. A name is compared in lower case, without the last dot:
/// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
nlohmann::ordered_json condition_of(On on, const stack::EnvironmentSettings& settings) {
  if (on != On::kNameRecords) return nullptr;
  // It is named in templates/lab.yaml.
  return {{"ForAllValues:StringEquals",
           {{"route53:ChangeResourceRecordSetsNormalizedRecordNames",
             {fmt::format("lab.{}.internal", to_lower(settings.stack_name))}}}}};
}

}  // namespace

std::string policy_json(const stack::EnvironmentSettings& settings, const PolicyOptions& options) {
  using nlohmann::ordered_json;
  const Arns arns(settings);
  ordered_json statements = ordered_json::array();
  for (const auto& [on, actions] : grants_of(options, settings)) {
    const Texts resources = arns.of(on);
    if (resources.empty()) continue;  // the settings name none
    statements.push_back({{"Effect", "Allow"}, {"Action", actions}, {"Resource", resources}});
    if (auto condition = condition_of(on, settings); !condition.is_null())
      statements.back()["Condition"] = std::move(condition);
  }
  if (!options.cloudformation_role.empty())
    statements.push_back(
        {{"Effect", "Allow"},
         {"Action", "iam:PassRole"},
         {"Resource", options.cloudformation_role},
         {"Condition", {{"StringEquals", {{"iam:PassedToService", "cloudformation.amazonaws.com"}}}}}});
  const ordered_json policy{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}};
  return policy.dump(2) + "\n";
}

}  // namespace wsdeep::preflight
