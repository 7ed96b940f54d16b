#include "preflight/gather.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "aws/api_gateway.h"
#include "aws/call_settings.h"
#include "aws/ecr.h"
#include "aws/ssm.h"
#include "base/text.h"
#include "deploy/stack_state.h"
#include "deploy/stack_status.h"
#include "preflight/ask.h"
#include "preflight/jobs.h"
#include "preflight/registry.h"
#include "stack/settings/bedrock_arns.h"
#include "stack/settings/initial_settings.h"
#include "stack/settings/value_rules.h"

namespace wsdeep::preflight {
namespace {

using net::HttpClient;
using stack::NetworkMode;

constexpr std::chrono::milliseconds kWithin{4500};
constexpr std::chrono::milliseconds kCallWithin{3000};

/// All questions about one environment. What a job writes, no other job reads or writes.
class Gathering {
 public:
  Gathering(const Asking& asking, const GatherOptions& options)
      : asking_(asking),
        options_(options),
        calls_(aws::CallSettings::load(asking.context.env, asking.context.files, asking.target.profile)),
        deadline_(kWithin, asking.stop) {
    facts_.settings = *asking.target.settings;
    facts_.settings.stack_name = asking.target.service_name();
    facts_.settings.region = asking.target.region;
    facts_.now = asking.context.clock.now();
    facts_.placeholders = stack::unfilled(facts_.settings);
  }

  Facts all() {
    facts_.who = caller();
    if (is_elsewhere(facts_)) return std::move(facts_);
    const bool has_nodes = !facts_.settings.llm.on_bedrock(), has_network = facts_.settings.has_network();
    if (has_network && facts_.settings.network.mode != NetworkMode::kNew) find_place();
    add_account_jobs();
    add_source_jobs();
    add_bedrock_job();
    if (has_network) add_network_jobs();
    if (has_nodes && options_.fleet) add_fleet_jobs();
    run_jobs(jobs_);
    if (asking_.stop.stop_requested()) throw Error(ErrorKind::kInterrupted, "interrupted");
    return std::move(facts_);
  }

 private:
  /// Without it there is nothing to ask about.
  aws::CallerIdentity caller() const {
    try {
      return client<aws::Sts>(asking_.access.http, "STS", "sts").get_caller_identity();
    } catch (const net::TransportError& error) {
      if (error.fault() != net::TransportFault::kCancelled || asking_.stop.stop_requested()) throw;
      throw Error(ErrorKind::kFailure, "AWS has not said within five seconds whose credentials these are",
                  "look at the network between here and AWS (HTTPS_PROXY, AWS_ENDPOINT_URL), and try again");
    }
  }

  /// Of a service of `region`, or of the stack's.
  aws::ClientOptions options(const char* id, const char* prefix, const std::string& region = {}) const {
    aws::ClientOptions options = calls_.client_options(id, prefix, region.empty() ? asking_.target.region : region);
    options.timeout = kCallWithin;
    options.cancel = deadline_.token();
    options.retry.max_attempts = 2;
    return options;
  }
  template <typename Api>
  Api client(HttpClient& http, const char* id, const char* prefix, const std::string& region = {}) const {
    return Api(http, options(id, prefix, region), asking_.access.credentials, asking_.context.clock);
  }
  template <typename Value, typename Api, typename Question>
  void add(Asked<Value>& answer, const char* action, const char* id, const char* prefix, Question question) {
    jobs_.emplace_back([=, this, &answer](HttpClient& http) {
      answer = ask(action, [&] {
        Api api = client<Api>(http, id, prefix);
        return question(api);
      });
    });
  }
  template <typename Value, typename Question>
  void add_ec2(Asked<Value>& answer, const char* action, Question question) {
    add<Value, aws::Ec2Inventory>(answer, action, "EC2", "ec2", question);
  }

  /// Before the others, which ask about what it finds.
  void find_place() {
    const stack::NetworkSettings& network = facts_.settings.network;
    if (network.mode == NetworkMode::kExisting) {
      facts_.place.value = NetworkPlace{network.vpc, network.subnets, {}};
      return;
    }
    facts_.place = ask("ssm:GetParameters", [&] {
      auto ssm = client<aws::Ssm>(asking_.access.http, "SSM", "ssm");
      std::vector<std::string> names = network.subnets;
      names.push_back(network.vpc);
      return place_of(network, names, ssm.parameters(names));
    });
  }

  static NetworkPlace place_of(const stack::NetworkSettings& network, const std::vector<std::string>& names,
                               const std::map<std::string, std::string>& values) {
    NetworkPlace place;
    for (const std::string& name : names) {
      const auto found = values.find(name);
      if (found == values.end())
        place.unknown.push_back(name);
      else if (name == network.vpc)
        place.vpc = trim(found->second);
      else
        for (const std::string_view id : split(found->second, ',')) place.subnets.emplace_back(trim(id));
    }
    return place;
  }

