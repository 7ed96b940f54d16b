#include <fmt/format.h>

#include "base/text.h"
#include "stack/settings.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

/// A certificate that nobody has: the file parses, and `unfilled` finds it before a deployment does.
constexpr std::string_view kPlaceholder = ":certificate/00000000-0000-0000-0000-000000000000";

std::string placeholder_certificate(const InitAnswers& answers) {
  return fmt::format("arn:aws:acm:{}:{}{}", answers.region, answers.account, kPlaceholder);
}

std::string list(const std::vector<std::string>& values) {
  std::vector<std::string> items;
  for (const std::string& value : values) items.push_back(yaml_quoted(value));
  return fmt::format("[{}]", join(items, ", "));
}

std::string head(const InitAnswers& answers) {
  return fmt::format(R"(# Settings of wsdeep: what is deployed, and where.
#   wsdeep validate    checks this file and the template that it makes
#   wsdeep deploy      deploys one environment of it
# Every section but `project` and `environments` may be repeated inside an environment, which overrides it key by key.

# Stack names start with it: {0}-dev, {0}-production …
project: {0}

)",
                     answers.project);
}

std::string environment(const InitAnswers& answers, const std::string& name) {
  std::string out = fmt::format("  {}:\n    region: {}\n", name, answers.region);
  if (answers.profile.empty())
    out += fmt::format("    # profile: {}-{}          # of ~/.aws/config; without it the usual credential chain\n",
                       answers.project, name);
  else
    out += fmt::format("    profile: {}\n", yaml_quoted(answers.profile));
  out += fmt::format("    # stack_name: {}-{}\n", answers.project, name);
  const std::string host = fmt::format("ws.{}{}", name == "production" ? "" : name + ".",
                                       answers.domain.empty() ? "example.com" : answers.domain);
  const std::string_view mark = answers.domain.empty() ? "# " : "";
  out += fmt::format(
      "    {0}domain:                # the address that clients connect to\n"
      "    {0}  name: {1}\n    {0}  certificate: {2}\n"
      "    {3}  hosted_zone: Z0123456789ABCDEFGHIJ   # of Route 53; without it make the record yourself\n",
      mark, host, placeholder_certificate(answers), answers.domain.empty() ? "# " : "# ");
  return out;
}

/// What production usually wants different.
std::string production_overrides() {
  return R"(    # Production usually wants more nodes, and its logs for longer:
    # llm: {min: 1, desired: 2, max: 6}
    # log_retention_days: 90
)";
}

std::string environments(const InitAnswers& answers) {
  std::string out = "environments:\n";
  for (const std::string& name : answers.environments) {
    out += environment(answers, name);
    if (name == "production") out += production_overrides();
    out += "\n";
  }
  return out;
}

std::string auth_and_network(const InitAnswers& answers) {
  return fmt::format(R"(auth:
  user_pool: new                # or the id of an existing pool, such as {0}_AbC123xyz, with its client_ids
  # client_ids: [1example23456789]
  groups: [users, admins]
  self_sign_up: false           # true: anybody with an e-mail address may register
  token_in_query: false         # true: also accepts ?token=…, which URLs in logs would show
  # hosted_ui_prefix: {1}-sign-in
  # callback_urls: [{2}/callback]
  # logout_urls: [{2}/]
  # google:                     # needs the hosted UI
  #   client_id: 1234567890-abc.apps.googleusercontent.com
  #   client_secret: {1}/google # the name of a Secrets Manager secret, never the secret itself

network:
  mode: new                     # or existing (vpc, subnets), or ssm (names of SSM parameters that hold them)
  cidr: 10.40.0.0/16
  egress: {3:<22}# nat, or endpoints: no NAT gateway; model and image then come from S3 and ECR
  # mode: existing
  # vpc: vpc-0123456789abcdef0
  # subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]      # private, in two zones
  # security_groups: {{generate: sg-…, load_balancer: sg-…, nodes: sg-…}} # all three, or none to have them made

)",
                     answers.region, answers.project, answers.allowed_origins.front(),
                     answers.egress == Egress::kNat ? "nat" : "endpoints");
}

std::string llm_capacity(const InitAnswers& answers) {
  return fmt::format(R"(  instance_types: {}
  capacity: {}           # or {}
  min: 0
  desired: 1
  max: 2
  # schedule:                   # no GPUs at night
  #   - {{name: evening, cron: "0 20 * * *", time_zone: Europe/Berlin, min: 0, desired: 0, max: 0}}
  #   - {{name: morning, cron: "0 7 * * MON-FRI", time_zone: Europe/Berlin, min: 0, desired: 1, max: 2}}
  timeout_seconds: 600          # one answer, reasoning included
  # system_prompt: You are a helpful assistant.

)",
                     list(answers.instance_types), answers.capacity == Capacity::kSpot ? "spot     " : "on-demand",
                     answers.capacity == Capacity::kSpot ? "on-demand" : "spot");
}

std::string llm(const InitAnswers& answers) {
  const std::string certificate =
      answers.llm_certificate.empty() ? placeholder_certificate(answers) : answers.llm_certificate;
  const std::string_view note =
      answers.llm_certificate.empty() ? "   # replace: an ACM certificate for llm.domain in the stack's region" : "";
  std::string out = fmt::format(R"(llm:
  domain: {}   # private: resolves inside the VPC only
  certificate: {}{}
  model: {}
  engine: {:<22}# vllm or ollama
)",
                                answers.llm_domain, certificate, note, yaml_quoted(answers.model),
                                answers.engine == EngineKind::kVllm ? "vllm" : "ollama");
  if (answers.egress == Egress::kEndpoints)
    out += fmt::format(
        "  model_source: s3://{0}-models/{1}\n"
        "  image: {2}.dkr.ecr.{3}.amazonaws.com/engine:latest\n",
        answers.project, answers.model.substr(answers.model.find_last_of("/:") + 1), answers.account, answers.region);
  return out + llm_capacity(answers);
}

std::string rest(const InitAnswers& answers) {
  const bool has_email = !answers.alarm_email.empty();
  return fmt::format(R"(limits:
  requests_per_second: 500      # of the whole API
  burst: 1000
  broadcast: false              # true: chat-room messages between connections

functions:
  architecture: x86_64          # or arm64: what the handlers were built for

# The origins that browsers may connect from: scheme, host and port, exactly.
allowed_origins: {}

log_retention_days: 30
{}alarm_email: {}
# monthly_budget_usd: 500       # mails at 80 % and when the forecast passes it
)",
                     list(answers.allowed_origins), has_email ? "" : "# ",
                     has_email ? yaml_quoted(answers.alarm_email) : "ops@example.com");
}

}  // namespace

std::string initial_settings(const InitAnswers& answers) {
  return head(answers) + environments(answers) + auth_and_network(answers) + llm(answers) + rest(answers);
}

std::vector<std::string> unfilled(const EnvironmentSettings& settings) {
  std::vector<std::string> paths;
  if (settings.llm.certificate.ends_with(kPlaceholder)) paths.emplace_back("llm.certificate");
  if (settings.domain && settings.domain->certificate.ends_with(kPlaceholder)) paths.emplace_back("domain.certificate");
  return paths;
}

}  // namespace wsdeep::stack
