#include "preflight/policy.h"

#include <map>
#include <memory>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/stack/settings_option.h"

namespace wsdeep::commands {
namespace {

struct PolicyCommandOptions {
  SettingsOptions settings;
  std::string role;
  std::string cloudformation_role;
};

int run_policy(const PolicyCommandOptions& options, Context& context);

}  // namespace

void add_policy(const Command& app, Context& context) {
  auto options = std::make_shared<PolicyCommandOptions>();
  const Command command =
      app.add_subcommand("policy", "Print the least IAM policy that a role of an environment needs");
  command.add_option("--for", options->role, "preflight, deploy, cloudformation, fleet or users")
      .required()
      .one_of({"preflight", "deploy", "cloudformation", "fleet", "users"});
  add_settings_options(command, options->settings);
  command.add_option("--role-arn", options->cloudformation_role,
                     "with --for deploy: the role that CloudFormation works as, which then makes the resources");
  command.footer(
      "Who deploys makes calls of their own, and CloudFormation makes the resources with the same permissions; or, "
      "with\n"
      "`deploy --role-arn`, with those of a role that only it may take (--for cloudformation). The policy for deploy "
      "has\n"
      "all that preflight needs. It allows what takes a lab's name out of Cloud Map only while the settings have a "
      "lab:\n"
      "deploy the removal of one by the policy of before. Where the environment has no `account`, resources of any\n"
      "account are named.\n"
      "As an inline policy of a role it may have 10,240 characters, without blanks; these have less, since calls that\n"
      "only describe stand as ec2:Describe* in those two.\n\n"
      "Examples:\n  wsdeep policy --for deploy -e production > deployer.json\n"
      "  aws iam put-role-policy --role-name deployer --policy-name wsdeep --policy-document file://deployer.json");
  command.runs([options, &context] { return run_policy(*options, context); });
}

namespace {

int run_policy(const PolicyCommandOptions& options, Context& context) {
  using preflight::Role;
  static const std::map<std::string, Role> kRoles{{"preflight", Role::kPreflight},
                                                  {"deploy", Role::kDeploy},
                                                  {"cloudformation", Role::kCloudFormation},
                                                  {"fleet", Role::kFleet},
                                                  {"users", Role::kUsers}};
  const Role role = kRoles.at(options.role);
  if (!options.cloudformation_role.empty() && role != Role::kDeploy)
    throw Error(ErrorKind::kUsage, "--role-arn is for --for deploy: nobody else has CloudFormation take a role",
                "leave it out, or say --for deploy");
  context.console.out(
      preflight::policy_json(load_environment(options.settings, context), {role, options.cloudformation_role}));
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
