#include <fmt/format.h>

#include <memory>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/duration_option.h"
#include "commands/stack/outputs.h"
#include "commands/stack/plan_options.h"
#include "commands/stack/settings_option.h"
#include "deploy/cfn_lint.h"
#include "deploy/plan.h"
#include "deploy/readiness.h"
#include "deploy/security_changes.h"
#include "deploy/template_diff.h"
#include "deploy/upload.h"
#include "stack/template/facts.h"
#include "terminal/context.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

struct DeployOptions {
  PlanFlags flags;
  deploy::StepOptions steps;
  bool dry_run = false;
  bool fail_on_no_changes = false;
  bool no_lint = false;
  std::string poll = "2s";
  std::string output = "text";
};

/// Before anything is written: a run that cannot ask must have been told.
void check_can_ask(const DeployOptions& options, const Context& context) {
  if (options.steps.yes || options.steps.no_execute || options.dry_run || context.console.stdin_is_terminal()) return;
  throw Error(ErrorKind::kUsage, "--yes required when not running interactively",
              "or look first, with --dry-run or --no-execute");
}

void say_where(const aws::CallerIdentity& who, const deploy::StackTarget& target, const deploy::Plan& plan,
               Context& context) {
  const std::size_t columns = deploy::err_style(context.console).columns;
  const std::string account = fmt::format("account   {} as ", who.account);
  context.console.err(account + cut_middle(who.arn, columns - std::min(columns, account.size())) + "\n");
  context.console.err(fmt::format("stack     {} in {}\n", target.name, target.region));
  context.console.err(fmt::format("template  {}: {} resources, {}, valid\n", plan.source_name,
                                  stack::resource_count(plan.source), human_bytes(plan.source.size())));
  std::uint64_t bytes = 0;
  std::size_t unchanged = 0;
  std::vector<std::string> names;
  for (const deploy::Artifact& artifact : plan.artifacts) {
    bytes += artifact.bytes;
    unchanged += artifact.unchanged ? 1 : 0;
    names.push_back(artifact.name);
  }
  std::string packages = fmt::format("packages  {}: {}", join(names, ", "), human_bytes(bytes));
  if (unchanged > 0)
    packages +=
        unchanged == names.size() ? ", unchanged" : fmt::format(", {} of {} unchanged", unchanged, names.size());
  if (bytes > 0) context.console.err(wrap(packages, columns, 10) + "\n");
}

/// cfn-lint's word about the template, where it is installed: an error ends the deployment, a warning does not.
void lint(const deploy::Plan& plan, const Interrupts& interrupts, Context& context) {
  const auto found = deploy::run_cfn_lint({{plan.source_name, plan.source}}, context, interrupts.token());
  if (!found) return;
  if (stack::has_errors(*found))
    throw Error(ErrorKind::kUsage,
                fmt::format("cfn-lint finds errors in the template\n{}", trim(stack::render(*found))),
                "correct them, or leave cfn-lint out with --no-lint");
  context.console.err(stack::render(*found, diagnostic_style_err(context.console)));
}

/// False when the deployment makes a stack that is not there, or is not there any more by then.
bool updates(deploy::Situation situation, std::string_view status) {
  return situation == deploy::Situation::kReady || situation == deploy::Situation::kRollbackStuck ||
         situation == deploy::Situation::kFailedKept ||
         (situation == deploy::Situation::kInProgress && status != "DELETE_IN_PROGRESS");
}

