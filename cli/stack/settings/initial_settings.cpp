#include "stack/settings/initial_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "stack/settings/initial_features.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

constexpr std::string_view kPlaceholderId = "00000000-0000-0000-0000-000000000000";
/// What the settings' reader takes when the key is not written.
constexpr std::string_view kVolumeOfReader = "200";

bool is_plain(std::string_view value) {
  static const std::vector<std::string> kOtherTypes = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !value.empty() && (is_letter(value.front()) || value.front() == '/') && !value.ends_with(':') &&
         value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@+-") ==
             std::string_view::npos &&
         std::find(kOtherTypes.begin(), kOtherTypes.end(), to_lower(value)) == kOtherTypes.end();
}

std::string scalar(std::string_view value) {
  const bool is_number = !value.empty() && value.size() < 10 && parse_integer(value, 0, 1'000'000'000);
  return is_number || is_plain(value) ? std::string(value) : yaml_quoted(value);
}

/// `a,b` → `[a, b]`.
std::string list(std::string_view items) {
  std::vector<std::string> quoted;
  for (const std::string_view item : split(items, ',')) quoted.push_back(scalar(item));
  return fmt::format("[{}]", join(quoted, ", "));
}

/// `key: value` lines of the file that come from answers, for all environments or for one.
class Writer {
 public:
  Writer(const InitAnswers& answers, std::string_view environment) : answers_(answers), environment_(environment) {}

  const std::string& environment() const { return environment_; }
  std::string get(std::string_view key) const { return answers_.get(key, environment_); }
  /// Whether this environment needs the key, because the section at the top says something else.
  bool differs(std::string_view key) const { return get(key) != answers_.get(key); }

  std::string agent() const { return own_agent(answers_, environment_); }

  std::string line(std::string_view indent, std::string_view name, std::string_view key, bool is_list = false) const {
    const std::string value = get(key);
    if (value.empty()) return {};
    return fmt::format("{}{}: {}\n", indent, name, is_list ? list(value) : scalar(value));
  }

  /// As `line`; an empty value is written too, for it takes the place of the one at the top.
  std::string override_line(std::string_view name, std::string_view key, bool is_list) const {
    return get(key).empty() ? fmt::format("      {}: {}\n", name, is_list ? "[]" : "\"\"")
                            : line("      ", name, key, is_list);
  }

 private:
  const InitAnswers& answers_;
  std::string environment_;
};

/// The keys of a section that an environment may say differently, as they are called there.
struct Key {
  std::string_view section;
  std::string_view name;
  bool is_list = false;
};
constexpr Key kOverridable[] = {
    {"auth", "user_pool"},
    {"auth", "client_ids", true},
    {"auth", "callback_urls", true},
    {"llm", "domain"},
    {"llm", "certificate"},
    {"llm", "engine"},
    {"llm", "model"},
    {"llm", "model_source"},
    {"llm", "image"},
    {"llm", "instance_types", true},
    {"llm", "volume_gb"},
    {"llm", "capacity"},
    {"llm", "min"},
    {"llm", "desired"},
    {"llm", "max"},
    {"limits", "requests_per_second"},
    {"limits", "burst"},
};

std::string head(const InitAnswers& answers) {
  return fmt::format(R"(# Settings of wsdeep: what is deployed, and where.
#   wsdeep validate    checks this file and the template that it makes
#   wsdeep deploy      deploys one environment of it
# Every section but `project` and `environments` may be repeated inside an environment, which overrides it key by key.

# Stack names start with it: {0}-dev, {0}-production …
project: {0}

)",
                     answers.get("project"));
}

