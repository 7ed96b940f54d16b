#include "commands/stack/plan_options.h"

namespace wsdeep::commands {

std::vector<stack::Part> PlanFlags::parts(const deploy::StackTarget& target) const {
  const bool no_fleet = target.settings && target.settings->llm.on_bedrock() && plan.template_file.empty();
  if (no_fleet && part.fleet) throw deploy::no_fleet(target);
  if (no_fleet) return {stack::Part::kService};
  if (part.one() || !plan.template_file.empty() || !target.settings) return {part.part()};
  return {stack::Part::kService, stack::Part::kFleet};
}

namespace {

void add_what_to_deploy(const Command& command, PlanFlags& flags) {
  add_part_options(command, flags.part);
  deploy::PlanOptions& options = flags.plan;
  const std::string group = "What to deploy";
  command.add_option("--template", options.template_file, "this template, rather than the rendered one").group(group);
  command.add_option("--parameters", options.parameters, "KEY=VALUE, or file://PATH (JSON, YAML, samconfig.toml)")
      .group(group);
  command.add_option("--tags", options.tags, "KEY=VALUE for the stack and its resources").group(group);
  command.add_option("--bucket", options.bucket, "bucket of the packages, rather than the project's own").group(group);
  command.add_option("--binaries", options.binaries, "folder of the built programs (default: where wsdeep is)")
      .group(group);
  command
      .add_option("--node-binaries", options.node_binaries,
                  "folder of wsdeep-node, where the functions are arm64: nodes are x86_64 (default: --binaries)")
      .group(group);
  command.add_option("--packages", options.packages, "folder for the built packages").group(group);
  command.add_option("--role-arn", options.role_arn, "role that CloudFormation works as").group(group);
}

}  // namespace

void add_plan_options(const Command& command, PlanFlags& flags) {
  add_stack_options(command, flags.stack);
  add_what_to_deploy(command, flags);
}

void add_plan_options(const Command& command, PlanFlags& flags, std::vector<std::string>& environments) {
  add_stack_options(command, flags.stack, environments);
  add_what_to_deploy(command, flags);
}

}  // namespace wsdeep::commands
