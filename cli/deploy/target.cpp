#include "deploy/target.h"

#include <fmt/format.h>

#include "aws/call_settings.h"
#include "base/error.h"

namespace wsdeep::deploy {
namespace {

ChangeStyle style_of(bool coloured, bool terminal, const Console& console) {
  ChangeStyle style;
  if (coloured) style = {"32", "33", "1;31", "2", 0};
  if (terminal) style.columns = static_cast<std::size_t>(console.columns());
  return style;
}

}  // namespace

StackTarget StackTarget::of(stack::Part other) const {
  StackTarget target = *this;
  target.name = stack::stack_name_of(other, service_name());
  target.part = other;
  return target;
}

std::string StackTarget::service_name() const {
  return part == stack::Part::kService ? name : name.substr(0, name.size() - stack::kFleetSuffix.size());
}

std::string StackTarget::flag() const {
  return settings ? " -e " + settings->name : " --stack " + service_name();
}

bool StackTarget::is_production() const {
  return stack::is_production_name(settings ? settings->name : service_name());
}

void check_account(const StackTarget& target, const aws::CallerIdentity& who) {
  if (!target.settings || target.settings->account.empty() || target.settings->account == who.account) return;
  throw Error(ErrorKind::kRefused,
              fmt::format("these credentials are of account {} ({}), and the environment '{}' belongs to {}",
                          who.account, who.arn, target.settings->name, target.settings->account),
              "nothing was changed: choose that account's profile with --profile or AWS_PROFILE, or correct `account` "
              "in the settings");
}

aws::ClientOptions client_options(const StackTarget& target, const Context& context, const char* service_id,
                                  const char* endpoint_prefix, const std::stop_token& cancel) {
  aws::ClientOptions options = aws::CallSettings::load(context.env, context.files, target.profile)
                                   .client_options(service_id, endpoint_prefix, target.region);
  options.timeout = std::chrono::seconds(30);
  options.cancel = cancel;
  return options;
}

StackAccess::StackAccess(const StackTarget& target, Context& context, const std::stop_token& cancel)
    : credentials(context.env, context.files, context.clock, target.profile, cancel),
      sts(http, client_options(target, context, "STS", "sts", cancel), credentials, context.clock),
      cloudformation(http, client_options(target, context, "CLOUDFORMATION", "cloudformation", cancel), credentials,
                     context.clock),
      s3(http, client_options(target, context, "S3", "s3", cancel), credentials, context.clock) {}

ChangeStyle out_style(const Console& console) {
  return style_of(console.style_out("1", "x") != "x", console.stdout_is_terminal(), console);
}

ChangeStyle err_style(const Console& console) {
  return style_of(console.style_err("1", "x") != "x", console.stderr_is_terminal(), console);
}

std::string deploy_it(const StackTarget& target) {
  return fmt::format("deploy it with: wsdeep deploy{}{}", target.part == stack::Part::kService ? "" : " --fleet",
                     target.settings ? " -e " + target.settings->name : "");
}

Error missing_stack(const StackTarget& target) {
  return missing_stack(target, deploy_it(target));
}

Error missing_stack(const StackTarget& target, const std::string& hint) {
  return {ErrorKind::kNotFound, fmt::format("there is no stack '{}' in {}", target.name, target.region), hint};
}

std::string who_answers(const stack::LlmSettings& llm) {
  if (llm.asks_agent()) return fmt::format("Amazon Bedrock's agent {} ({})", llm.agent_id, llm.agent_alias);
  return fmt::format("Amazon Bedrock's model {}", llm.model);
}

Error no_fleet(const StackTarget& target) {
  return {ErrorKind::kUsage,
          fmt::format("environment '{}' has no nodes: {} answers", target.settings->name,
                      who_answers(target.settings->llm)),
          "llm.engine: vllm or ollama has a fleet of its own"};
}

aws::Stack require_stack(StackAccess& access, const StackTarget& target) {
  return require_stack(access, target, deploy_it(target));
}

aws::Stack require_stack(StackAccess& access, const StackTarget& target, const std::string& hint) {
  auto found = access.cloudformation.describe_stack(target.name);
  if (!found) throw missing_stack(target, hint);
  return *found;
}

}  // namespace wsdeep::deploy