/// Nodes in the hours of working days, none else.
std::string schedule(const Writer& writer, std::string_view indent) {
  const std::string hours = writer.get("llm.schedule");
  const std::size_t hyphen = hours.find('-');
  if (hyphen == std::string::npos) return fmt::format("{}schedule: []\n", indent);
  const auto entry = [&](std::string_view name, std::string_view cron, std::string_view nodes) {
    return fmt::format("{}  - {{name: {}, cron: \"{}\", time_zone: {}, {}}}\n", indent, name, cron,
                       writer.get("llm.schedule.time_zone"), nodes);
  };
  const std::string days = fmt::format("min: {}, desired: {}, max: {}", writer.get("llm.min"),
                                       writer.get("llm.desired"), writer.get("llm.max"));
  return fmt::format("{}schedule:\n", indent) +
         entry("evening", fmt::format("0 {} * * *", hours.substr(hyphen + 1)), "min: 0, desired: 0, max: 0") +
         entry("morning", fmt::format("0 {} * * MON-FRI", hours.substr(0, hyphen)), days);
}

std::string google(const Writer& writer, std::string_view indent) {
  return fmt::format("{0}google:\n{0}  client_id: {1}\n", indent, scalar(writer.get("auth.google.client_id"))) +
         writer.line(fmt::format("{}  ", indent), "client_secret", "auth.google.client_secret");
}

/// Complete, for an environment's network takes the place of the one at the top.
std::string network(const Writer& writer, std::string_view indent) {
  std::string out = writer.line(indent, "mode", "network.mode");
  if (writer.get("network.mode") == "new")
    return out + writer.line(indent, "cidr", "network.cidr") + writer.line(indent, "egress", "network.egress");
  out += writer.line(indent, "vpc", "network.vpc") + writer.line(indent, "subnets", "network.subnets", true);
  const std::string groups = writer.get("network.security_groups");
  if (groups.empty()) return out;
  // Too few or too many of them are the reader's to report.
  constexpr std::string_view kRoles[] = {"generate", "load_balancer", "nodes", "more"};
  std::vector<std::string> pairs;
  for (const std::string_view group : split(groups, ','))
    pairs.push_back(fmt::format("{}: {}", kRoles[std::min<std::size_t>(pairs.size(), 3)], scalar(group)));
  return out + fmt::format("{}security_groups: {{{}}}\n", indent, join(pairs, ", "));
}

/// Whether the section at the top can stand: an existing network that each environment has of its own cannot.
bool has_common_network(const InitAnswers& answers) {
  return answers.get("network.mode") == "new" ||
         (!answers.get("network.vpc").empty() && !answers.get("network.subnets").empty());
}

bool differs_in_network(const InitAnswers& answers, const Writer& own) {
  if (!has_common_network(answers)) return true;
  const Writer common(answers, {});
  return network(own, "") != network(common, "");
}

/// Each environment has one of its own, for it is unique in a region; `production` has the common answer as it is.
std::string hosted_ui_prefix(const Writer& own) {
  const std::string prefix = own.get("auth.hosted_ui_prefix");
  if (prefix.empty()) return {};
  const bool is_whole = own.differs("auth.hosted_ui_prefix") || own.environment() == "production";
  return fmt::format("      hosted_ui_prefix: {}{}{}\n", prefix, is_whole ? "" : "-",
                     is_whole ? "" : own.environment());
}

/// One section's keys in which this environment differs.
std::string section_overrides(const Writer& own, std::string_view section) {
  std::string out = section == "auth" ? hosted_ui_prefix(own) : "";
  const bool is_without_nodes = section == "llm" && own.get("llm.engine").starts_with("bedrock");
  for (const Key& key : kOverridable) {
    const std::string path = fmt::format("{}.{}", key.section, key.name);
    if (is_without_nodes && key.name != "engine" && key.name != "model") continue;
    // An agent has its own model, and heeds none that stands at the top.
    if (key.name == "model" && own.get(path).empty() && own.get("llm.engine") == "bedrock-agent") continue;
    if (key.section == section && own.differs(path)) out += own.override_line(key.name, path, key.is_list);
  }
  if (section == "auth" && (own.differs("auth.google.client_id") || own.differs("auth.google.client_secret")))
    out += google(own, "      ");
  if (section == "llm") out += own.agent();
  if (section == "llm" && !is_without_nodes && (own.differs("llm.schedule") || own.differs("llm.schedule.time_zone")))
    out += schedule(own, "      ");
  return out.empty() ? "" : fmt::format("    {}:\n{}", section, out);
}