/// The steps of DeploymentSteps, in words.
std::string what_would_be_done(deploy::Situation situation, const std::string& name, const std::string& status,
                               bool rollback_first) {
  const char* then = updates(situation, status) ? "update" : "create";
  switch (situation) {
    case deploy::Situation::kInProgress:
      return fmt::format("would follow {}, now {}, to its end, and then {} it", name, status, then);
    case deploy::Situation::kRollbackStuck:
      return fmt::format("would continue the rollback of {}, now {}, and then update it", name, status);
    case deploy::Situation::kFailedKept:
      if (rollback_first)
        return fmt::format("would roll back {}, now {}, and then {} it", name, status,
                           status == "CREATE_FAILED" ? "create" : "update");
      return fmt::format("would update {}, now {}, with its rollback disabled again", name, status);
    case deploy::Situation::kDead:
    case deploy::Situation::kHalfGone:
      return fmt::format("would delete {}, now {}, and create it anew", name, status);
    case deploy::Situation::kNeverCreated:
      return fmt::format("would create {}, now {}, and remove its change sets of other inputs", name, status);
    case deploy::Situation::kAbsent:
      return fmt::format("would create {}", name);
    case deploy::Situation::kReady:
      break;
  }
  return fmt::format("would update {}, now {}", name, status);
}

/// All that the stack would get: a value that stays has no arrow. Secrets are hidden.
void show_parameters(const deploy::Plan& plan, const aws::Stack& stack, const deploy::ChangeStyle& style,
                     const Console& console) {
  auto values = deploy::diff_parameters(stack.parameters, plan.inputs.parameters, plan.hidden, true);
  for (const std::string& key : plan.keep) {
    aws::PropertyChange kept;
    kept.path = key;
    kept.attribute = deploy::kUnchanged;
    kept.after = stack.parameters.contains(key) ? "(stays as it is)" : "(has no value yet)";
    values.push_back(std::move(kept));
  }
  if (!values.empty()) console.out("parameters\n" + deploy::render_properties(values, style));
  for (const auto& [key, value] : stack.resolved)
    console.err(fmt::format("{} is read from Systems Manager anew by then; it was {}\n", key, strip_control(value)));
}

/// What a deployment would do, as far as that can be known without writing anything.
int dry_run(const deploy::Plan& plan, const DeployOptions& options, const deploy::StackTarget& target,
            const aws::CallerIdentity& who, deploy::StackAccess& access, Context& context) {
  const auto missing = deploy::missing_artifacts(access.s3, plan, who.account);
  context.console.err(
      fmt::format("would upload {} of {} files to {}\n", missing.size(), plan.artifacts.size(), plan.bucket));
  const auto stack = access.cloudformation.describe_stack(target.name);
  const deploy::Situation situation = deploy::situation_of(stack ? stack->status : "");
  if (situation == deploy::Situation::kDead || situation == deploy::Situation::kHalfGone)
    deploy::refuse_deletion(target, *stack, options.steps.yes, access, context.console);
  say(context.console,
      what_would_be_done(situation, target.name, stack ? stack->status : "", options.steps.rollback_first));
  const bool exists = updates(situation, stack ? stack->status : "");
  const std::string deployed = exists ? access.cloudformation.get_template(target.name) : "Resources: {}";
  const auto diff = deploy::diff_templates(deployed, plan.inputs.template_text);
  const deploy::ChangeStyle style = deploy::out_style(context.console);
  show_parameters(plan, exists ? *stack : aws::Stack{}, style, context.console);
  context.console.out(deploy::render_changes(diff.resources, style) +
                      deploy::render_security(deploy::security_changes(diff.resources), !exists, style));
  context.console.err(fmt::format("template: {}; nothing was written\n", deploy::summary_of(diff.resources)));
  return 0;
}

int no_changes(const DeployOptions& options, const deploy::StackTarget& target, Context& context) {
  if (options.fail_on_no_changes)
    throw Error(ErrorKind::kNothingToDo, fmt::format("'{}' is up to date: there is nothing to deploy", target.name));
  context.console.err(fmt::format("{} is up to date: there is nothing to deploy\n", target.name));
  return 0;
}

