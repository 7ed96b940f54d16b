#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "stack/settings/gpu_sizing.h"
#include "stack/settings/initial_features.h"
#include "stack/settings/initial_settings.h"

namespace wsdeep::stack {
namespace {

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> choices) {
  return std::find(choices.begin(), choices.end(), value) != choices.end();
}

bool is_hours(std::string_view value) {
  if (value == "always") return true;
  const auto parts = split(value, '-');
  if (parts.size() != 2) return false;
  const auto from = parse_integer(parts[0], 0, 23);
  const auto to = parse_integer(parts[1], 0, 23);
  return from && to && *from != *to;
}

const Rule kNumber{"a whole number", [](std::string_view v) { return parse_integer(v, 0, 1'000'000'000).has_value(); }};
const Rule kAccount{"the twelve digits of an AWS account", [](std::string_view v) {
                      return v.size() == 12 && v.find_first_not_of("0123456789") == std::string_view::npos;
                    }};
const Rule kMode{"new, existing or ssm", [](std::string_view v) { return is_one_of(v, {"new", "existing", "ssm"}); }};
const Rule kEgress{"nat or endpoints", [](std::string_view v) { return is_one_of(v, {"nat", "endpoints"}); }};
const Rule kCapacity{"on-demand or spot", [](std::string_view v) { return is_one_of(v, {"on-demand", "spot"}); }};
const Rule kYesOrNo{"yes or no", [](std::string_view v) { return is_one_of(v, {"yes", "no"}); }};
const Rule kHours{"always, or hours of the day such as 7-20", is_hours};
const Rule kNetworkId{"an id, or with ssm the name of a parameter", kSsmName.holds};

std::int64_t number(const InitAnswers& answers, std::string_view key, std::string_view environment) {
  return parse_integer(answers.get(key, environment), 0, 1'000'000'000).value_or(0);
}

/// On nodes the model of about 8 billion parameters, which fits the smallest instances.
std::string standard_model(const InitAnswers& answers, std::string_view environment) {
  const std::string engine = answers.get("llm.engine", environment);
  if (engine == "bedrock-agent") return {};
  if (engine == "bedrock") return standard_bedrock_model(answers.get("region", environment));
  return engine == "ollama" ? "deepseek-r1:8b" : "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B";
}

/// Two families of the smallest size when the model fits them, else the smallest type that holds it.
std::string standard_instances(const InitAnswers& answers, std::string_view environment) {
  const auto model = find_model(answers.get("llm.model", environment));
  const double needed = model ? needed_gpu_gb(model->weights_gb) : 0;
  if (needed <= find_gpu_instance("g5.xlarge")->total_gb()) return "g5.xlarge,g6.xlarge";
  return smallest_instance_for(model->weights_gb).value_or("");
}

/// What the check of `llm.volume_gb` demands.
std::string standard_volume(const InitAnswers& answers, std::string_view environment) {
  const auto model = find_model(answers.get("llm.model", environment));
  return std::to_string(std::max<long>(200, model ? static_cast<long>(needed_disk_gb(model->weights_gb)) : 0));
}

/// Whether there are nodes, and they have no way out.
bool is_closed(const InitAnswers& answers, std::string_view environment) {
  if (answers.get("llm.engine", environment).starts_with("bedrock")) return false;
  return answers.get("network.mode", environment) == "new" && answers.get("network.egress", environment) == "endpoints";
}

std::string standard_source(const InitAnswers& answers, std::string_view environment) {
  if (!is_closed(answers, environment)) return {};
  const std::string model = answers.get("llm.model", environment);
  return fmt::format("s3://{}-models/{}", answers.get("project"), model.substr(model.find_last_of("/:") + 1));
}

std::string standard_image(const InitAnswers& answers, std::string_view environment) {
  if (!is_closed(answers, environment)) return {};
  return fmt::format("{}.dkr.ecr.{}.amazonaws.com/engine:latest", answers.get("account"),
                     answers.get("region", environment));
}

std::string standard_certificate(const InitAnswers& answers, std::string_view environment) {
  return placeholder_certificate(answers.get("region", environment), answers.get("account"));
}

/// A VPC that several environments share has one private zone of a name.
std::string standard_llm_domain(const InitAnswers& answers, std::string_view environment) {
  const bool is_own = environment.empty() || environment == "production" ||
                      answers.get("network.mode", environment) == "new" || answers.environments().size() == 1;
  return is_own ? "llm.chat.example" : fmt::format("{}.llm.chat.example", environment);
}

std::string standard_desired(const InitAnswers& answers, std::string_view environment) {
  return std::to_string(std::max<std::int64_t>(number(answers, "llm.min", environment), 1));
}

std::string standard_max(const InitAnswers& answers, std::string_view environment) {
  return std::to_string(std::max<std::int64_t>(number(answers, "llm.desired", environment), 2));
}

std::string standard_callback(const InitAnswers& answers, std::string_view environment) {
  if (answers.get("auth.hosted_ui_prefix", environment).empty()) return {};
  const std::string origins = answers.get("allowed_origins", environment);
  return fmt::format("{}/callback", origins.substr(0, origins.find(',')));
}

std::vector<Question> project_questions() {
  const auto never = [](const InitAnswers&) { return false; };
  return {
      {.key = "project",
       .flag = "project",
       .topic = "Project",
       .text = "short name that the stacks' names start with",
       .rule = kProjectName,
       .may_differ = false,
       .standard = "chat"},
      {.key = "environments",
       .flag = "environments",
       .topic = "Project",
       .text = "environments",
       .rule = kEnvironmentName,
       .is_list = true,
       .may_differ = false,
       .standard = "dev,staging,production"},
      {.key = "account",
       .flag = "account",
       .topic = "Project",
       .text = "AWS account, for the ARNs of examples",
       .rule = kAccount,
       .may_differ = false,
       .standard = "123456789012",
       .applies = never},
  };
}

std::vector<Question> place_questions() {
  const auto never = [](const InitAnswers&) { return false; };
  const auto has_domain = [](const InitAnswers& answers) { return answers.has("domain.name"); };
  return {
      {.key = "region",
       .flag = "region",
       .topic = "Place",
       .text = "AWS region",
       .rule = kRegion,
       .standard = "us-east-1"},
      {.key = "profile", .flag = "profile", .topic = "Place", .text = "profile of ~/.aws/config", .rule = kProfile},
      {.key = "stack_name",
       .flag = "stack-name",
       .topic = "Place",
       .text = "name of the stack, when it is not PROJECT-ENVIRONMENT",
       .rule = kStackName,
       .applies = never},
      {.key = "domain.name",
       .flag = "domain",
       .topic = "WebSocket address",
       .text = "domain of the WebSocket addresses, or a full name",
       .rule = kDomainName},
      {.key = "domain.certificate",
       .flag = "domain-certificate",
       .topic = "WebSocket address",
       .text = "ARN of the address's certificate",
       .rule = kCertificateArn,
       .derived = standard_certificate,
       .applies = has_domain},
      {.key = "domain.hosted_zone",
       .flag = "hosted-zone",
       .topic = "WebSocket address",
       .text = "Route 53 hosted zone that gets the record",
       .rule = kHostedZoneId,
       .applies = has_domain},
      {.key = "allowed_origins",
       .flag = "origins",
       .topic = "Origins",
       .text = "origins that browsers connect from",
       .rule = kOrigin,
       .is_list = true,
       .standard = "https://app.chat.example"},
  };
}

std::vector<Question> auth_questions() {
  const auto has_pool = [](const InitAnswers& answers) { return !answers.all("auth.user_pool", "new"); };
  const auto makes_pool = [](const InitAnswers& answers) { return answers.any("auth.user_pool", "new"); };
  const auto has_hosted_ui = [](const InitAnswers& answers) { return answers.has("auth.hosted_ui_prefix"); };
  const auto has_google = [](const InitAnswers& answers) { return answers.has("auth.google.client_id"); };
  return {
      {.key = "auth.user_pool",
       .flag = "user-pool",
       .topic = "Sign-in",
       .text = "Cognito user pool: new, or the id of an existing one",
       .rule = kUserPoolId,
       .standard = "new"},
      {.key = "auth.client_ids",
       .flag = "client-ids",
       .topic = "Sign-in",
       .text = "app clients of the existing pool whose tokens are accepted",
       .rule = kClientId,
       .is_list = true,
       .applies = has_pool},
      {.key = "auth.hosted_ui_prefix",
       .flag = "hosted-ui-prefix",
       .topic = "Hosted sign-in page",
       .text = "prefix of its address",
       .rule = kHostedUiPrefix,
       .applies = makes_pool},
      {.key = "auth.callback_urls",
       .flag = "callback-urls",
       .topic = "Hosted sign-in page",
       .text = "where it may send people back to",
       .rule = kCallbackUrl,
       .is_list = true,
       .derived = standard_callback,
       .applies = has_hosted_ui},
      {.key = "auth.google.client_id",
       .flag = "google-client-id",
       .topic = "Google as identity provider",
       .text = "OAuth client id that Google gave",
       .rule = kGoogleClientId,
       .applies = has_hosted_ui},
      {.key = "auth.google.client_secret",
       .flag = "google-secret",
       .topic = "Google as identity provider",
       .text = "name of the Secrets Manager secret with Google's client secret",
       .rule = kSecretName,
       .applies = has_google},
  };
}

std::vector<Question> network_questions() {
  const auto makes_network = [](const InitAnswers& answers) {
    return needs_network(answers) && answers.any("network.mode", "new");
  };
  const auto has_network = [](const InitAnswers& answers) {
    return needs_network(answers) && !answers.all("network.mode", "new");
  };
  return {
      {.key = "network.mode",
       .flag = "network",
       .topic = "Network",
       .text = "new, existing, or ssm: names of SSM parameters",
       .rule = kMode,
       .standard = "new",
       .applies = needs_network},
      {.key = "network.cidr",
       .flag = "cidr",
       .topic = "Network",
       .text = "addresses of the new VPC",
       .rule = kVpcCidr,
       .standard = "10.40.0.0/16",
       .applies = makes_network},
      {.key = "network.egress",
       .flag = "egress",
       .topic = "Network",
       .text = "nat, or endpoints: no NAT gateway",
       .rule = kEgress,
       .standard = "nat",
       .applies = makes_network},
      {.key = "network.vpc",
       .flag = "vpc",
       .topic = "Network",
       .text = "the existing VPC",
       .rule = kNetworkId,
       .applies = has_network},
      {.key = "network.subnets",
       .flag = "subnets",
       .topic = "Network",
       .text = "private subnets in two zones, or the SSM parameter that lists them",
       .rule = kNetworkId,
       .is_list = true,
       .applies = has_network},
      {.key = "network.security_groups",
       .flag = "security-groups",
       .topic = "Network",
       .text = "security groups of generate, load balancer and nodes",
       .rule = kNetworkId,
       .is_list = true,
       .applies = has_network},
  };
}

std::vector<Question> load_balancer_questions() {
  return {
      {.key = "llm.domain",
       .flag = "llm-domain",
       .topic = "Load balancer of the LLM",
       .text = "its private name",
       .rule = kDomainName,
       .derived = standard_llm_domain,
       .applies = has_nodes},
      {.key = "llm.certificate",
       .flag = "llm-certificate",
       .topic = "Load balancer of the LLM",
       .text = "ARN of its certificate",
       .rule = kCertificateArn,
       .derived = standard_certificate,
       .applies = has_nodes},
  };
}

std::vector<Question> model_questions() {
  const auto never = [](const InitAnswers&) { return false; };
  return {
      {.key = "llm.model",
       .flag = "model",
       .topic = "Model",
       .text = "model that answers",
       .rule = kModelName,
       .derived = standard_model,
       .applies = [](const InitAnswers& answers) { return !answers.all("llm.engine", "bedrock-agent"); }},
      {.key = "llm.model_source",
       .flag = "model-source",
       .topic = "Model",
       .text = "S3 address of the model, for nodes without NAT",
       .rule = kS3Url,
       .derived = standard_source,
       .applies = [](const InitAnswers& answers) { return answers.has("llm.model_source"); }},
      {.key = "llm.image",
       .flag = "image",
       .topic = "Model",
       .text = "the engine's image in ECR, for nodes without NAT",
       .rule = kImage,
       .derived = standard_image,
       .applies = [](const InitAnswers& answers) { return answers.has("llm.image"); }},
      {.key = "llm.instance_types",
       .flag = "instance-types",
       .topic = "Model",
       .text = "instance types of the GPU nodes",
       .rule = kInstanceType,
       .is_list = true,
       .derived = standard_instances,
       .applies = has_nodes},
      {.key = "llm.volume_gb",
       .flag = "volume-gb",
       .topic = "Model",
       .text = "disk of a node in GB",
       .rule = kNumber,
       .derived = standard_volume,
       .applies = never},
  };
}

std::vector<Question> fleet_questions() {
  return {
      {.key = "llm.capacity",
       .flag = "capacity",
       .topic = "Fleet",
       .text = "on-demand or spot",
       .rule = kCapacity,
       .standard = "on-demand",
       .applies = has_nodes},
      {.key = "llm.min",
       .flag = "min",
       .topic = "Fleet",
       .text = "fewest nodes; with 0 it sleeps while nobody asks, and wakes in minutes",
       .rule = kNumber,
       .standard = "0",
       .applies = has_nodes},
      {.key = "llm.desired",
       .flag = "desired",
       .topic = "Fleet",
       .text = "nodes to begin with",
       .rule = kNumber,
       .derived = standard_desired,
       .applies = has_nodes},
      {.key = "llm.max",
       .flag = "max",
       .topic = "Fleet",
       .text = "most nodes",
       .rule = kNumber,
       .derived = standard_max,
       .applies = has_nodes},
      {.key = "llm.schedule",
       .flag = "hours",
       .topic = "Schedule",
       .text = "hours of working days with nodes, such as 7-20",
       .rule = kHours,
       .standard = "always",
       .applies = has_nodes},
      {.key = "llm.schedule.time_zone",
       .flag = "time-zone",
       .topic = "Schedule",
       .text = "time zone of these hours",
       .rule = kTimeZone,
       .standard = "UTC",
       .applies = [](const InitAnswers& answers) { return !answers.all("llm.schedule", "always"); }},
  };
}

std::vector<Question> operation_questions() {
  return {
      {.key = "limits.requests_per_second",
       .flag = "requests-per-second",
       .topic = "Limits of the API",
       .text = "requests a second",
       .rule = kNumber,
       .standard = "500"},
      {.key = "limits.burst",
       .flag = "burst",
       .topic = "Limits of the API",
       .text = "burst",
       .rule = kNumber,
       .standard = "1000"},
      {.key = "log_retention_days",
       .flag = "log-retention-days",
       .topic = "Operation",
       .text = "days to keep logs for",
       .rule = kNumber,
       .standard = "30"},
      {.key = "alarm_email",
       .flag = "alarm-email",
       .topic = "Operation",
       .text = "e-mail address for alarms",
       .rule = kEmail},
      {.key = "monthly_budget_usd",
       .flag = "monthly-budget",
       .topic = "Operation",
       .text = "budget in US dollars a month",
       .rule = kNumber,
       .applies = [](const InitAnswers& answers) { return answers.has("alarm_email"); }},
      {.key = "api_gateway_logging_role",
       .flag = "api-gateway-logging-role",
       .topic = "Logs of API Gateway",
       .text = "make the account's role for them (no: it has one)",
       .rule = kYesOrNo,
       .may_differ = false,
       .standard = "yes"},
  };
}

std::vector<Question> all_questions() {
  std::vector<Question> all;
  for (const auto& part :
       {project_questions(), place_questions(), auth_questions(), feature_questions(), engine_questions(),
        network_questions(), load_balancer_questions(), model_questions(), fleet_questions(), operation_questions()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

const std::vector<Question>& init_questions() {
  static const std::vector<Question> kQuestions = all_questions();
  return kQuestions;
}

}  // namespace wsdeep::stack