std::string overrides(const InitAnswers& answers, const std::string& name) {
  const Writer own(answers, name);
  std::string out = section_overrides(own, "auth");
  if (needs_network(answers) && differs_in_network(answers, own)) out += "    network:\n" + network(own, "      ");
  out += section_overrides(own, "llm") + section_overrides(own, "limits");
  out += own_features(answers, name);
  if (own.differs("allowed_origins")) out += own.line("    ", "allowed_origins", "allowed_origins", true);
  for (const char* key : {"log_retention_days", "alarm_email", "monthly_budget_usd"})
    if (own.differs(key)) out += own.line("    ", key, key);
  return out;
}

/// `chat.example.org` is an address; `example.org` and `example.co.uk` are domains to make addresses in.
bool is_full_name(std::string_view name) {
  const auto labels = split(name, '.');
  const bool of_country = labels.size() > 2 && labels.back().size() == 2 && labels[labels.size() - 2].size() <= 3;
  return labels.size() > (of_country ? 3U : 2U);
}

/// Each environment has one of its own; a full name is that of production, or of the only one there is.
std::string address(const InitAnswers& answers, const Writer& own) {
  std::string domain = own.get("domain.name");
  if (own.differs("domain.name")) return domain;
  const std::string base = domain.empty() ? "example.com" : domain;
  const bool is_first = own.environment() == "production" || answers.environments().size() == 1;
  if (is_full_name(base)) return is_first ? base : fmt::format("{}.{}", own.environment(), base);
  return own.environment() == "production" ? fmt::format("ws.{}", base)
                                           : fmt::format("ws.{}.{}", own.environment(), base);
}

std::string environment(const InitAnswers& answers, const std::string& name) {
  const Writer own(answers, name);
  std::string out = fmt::format("  {}:\n    region: {}\n", name, own.get("region"));
  if (own.get("profile").empty())
    out += fmt::format("    # profile: {}-{}          # of ~/.aws/config; without it the usual credential chain\n",
                       answers.get("project"), name);
  out += own.line("    ", "profile", "profile");
  if (own.get("stack_name").empty()) out += fmt::format("    # stack_name: {}-{}\n", answers.get("project"), name);
  out += own.line("    ", "stack_name", "stack_name");
  const std::string_view mark = own.get("domain.name").empty() ? "# " : "";
  const std::string zone = own.get("domain.hosted_zone");
  out += fmt::format(
      "    {0}domain:                # the address that clients connect to\n"
      "    {0}  name: {1}\n    {0}  certificate: {2}\n"
      "    {3}  hosted_zone: {4}\n",
      mark, address(answers, own), own.get("domain.certificate"), zone.empty() ? "# " : mark,
      zone.empty() ? "Z0123456789ABCDEFGHIJ   # of Route 53; without it make the record yourself" : zone);
  return out;
}

std::string environments(const InitAnswers& answers) {
  std::string out = "environments:\n";
  for (const std::string& name : answers.environments()) {
    const std::string own = overrides(answers, name);
    out += environment(answers, name) + own;
    if (name == "production" && own.empty())
      out += R"(    # Production usually wants more nodes, and its logs for longer:
    # llm: {min: 1, desired: 2, max: 6}
    # log_retention_days: 90
)";
    out += "\n";
  }
  return out;
}

/// What the hosted sign-in page takes, as an example where nobody asked for one. Its prefix is the environments'.
std::string hosted_ui(const InitAnswers& answers, const Writer& common) {
  const std::string origins = answers.get("allowed_origins");
  const std::string origin = origins.substr(0, origins.find(','));
  std::string out = common.line("  ", "callback_urls", "auth.callback_urls", true);
  if (out.empty())
    out = fmt::format(
        "  # hosted_ui_prefix: {}-sign-in   # unique in a region: in each environment its own\n"
        "  # callback_urls: [{}/callback]\n",
        answers.get("project"), origin);
  out += fmt::format("  # logout_urls: [{}/]\n", origin);
  if (!common.get("auth.google.client_id").empty()) return out + google(common, "  ");
  return out + fmt::format(R"(  # google:                     # needs the hosted UI
  #   client_id: 1234567890-abc.apps.googleusercontent.com
  #   client_secret: {}/google # the name of a Secrets Manager secret, never the secret itself
)",
                           answers.get("project"));
}