int finish(deploy::StepResult result, const DeployOptions& options, const deploy::StackTarget& target,
           deploy::StackAccess& access, Context& context) {
  if (result == deploy::StepResult::kLeft) return 0;
  const aws::Stack stack = deploy::require_stack(access, target);
  if (options.steps.termination_protection && !stack.termination_protection) {
    access.cloudformation.set_termination_protection(target.name, true);
    context.console.err("termination protection is on\n");
  }
  if (result == deploy::StepResult::kNoChanges) return no_changes(options, target, context);
  // The deployment went well, and what its stack does since is somebody else's.
  const bool is_whole = stack.status == "CREATE_COMPLETE" || stack.status.starts_with("UPDATE_COMPLETE") ||
                        stack.status == "IMPORT_COMPLETE";
  if (!is_whole)
    throw Error(ErrorKind::kFailure,
                fmt::format("{} was deployed, but another operation has begun since: {}", target.name, stack.status),
                "look at it with: wsdeep status");
  context.console.err(fmt::format("\n{} is deployed: {}\n", target.name, stack.status));
  context.console.out(render_outputs(stack, options.output));
  return 0;
}

int deploy_plan(const deploy::Plan& plan, const DeployOptions& options, const deploy::StackTarget& target,
                const aws::CallerIdentity& who, deploy::StackAccess& access, const Interrupts& interrupts,
                Context& context) {
  deploy::DeploymentSteps steps(target, plan, options.steps, access, interrupts, context);
  if (const auto done = steps.make_ready()) return finish(*done, options, target, access, context);
  deploy::upload(plan, target, who.account, access, interrupts, context);
  return finish(steps.deploy(deploy::place_template(plan, who.account, access, context)), options, target, access,
                context);
}

int run_deploy(DeployOptions& options, Context& context) {
  check_can_ask(options, context);
  options.steps.poll =
      std::chrono::duration_cast<std::chrono::milliseconds>(parse_duration(options.poll, "--poll-interval"));
  const deploy::StackTarget target = resolve_stack(options.flags.stack, context);
  const Interrupts interrupts;
  deploy::StackAccess access(target, context, interrupts.token());
  return unless_interrupted(interrupts, "run wsdeep deploy again to go on from there", [&] {
    const aws::CallerIdentity who = access.sts.get_caller_identity();
    const deploy::Plan plan = deploy::make_plan(options.flags.plan, target, who, interrupts.token(), context);
    say_where(who, target, plan, context);
    if (!options.no_lint) lint(plan, interrupts, context);
    if (interrupts.requested()) throw Error(ErrorKind::kInterrupted, "interrupted: nothing was changed");
    if (options.dry_run) return dry_run(plan, options, target, who, access, context);
    return deploy_plan(plan, options, target, who, access, interrupts, context);
  });
}

}  // namespace

void add_deploy(const Command& app, Context& context) {
  auto options = std::make_shared<DeployOptions>();
  const Command command =
      app.add_subcommand("deploy", "Deploy the stack: package, show the changes, ask, execute, follow");
  add_plan_options(command, options->flags);
  command.add_flag("--yes", options->steps.yes, "do not ask");
  command.add_flag("--no-lint", options->no_lint, "do not run cfn-lint, which takes seconds");
  command.add_flag("--dry-run", options->dry_run, "write nothing: say what would be done");
  command.add_flag("--no-execute", options->steps.no_execute, "make the change set, and stop there");
  command.add_flag("--detach", options->steps.detach, "do not follow the deployment");
  command.add_flag("--disable-rollback", options->steps.disable_rollback, "keep what was made when something fails");
  command.add_flag("--rollback-first", options->steps.rollback_first,
                   "undo what an earlier --disable-rollback kept, then deploy");
  command.add_flag("--termination-protection", options->steps.termination_protection,
                   "protect the stack from deletion");
  command.add_flag("--fail-on-no-changes", options->fail_on_no_changes, "exit 5 when there is nothing to deploy");
  command.add_option("--poll-interval", options->poll, "how often to ask CloudFormation");
  command.add_option("--output", options->output, "outputs as text or json").one_of({"text", "json"});
  command.footer(
      "Examples:\n"
      "  wsdeep deploy -e dev\n"
      "  wsdeep deploy -e production --parameters NodeMax=4 --parameters file://more.json\n"
      "  wsdeep deploy -e staging --yes --fail-on-no-changes");
  command.runs([options, &context] { return run_deploy(*options, context); });
}

}  // namespace wsdeep::commands
