#include <fmt/format.h>

#include <memory>

#include "base/display.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/stack/outputs.h"
#include "commands/stack/plan_options.h"
#include "commands/stack/settings_option.h"
#include "deploy/cfn_lint.h"
#include "deploy/change_stack.h"
#include "deploy/dry_run.h"
#include "deploy/readiness.h"
#include "deploy/upload.h"
#include "stack/template/facts.h"

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

int run_deploy(DeployOptions& options, Context& context);

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

namespace {

void check_can_ask(const DeployOptions& options, const Context& context);
void say_where(const deploy::StackSession& session, const deploy::Plan& plan);
void lint(const deploy::StackSession& session, const deploy::Plan& plan);
int deploy_plan(const DeployOptions& options, const deploy::Plan& plan, deploy::StackSession& session);

int run_deploy(DeployOptions& options, Context& context) {
  check_can_ask(options, context);
  options.steps.poll = parse_milliseconds(options.poll, "--poll-interval");
  deploy::StackSession session(resolve_stack(options.flags.stack, context), context);
  return unless_interrupted(session.interrupts, deploy::kGoOn, [&] {
    const deploy::Plan plan = deploy::make_plan(options.flags.plan, session);
    say_where(session, plan);
    if (!options.no_lint) lint(session, plan);
    if (session.interrupts.requested()) throw Error(ErrorKind::kInterrupted, "interrupted: nothing was changed");
    if (!options.dry_run) return deploy_plan(options, plan, session);
    deploy::dry_run(plan, options.steps, session);
    return 0;
  });
}

/// Before anything is written: a run that cannot ask must have been told.
void check_can_ask(const DeployOptions& options, const Context& context) {
  if (options.steps.yes || options.steps.no_execute || options.dry_run || context.console.stdin_is_terminal()) return;
  throw Error(ErrorKind::kUsage, "--yes required when not running interactively",
              "or look first, with --dry-run or --no-execute");
}

void say_where(const deploy::StackSession& session, const deploy::Plan& plan) {
  const Console& console = session.context.console;
  const std::size_t columns = deploy::err_style(console).columns;
  const std::string account = fmt::format("account   {} as ", plan.who.account);
  console.err(account + cut_middle(plan.who.arn, columns - std::min(columns, account.size())) + "\n");
  console.err(fmt::format("stack     {} in {}\n", session.target.name, session.target.region));
  console.err(fmt::format("template  {}: {} resources, {}, valid\n", plan.source_name,
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
  if (bytes > 0) console.err(wrap(packages, columns, 10) + "\n");
}

/// cfn-lint's word about the template, where it is installed: an error ends the deployment, a warning does not.
void lint(const deploy::StackSession& session, const deploy::Plan& plan) {
  const auto found =
      deploy::run_cfn_lint({{plan.source_name, plan.source}}, session.context, session.interrupts.token());
  if (!found) return;
  if (stack::has_errors(*found))
    throw Error(ErrorKind::kUsage,
                fmt::format("cfn-lint finds errors in the template\n{}", trim(stack::render(*found))),
                "correct them, or leave cfn-lint out with --no-lint");
  session.context.console.err(stack::render(*found, diagnostic_style_err(session.context.console)));
}

int no_changes(const DeployOptions& options, const deploy::StackSession& session) {
  const std::string& name = session.target.name;
  if (options.fail_on_no_changes)
    throw Error(ErrorKind::kNothingToDo, fmt::format("'{}' is up to date: there is nothing to deploy", name));
  session.context.console.err(fmt::format("{} is up to date: there is nothing to deploy\n", name));
  return 0;
}

int finish(deploy::StepResult result, const DeployOptions& options, deploy::StackSession& session) {
  if (result == deploy::StepResult::kLeft) return 0;
  const Console& console = session.context.console;
  const aws::Stack stack = session.require_stack();
  if (options.steps.termination_protection && !stack.termination_protection) {
    session.access.cloudformation.set_termination_protection(session.target.name, true);
    console.err("termination protection is on\n");
  }
  if (result == deploy::StepResult::kNoChanges) return no_changes(options, session);
  // The deployment went well, and what its stack does since is somebody else's.
  const bool is_whole = stack.status == "CREATE_COMPLETE" || stack.status.starts_with("UPDATE_COMPLETE") ||
                        stack.status == "IMPORT_COMPLETE";
  if (!is_whole)
    throw Error(
        ErrorKind::kFailure,
        fmt::format("{} was deployed, but another operation has begun since: {}", session.target.name, stack.status),
        "look at it with: wsdeep status");
  console.err(fmt::format("\n{} is deployed: {}\n", session.target.name, stack.status));
  console.out(render_outputs(stack, options.output));
  return 0;
}

int deploy_plan(const DeployOptions& options, const deploy::Plan& plan, deploy::StackSession& session) {
  deploy::Deployment deployment(session, plan, options.steps);
  if (const auto done = deploy::make_ready(deployment)) return finish(*done, options, session);
  deploy::upload(plan, session);
  return finish(deploy::change_stack(deployment, deploy::place_template(plan, session)), options, session);
}

}  // namespace

}  // namespace wsdeep::commands