  void add_account_jobs() {
    add<OwnStacks, aws::CloudFormation>(facts_.own, "cloudformation:ListStackResources", "CLOUDFORMATION",
                                        "cloudformation", [this](aws::CloudFormation& api) { return own_stacks(api); });
    add<aws::LambdaLimits, aws::LambdaAccount>(facts_.lambda, "lambda:GetAccountSettings", "LAMBDA", "lambda",
                                               [](aws::LambdaAccount& api) { return api.limits(); });
    add<std::string, aws::ApiGateway>(facts_.log_role, "apigateway:GET", "API_GATEWAY", "apigateway",
                                      [](aws::ApiGateway& api) { return api.log_role(); });
    for (const std::string& arn : certificates()) {
      if (stack::is_placeholder_certificate(arn) || account_in(arn) != facts_.who.account) continue;
      add<aws::Certificate, aws::Acm>(facts_.certificates[arn], "acm:DescribeCertificate", "ACM", "acm",
                                      [arn](aws::Acm& api) { return api.describe_certificate(arn); });
    }
  }

  std::set<std::string> certificates() const {
    std::set<std::string> arns;
    if (options_.fleet && !facts_.settings.llm.on_bedrock()) arns.insert(facts_.settings.llm.certificate);
    if (facts_.settings.domain) arns.insert(facts_.settings.domain->certificate);
    return arns;
  }

  /// What our own stacks have made is in nobody's way.
  OwnStacks own_stacks(aws::CloudFormation& api) {
    OwnStacks own;
    std::set<std::string> functions;  // that have executions reserved
    std::vector<std::string> names = own_stack_names(facts_.settings);
    if (!options_.fleet) names.resize(1);
    for (const std::string& name : names) {
      const auto stack = api.describe_stack(name);
      if (!stack) continue;
      if (const std::string output = deploy::output_of(*stack, "GenerateFunctionName"); !output.empty())
        functions.insert(output);
      for (const aws::StackResource& one : api.list_resources(name)) {
        if (one.type == "AWS::Route53::HostedZone") own.zones.insert(one.physical_id);
        if (one.type == "AWS::IAM::Role") own.roles.insert(one.physical_id);
        if (one.logical_id == "RestChatFunction") functions.insert(one.physical_id);
      }
    }
    if (functions.empty()) return own;
    HttpClient http;
    auto lambda = client<aws::LambdaAccount>(http, "LAMBDA", "lambda");
    for (const std::string& one : functions) own.reserved += lambda.reserved(one).value_or(0);
    return own;
  }

  void add_source_jobs() {
    const stack::EnvironmentSettings& settings = facts_.settings;
    add<BucketState, aws::S3>(facts_.bucket, "s3:ListBucket", "S3", "s3",
                              [this](aws::S3& api) { return bucket_state(api); });
    if (settings.auth.google)
      add<aws::SecretInfo, aws::SecretsManager>(
          facts_.google_secret, "secretsmanager:DescribeSecret", "SECRETS_MANAGER", "secretsmanager",
          [secret = settings.auth.google->client_secret](aws::SecretsManager& api) { return api.describe(secret); });
    if (settings.backend && !settings.backend->signing_secret.empty())
      add<aws::SecretInfo, aws::SecretsManager>(
          facts_.backend_secret, "secretsmanager:DescribeSecret", "SECRETS_MANAGER", "secretsmanager",
          [secret = settings.backend->signing_secret](aws::SecretsManager& api) { return api.describe(secret); });
    if (settings.auth.exchange && !settings.auth.exchange->client_secret.empty())
      add<aws::SecretInfo, aws::SecretsManager>(
          facts_.client_secret, "secretsmanager:DescribeSecret", "SECRETS_MANAGER", "secretsmanager",
          [secret = settings.auth.exchange->client_secret](aws::SecretsManager& api) { return api.describe(secret); });
    if (settings.rest_chat && !settings.rest_chat->hs256_secret.empty())
      add<aws::SecretInfo, aws::SecretsManager>(
          facts_.hs256_secret, "secretsmanager:DescribeSecret", "SECRETS_MANAGER", "secretsmanager",
          [secret = settings.rest_chat->hs256_secret](aws::SecretsManager& api) { return api.describe(secret); });
  }

  void add_bedrock_job() {
    const stack::LlmSettings& llm = facts_.settings.llm;
    if (!llm.on_bedrock() || llm.asks_agent()) return;
    if (const auto model = stack::foundation_model_of(llm.model))
      add<aws::ModelAvailability, aws::BedrockModels>(
          facts_.bedrock_model, "bedrock:GetFoundationModelAvailability", "BEDROCK", "bedrock",
          [id = *model](aws::BedrockModels& api) { return api.availability(id); });
  }

  BucketState bucket_state(aws::S3& api) const {
    BucketState state{
        deploy::artifact_bucket(facts_.settings.stack_name, facts_.who.account, asking_.target.region), false, {}};
    try {
      state.exists = api.bucket_exists(state.name, facts_.who.account);
    } catch (const aws::ServiceError&) {
      throw;
    } catch (const net::TransportError&) {
      throw;
    } catch (const Error& error) {
      state.refusal = error.what();
    }
    return state;
  }