std::string auth(const InitAnswers& answers) {
  const Writer common(answers, {});
  std::string out = "auth:\n";
  if (common.get("auth.user_pool") == "new")
    out += fmt::format(
        R"(  user_pool: new                # or the id of an existing pool, such as {}_AbC123xyz, with its client_ids
  # client_ids: [1example23456789]
)",
        answers.get("region"));
  else
    out += common.line("  ", "user_pool", "auth.user_pool") + common.line("  ", "client_ids", "auth.client_ids", true);
  out += R"(  groups: [users, admins]
  self_sign_up: false           # true: anybody with an e-mail address may register
  rotate_refresh_tokens: false  # true: each renewal of a sign-in gives a new refresh token and ends the one before
  token_in_query: false         # true: also accepts ?token=…, which URLs in logs would show
)";
  // An existing pool keeps the hosted UI that it has.
  if (answers.any("auth.user_pool", "new")) out += hosted_ui(answers, common);
  return out + "\n";
}

std::string common_network(const InitAnswers& answers) {
  if (!needs_network(answers) || !has_common_network(answers)) return {};
  const Writer common(answers, {});
  if (common.get("network.mode") != "new") return "network:\n" + network(common, "  ") + "\n";
  return fmt::format(R"(network:
  mode: new                     # or existing (vpc, subnets), or ssm (names of SSM parameters that hold them)
  cidr: {}
  egress: {:<22}# nat, or endpoints: no NAT gateway; model and image then come from S3 and ECR
  # mode: existing
  # vpc: vpc-0123456789abcdef0
  # subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]      # private, in two zones
  # security_groups: {{generate: sg-…, load_balancer: sg-…, nodes: sg-…}} # all three, or none to have them made

)",
                     common.get("network.cidr"), common.get("network.egress"));
}

std::string fleet(const Writer& common) {
  const bool is_spot = common.get("llm.capacity") == "spot";
  std::string out =
      common.line("  ", "instance_types", "llm.instance_types", true) +
      fmt::format("  capacity: {:<20}# or {}\n", common.get("llm.capacity"), is_spot ? "on-demand" : "spot") +
      fmt::format("  min: {:<25}# 0: it sleeps while nobody asks, and the first question then waits for a node\n",
                  common.get("llm.min")) +
      common.line("  ", "desired", "llm.desired") + common.line("  ", "max", "llm.max") +
      "  start_minutes: 10           # from a node's launch until it serves, as whoever waits for it is told\n";
  if (common.get("llm.volume_gb") != kVolumeOfReader) out += common.line("  ", "volume_gb", "llm.volume_gb");
  out += R"(  # target_load: 0.7            # part of the nodes' slots that scaling aims to have in use
  # drain_seconds: 600          # for the answers of a node that goes; left out: timeout_seconds
  # instance_store: true        # these three: sooner from launch to answer (README, "How it starts")
  # warm_pool: {state: stopped, nodes: 1}
  # ami: ami-0123456789abcdef0  # with the engine's image in it
)";
  if (common.get("llm.schedule") != "always") return out + schedule(common, "  ");
  return out + R"(  # schedule:                   # no GPUs at night
  #   - {name: evening, cron: "0 20 * * *", time_zone: Europe/Berlin, min: 0, desired: 0, max: 0}
  #   - {name: morning, cron: "0 7 * * MON-FRI", time_zone: Europe/Berlin, min: 0, desired: 1, max: 2}
)";
}

