#include "deploy/security_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "base/display.h"
#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"

/// Every resource is turned into a set of grants: sentences that each say one thing that is allowed, or protected. The
/// difference of the sets before and after is what changes. A statement of a policy is one grant, because half of a
/// statement grants nothing: `allow s3:GetObject on arn:…:logs/*`. One that gets another action is therefore shown as
/// the old one gone and the new one come.
namespace wsdeep::deploy {
namespace {

using nlohmann::json;

struct Grant {
  bool widens = true;   ///< false: a protection, or a Deny
  std::string warning;  ///< when it is there (a grant), or when it goes (a protection)
};
using Grants = std::map<std::string, Grant>;

constexpr std::size_t kMaxText = 600;
constexpr int kMaxPolicyDepth = 64;  // no policy is that deep; what is deeper is left out

const json& member(const json& object, const char* key) {
  static const json kNone;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : kNone;
}

/// A value, or a call of an intrinsic function, in few words.
std::string shown_value(const json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.find("KNOWN_AFTER_APPLY") != std::string::npos ? "(known after the deployment)" : text;
  }
  if (value.is_object() && value.size() == 1) {
    const std::string& function = value.begin().key();
    const json& argument = value.begin().value();
    if (function == "Ref" || function == "Fn::ImportValue") return shown_value(argument);
    if (function == "Fn::Sub") return shown_value(argument.is_array() && !argument.empty() ? argument[0] : argument);
    if (function == "Fn::GetAtt" && argument.is_array() && argument.size() == 2)
      return shown_value(argument[0]) + "." + shown_value(argument[1]);
  }
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// One or many.
std::vector<json> items_of(const json& value) {
  if (value.is_null()) return {};
  return value.is_array() ? value.get<std::vector<json>>() : std::vector<json>{value};
}

std::vector<std::string> texts_of(const json& value) {
  std::vector<std::string> texts;
  for (const json& item : items_of(value)) texts.push_back(shown_value(item));
  std::sort(texts.begin(), texts.end());
  return texts;
}

bool is_true(const json& value) {
  return value == true || value == "true" || value == "True";
}

void add(Grants& grants, const std::string& text, Grant grant) {
  const std::string line = is_utf8(text) ? strip_control(text) : "(unreadable)";
  grants.emplace(cut_end(line, kMaxText), std::move(grant));
}

// ---- policies ----

std::string principal_of(const json& principal) {
  if (!principal.is_object()) return shown_value(principal);
  std::vector<std::string> names;
  for (const auto& [kind, value] : principal.items())
    for (const std::string& name : texts_of(value)) names.push_back(name);
  return join(names, ", ");
}

bool is_everybody(const json& principal) {
  return principal == "*" || std::ranges::count(texts_of(member(principal, "AWS")), "*") > 0;
}

/// Services whose actions hand out power, or open what others have locked.
bool is_powerful(std::string_view action) {
  return action.starts_with("iam:") || action.starts_with("sts:Assume") || action.starts_with("kms:") ||
         action.starts_with("secretsmanager:");
}

std::string warning_of(const json& statement) {
  if (is_everybody(member(statement, "Principal")) && member(statement, "Condition").is_null())
    return "anybody, in any account";
  if (!member(statement, "NotAction").is_null()) return "every action but those";
  const bool everything = std::ranges::count(texts_of(member(statement, "Resource")), "*") > 0;
  for (const std::string& action : texts_of(member(statement, "Action"))) {
    if (action == "*") return "every action of every service";
    if (action.ends_with(":*")) return fmt::format("every action of {}", action.substr(0, action.size() - 2));
    if (everything && is_powerful(action)) return fmt::format("{} on everything", action);
  }
  return {};
}

void add_statement(const json& statement, Grants& grants) {
  if (!statement.is_object()) return;
  const bool denies = member(statement, "Effect") == "Deny";
  std::string text = denies ? "deny " : "allow ";
  if (const json& principal = member(statement, "Principal"); !principal.is_null())
    text += principal_of(principal) + " to ";
  if (const json& other = member(statement, "NotAction"); !other.is_null())
    text += "all but " + join(texts_of(other), ", ");
  else
    text += join(texts_of(member(statement, "Action")), ", ");
  if (const json& resource = member(statement, "Resource"); !resource.is_null())
    text += " on " + join(texts_of(resource), ", ");
  if (const json& other = member(statement, "NotResource"); !other.is_null())
    text += " on all but " + join(texts_of(other), ", ");
  if (const json& condition = member(statement, "Condition"); !condition.is_null())
    text += " if " + shown_value(condition);
  add(grants, text, {!denies, denies ? "" : warning_of(statement)});
}

void add_policy(const json& document, Grants& grants) {
  for (const json& statement : items_of(member(document, "Statement"))) add_statement(statement, grants);
}

void add_managed(const json& arns, Grants& grants) {
  for (const std::string& arn : texts_of(arns)) {
    const bool broad = arn.ends_with("AdministratorAccess") || arn.ends_with("PowerUserAccess") ||
                       arn.ends_with("IAMFullAccess") || arn.ends_with("FullAccess");
    add(grants, "allow what the policy " + arn + " does", {true, broad ? "a policy for everything of its kind" : ""});
  }
}

void read_role(const json& properties, Grants& grants) {
  add_policy(member(properties, "AssumeRolePolicyDocument"), grants);
  for (const json& policy : items_of(member(properties, "Policies")))
    add_policy(member(policy, "PolicyDocument"), grants);
  add_managed(member(properties, "ManagedPolicyArns"), grants);
}

void read_policy(const json& properties, Grants& grants) {
  add_policy(member(properties, "PolicyDocument"), grants);
  add_policy(member(properties, "KeyPolicy"), grants);
  add_policy(member(properties, "ResourcePolicy"), grants);
}

/// `Policies` of SAM: names, policy documents, or templates such as `DynamoDBReadPolicy`.
void read_sam_function(const json& properties, Grants& grants) {
  for (const json& policy : items_of(member(properties, "Policies"))) {
    if (!member(policy, "Statement").is_null())
      add_policy(policy, grants);
    else if (policy.is_object() && policy.size() == 1 && !policy.begin().key().starts_with("Fn::") &&
             policy.begin().key() != "Ref")
      add(grants, fmt::format("allow what {} does for {}", policy.begin().key(), shown_value(policy.begin().value())),
          {});
    else
      add_managed(policy, grants);
  }
}

void read_lambda_permission(const json& properties, Grants& grants) {
  const std::string principal = shown_value(member(properties, "Principal"));
  const json& source = member(properties, "SourceArn");
  const bool anybody = principal == "*" && source.is_null();
  add(grants,
      fmt::format("allow {} to {} on {}{}", principal, shown_value(member(properties, "Action")),
                  shown_value(member(properties, "FunctionName")),
                  source.is_null() ? "" : fmt::format(" from {}", shown_value(source))),
      {true, anybody ? "anybody, in any account" : ""});
}

// ---- who may reach what ----

std::string ports_of(const json& rule) {
  std::string protocol = shown_value(member(rule, "IpProtocol"));
  if (protocol == "-1") return "everything";
  const json& from = member(rule, "FromPort");
  const json& to = member(rule, "ToPort");
  if (from.is_null()) return protocol;
  return fmt::format("{} {}{}", protocol, shown_value(from), from == to ? "" : "-" + shown_value(to));
}

void add_rule(const json& rule, const char* direction, const char* word, Grants& grants) {
  for (const char* peer : {"CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId",
                           "SourcePrefixListId", "DestinationPrefixListId", "SourceSecurityGroupName"}) {
    const json& value = member(rule, peer);
    if (value.is_null()) continue;
    const std::string name = shown_value(value);
    const bool open = direction == std::string_view("ingress") && (name == "0.0.0.0/0" || name == "::/0");
    add(grants, fmt::format("{} of {} {} {}", direction, ports_of(rule), word, name),
        {true, open ? "open to the whole internet" : ""});
  }
}

void read_security_group(const json& properties, Grants& grants) {
  for (const json& rule : items_of(member(properties, "SecurityGroupIngress")))
    add_rule(rule, "ingress", "from", grants);
  for (const json& rule : items_of(member(properties, "SecurityGroupEgress"))) add_rule(rule, "egress", "to", grants);
}

void read_bucket(const json& properties, Grants& grants) {
  for (const char* name : {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"})
    if (is_true(member(member(properties, "PublicAccessBlockConfiguration"), name)))
      add(grants, fmt::format("public access is blocked: {}", name), {false, "the bucket can be made public"});
}

void read_load_balancer(const json& properties, Grants& grants) {
  if (member(properties, "Scheme") != "internal")
    add(grants, "reachable from the internet", {true, "open to the whole internet"});
}

void read_route(const json& properties, Grants& grants) {
  const json& authorization = member(properties, "AuthorizationType");
  if (member(properties, "RouteKey") == "$connect" && (authorization.is_null() || authorization == "NONE"))
    add(grants, "anybody may connect, without a token", {true, "no authorizer"});
}

void read_function_url(const json& properties, Grants& grants) {
  if (member(properties, "AuthType") == "NONE")
    add(grants, "anybody may call the function's URL", {true, "no authorization"});
}

void read_subnet(const json& properties, Grants& grants) {
  if (is_true(member(properties, "MapPublicIpOnLaunch"))) add(grants, "instances get public addresses", {});
}

void read_user_pool(const json& properties, Grants& grants) {
  if (!is_true(member(member(properties, "AdminCreateUserConfig"), "AllowAdminCreateUserOnly")))
    add(grants, "anybody may sign up", {true, "open to the whole internet"});
}

using Reader = void (*)(const json& properties, Grants& grants);

Reader reader_of(const std::string& type) {
  static const std::map<std::string, Reader, std::less<>> kReaders{
      {"AWS::IAM::Role", read_role},
      {"AWS::IAM::Policy", read_policy},
      {"AWS::IAM::ManagedPolicy", read_policy},
      {"AWS::IAM::RolePolicy", read_policy},
      {"AWS::IAM::UserPolicy", read_policy},
      {"AWS::IAM::GroupPolicy", read_policy},
      {"AWS::S3::BucketPolicy", read_policy},
      {"AWS::SQS::QueuePolicy", read_policy},
      {"AWS::SNS::TopicPolicy", read_policy},
      {"AWS::KMS::Key", read_policy},
      {"AWS::SecretsManager::ResourcePolicy", read_policy},
      {"AWS::Serverless::Function", read_sam_function},
      {"AWS::Lambda::Permission", read_lambda_permission},
      {"AWS::Lambda::Url", read_function_url},
      {"AWS::EC2::SecurityGroup", read_security_group},
      {"AWS::EC2::SecurityGroupIngress", [](const json& p, Grants& g) { add_rule(p, "ingress", "from", g); }},
      {"AWS::EC2::SecurityGroupEgress", [](const json& p, Grants& g) { add_rule(p, "egress", "to", g); }},
      {"AWS::EC2::Subnet", read_subnet},
      {"AWS::S3::Bucket", read_bucket},
      {"AWS::ElasticLoadBalancingV2::LoadBalancer", read_load_balancer},
      {"AWS::ApiGatewayV2::Route", read_route},
      {"AWS::Cognito::UserPool", read_user_pool},
  };
  const auto found = kReaders.find(type);
  return found == kReaders.end() ? nullptr : found->second;
}

Grants grants_of(const std::string& context, const std::string& type) {
  Grants grants;
  const auto bounded = [](int depth, json::parse_event_t, json&) { return depth < kMaxPolicyDepth; };
  const json resource = json::parse(context, bounded, false);
  if (!resource.is_object()) return grants;
  const json& own_type = member(resource, "Type");
  const json& properties = member(resource, "Properties");
  if (const Reader reader = reader_of(own_type.is_string() ? own_type.get<std::string>() : type))
    reader(properties, grants);
  return grants;
}

void compare(const aws::ResourceChange& change, std::vector<SecurityChange>& out) {
  // A resource that goes takes what it granted with it, and protects nothing any more.
  const Grants before = grants_of(change.before, change.type), after = grants_of(change.after, change.type);
  for (const auto& [text, grant] : before)
    if (!after.contains(text) && !(fate_of(change) == Fate::kRemove && !grant.widens))
      out.push_back({change.logical_id, !grant.widens, "no longer: " + text, grant.widens ? "" : grant.warning});
  for (const auto& [text, grant] : after)
    if (!before.contains(text))
      out.push_back({change.logical_id, grant.widens, text, grant.widens ? grant.warning : ""});
}

std::string line_of(const SecurityChange& change, const ChangeStyle& style) {
  constexpr std::size_t kIndent = 6;
  std::string text = fmt::format("  {} {}: {}", change.widens ? "+" : "-", change.logical_id, change.what);
  if (!change.warning.empty()) text += fmt::format("  BROAD: {}", change.warning);
  const std::string& colour = !change.warning.empty() ? style.danger : change.widens ? style.modify : style.add;
  return styled(colour, wrap(text, style.columns, kIndent)) + "\n";
}

}  // namespace

std::vector<SecurityChange> security_changes(const std::vector<aws::ResourceChange>& changes) {
  std::vector<SecurityChange> found;
  for (const aws::ResourceChange& change : changes) compare(change, found);
  const auto rank = [](const SecurityChange& change) { return !change.warning.empty() ? 2 : change.widens ? 1 : 0; };
  std::stable_sort(found.begin(), found.end(),
                   [&](const SecurityChange& a, const SecurityChange& b) { return rank(a) < rank(b); });
  return found;
}

std::string render_security(const std::vector<SecurityChange>& changes, bool new_stack, const ChangeStyle& style) {
  std::string lines;
  std::size_t folded = 0;
  for (const SecurityChange& change : changes) {
    if (new_stack && change.warning.empty())
      ++folded;
    else
      lines += line_of(change, style);
  }
  if (folded > 0)
    lines = fmt::format("  {} narrow permission{} and network rules\n", folded, folded == 1 ? "" : "s") + lines;
  return lines.empty() ? "" : "security\n" + lines;
}

}  // namespace wsdeep::deploy