  void add_image_job() {
    const std::string& name = facts_.settings.llm.image;
    if (name.empty()) return;  // the engine's own
    if (const auto image = aws::EcrImage::parse(name)) {
      jobs_.emplace_back([this, image](HttpClient& http) {
        facts_.image_bytes = ask("ecr:DescribeImages", [&] {
          return client<aws::Ecr>(http, "ECR", "api.ecr", image->region).image_bytes(*image);
        });
      });
      return;
    }
    if (!options_.registries) return;
    jobs_.emplace_back([this, image = RegistryImage::parse(name)](HttpClient& http) {
      facts_.public_image = ask("", [&] { return look_up(image, http, deadline_.token()); });
    });
  }

  void add_fleet_jobs() {
    const stack::EnvironmentSettings& settings = facts_.settings;
    if (const auto place = aws::s3_uri(settings.llm.model_source))
      add<aws::S3::Holdings, aws::S3>(facts_.model, "s3:ListBucket", "S3", "s3",
                                      [place](aws::S3& api) { return api.count_objects(place->bucket, place->key); });
    add_image_job();
    add_zone_job();
    add_capacity_jobs();
  }

  void add_capacity_jobs() {
    const stack::LlmSettings& llm = facts_.settings.llm;
    const std::vector<std::string> types = llm.instance_types;
    add_ec2(facts_.vcpus, "ec2:DescribeInstanceTypes", [types](aws::Ec2Inventory& api) { return api.vcpus_of(types); });
    add_ec2(facts_.offers, "ec2:DescribeInstanceTypeOfferings",
            [types](aws::Ec2Inventory& api) { return api.offers(types); });
    std::vector<std::string> patterns;
    for (const std::string& type : types)
      for (const std::string& pattern : counted_with(type))
        if (std::ranges::find(patterns, pattern) == patterns.end()) patterns.push_back(pattern);
    if (!patterns.empty())
      add_ec2(facts_.running, "ec2:DescribeInstances",
              [patterns](aws::Ec2Inventory& api) { return api.running(patterns); });
    for (const bool spot : {false, true})
      for (const std::string& type : types)
        if (node_counts(llm, spot).most > 0) add_quota_job(std::string(quota_code(type, spot)));
  }

  void add_quota_job(const std::string& code) {
    if (code.empty() || facts_.quotas.contains(code) || facts_.settings.llm.capacity_block) return;
    add<aws::ServiceQuota, aws::ServiceQuotas>(facts_.quotas[code], "servicequotas:GetServiceQuota", "SERVICE_QUOTAS",
                                               "servicequotas",
                                               [code](aws::ServiceQuotas& api) { return api.quota("ec2", code); });
  }

  void add_zone_job() {
    if (!facts_.place.value || facts_.place->vpc.empty()) return;
    const std::string vpc = facts_.place->vpc, region = asking_.target.region;
    add<std::vector<aws::PrivateZone>, aws::Route53>(
        facts_.private_zones, "route53:ListHostedZonesByVPC", "ROUTE_53", "route53",
        [vpc, region](aws::Route53& api) { return api.zones_of_vpc(vpc, region); });
  }

  void add_network_jobs() {
    const stack::NetworkSettings& network = facts_.settings.network;
    if (network.mode == NetworkMode::kNew) {
      add_ec2(facts_.vpcs, "ec2:DescribeVpcs", [](aws::Ec2Inventory& api) { return api.vpcs(); });
      add_ec2(facts_.peerings, "ec2:DescribeVpcPeeringConnections",
              [](aws::Ec2Inventory& api) { return api.peerings(); });
      if (network.zones.empty())
        add_ec2(facts_.zones, "ec2:DescribeAvailabilityZones", [](aws::Ec2Inventory& api) { return api.zones(); });
      return;
    }
    if (!facts_.place.value || facts_.place->vpc.empty()) return;
    const std::string vpc = facts_.place->vpc, region = asking_.target.region;
    const std::string service = fmt::format("com.amazonaws.{}.execute-api", region);
    add_ec2(facts_.api_endpoints, "ec2:DescribeVpcEndpoints",
            [vpc, service](aws::Ec2Inventory& api) { return api.endpoints(vpc, service); });
    const std::vector<std::string> subnets = facts_.place->subnets;
    if (!subnets.empty())
      add_ec2(facts_.subnets, "ec2:DescribeSubnets",
              [subnets](aws::Ec2Inventory& api) { return api.subnets(subnets); });
  }

  const Asking& asking_;
  GatherOptions options_;
  aws::CallSettings calls_;  ///< read once: fifty clients are made of them
  Deadline deadline_;
  Facts facts_;
  std::vector<Job> jobs_;
};

}  // namespace

Asking Asking::of(deploy::StackSession& session) {
  return {session.target, session.context, session.access, session.interrupts.token()};
}

Facts gather(const Asking& asking, const GatherOptions& options) {
  return Gathering(asking, options).all();
}

}  // namespace wsdeep::preflight