std::string llm(const InitAnswers& answers) {
  if (!has_nodes(answers)) return bedrock_section(answers);
  const Writer common(answers, {});
  const std::string certificate = common.get("llm.certificate");
  const std::string_view note = is_placeholder_certificate(certificate)
                                    ? "   # replace: an ACM certificate for llm.domain in the stack's region"
                                    : "";
  return fmt::format(R"(llm:
  domain: {}   # private: resolves inside the VPC only
  certificate: {}{}
{}  engine: {:<22}# vllm, ollama, or Amazon's: bedrock, bedrock-agent
)",
                     common.get("llm.domain"), certificate, note, common.line("  ", "model", "llm.model"),
                     common.get("llm.engine")) +
         common.line("  ", "model_source", "llm.model_source") + common.line("  ", "image", "llm.image") +
         fleet(common) + R"(  timeout_seconds: 600          # one answer, reasoning included
  # system_prompt: You are a helpful assistant.

)";
}

std::string rest(const InitAnswers& answers) {
  const Writer common(answers, {});
  const auto or_example = [&](std::string_view key, std::string_view example) {
    const std::string line = common.line("", key, key);
    return line.empty() ? fmt::format("# {}: {}\n", key, example) : line;
  };
  return fmt::format(R"(limits:
  requests_per_second: {:<9}# of the whole API
  burst: {}
  # generate_concurrency: 128   # of Lambda, reserved for answers; left out: in production what the fleet takes, else nothing

functions:
  architecture: x86_64          # or arm64: what the handlers were built for
  # canary: {{percent: 10, minutes: 10}}   # new code gets a part of the calls first; production has this unless it is none

rooms: false                    # true: people talk with each other, too: wsdeep chat --room lobby
{}
# The origins that browsers may connect from: scheme, host and port, exactly.
allowed_origins: {}

log_retention_days: {}
)",
                     common.get("limits.requests_per_second"), common.get("limits.burst"), common_features(answers),
                     list(common.get("allowed_origins")), common.get("log_retention_days")) +
         or_example("alarm_email", "ops@example.com") +
         or_example("monthly_budget_usd", "500       # mails at 80 % and when the forecast passes it") +
         fmt::format(
             "api_gateway_logging_role: {:<6}# the account's, for API Gateway's logs; false: it has one already\n",
             common.get("api_gateway_logging_role") == "no" ? "false" : "true") +
         R"(
# Against mistakes: termination protection (left out: in production only), and a stack policy, which may be a JSON file
# of your own. This one refuses updates that would replace or remove tables or the user pool.
# protection: {termination: true, policy: deny-replace-of-data}
)";
}

/// Names that end so belong to nobody (RFC 2606): `init` writes them where it has no answer.
bool is_nobodys_name(std::string_view name) {
  return name.ends_with(".example");
}

/// As `init` writes it for an account that it was not told.
bool is_examples_image(std::string_view image) {
  return image.starts_with("123456789012.dkr.ecr.") && image.ends_with("/engine:latest");
}

}  // namespace

std::string initial_settings(const InitAnswers& answers) {
  return head(answers) + environments(answers) + auth(answers) + common_network(answers) + llm(answers) + rest(answers);
}

std::vector<std::string> unfilled(const EnvironmentSettings& settings) {
  std::vector<std::string> paths;
  if (std::any_of(settings.allowed_origins.begin(), settings.allowed_origins.end(), is_nobodys_name))
    paths.emplace_back("allowed_origins");
  const bool is_with_nodes = !settings.llm.on_bedrock();
  if (is_with_nodes && is_nobodys_name(settings.llm.domain)) paths.emplace_back("llm.domain");
  if (is_with_nodes && is_examples_image(settings.llm.image)) paths.emplace_back("llm.image");
  if (is_with_nodes && is_placeholder_certificate(settings.llm.certificate)) paths.emplace_back("llm.certificate");
  if (settings.domain && is_placeholder_certificate(settings.domain->certificate))
    paths.emplace_back("domain.certificate");
  return paths;
}

std::string placeholder_certificate(std::string_view region, std::string_view account) {
  return fmt::format("arn:aws:acm:{}:{}:certificate/{}", region, account, kPlaceholderId);
}

bool is_placeholder_certificate(std::string_view arn) {
  return arn.ends_with(kPlaceholderId);
}

}  // namespace wsdeep::stack
