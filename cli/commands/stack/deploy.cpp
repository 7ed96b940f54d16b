#include <fmt/format.h>

#include <memory>

#include "base/display.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/stack/await_nodes.h"
#include "commands/stack/deploy_code.h"
#include "commands/stack/environments.h"
#include "commands/stack/outputs.h"
#include "commands/stack/plan_options.h"
#include "commands/stack/renew_nodes.h"
#include "commands/stack/settings_option.h"
#include "deploy/cfn_lint.h"
#include "deploy/deploy_stack.h"
#include "deploy/dry_run.h"
#include "deploy/fleet_move.h"
#include "deploy/protection.h"
#include "deploy/stack_status.h"
#include "deploy/target.h"
#include "preflight/preflight.h"
#include "stack/template/facts.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

struct DeployOptions {
  PlanFlags flags;
  std::vector<std::string> environments;
  CodeFlags code;
  deploy::StepOptions steps;
  NodesWait nodes;
  bool dry_run = false;
  bool fail_on_no_changes = false;
  bool no_lint = false;
  bool no_preflight = false;
  bool move_fleet = false;
  std::string heading;  ///< what outputs of several environments are told apart by
  std::string poll = "2s";
  std::string output = "text";
};

constexpr const char* kDeployHelp =
    "A deployment is two stacks: the service, which is functions, tables, sign-in, API and network, and the fleet, "
    "which\n"
    "is the GPU nodes and what is around them. The service comes first. Each has its change set, its question and "
    "its\n"
    "end; what fails in one leaves the other as it is.\n\n"
    "Examples:\n"
    "  wsdeep deploy -e dev\n"
    "  wsdeep deploy -e production --parameters NodeMax=4 --parameters file://more.json\n"
    "  wsdeep deploy -e production --service     # never waits for a GPU, and replaces no node\n"
    "  wsdeep deploy -e dev -e staging           # plans both, then deploys one after the other, until one fails\n"
    "  wsdeep deploy -e staging --yes --fail-on-no-changes\n"
    "  wsdeep deploy -e dev --code message generate --watch";

int run_deploy(DeployOptions& options, Context& context);

}  // namespace

void add_deploy(const Command& app, Context& context) {
  auto options = std::make_shared<DeployOptions>();
  const Command command =
      app.add_subcommand("deploy", "Deploy both stacks: package, show the changes, ask, execute, follow");
  add_plan_options(command, options->flags, options->environments);
  add_code_options(command, options->code);
  command.add_flag("--yes", options->steps.yes, "do not ask");
  command.add_flag("--no-lint", options->no_lint, "do not run cfn-lint, which takes seconds");
  command.add_flag("--no-preflight", options->no_preflight, "deploy although `wsdeep preflight` finds errors");
  command.add_flag("--dry-run", options->dry_run, "write nothing: say what would be done");
  command.add_flag("--no-execute", options->steps.no_execute, "make the change set, and stop there");
  command
      .add_flag("--import-kept", options->steps.import_kept,
                "into a new stack: take back the tables and the user pool that an earlier one kept")
      .excludes("--no-execute");
  command.add_flag("--detach", options->steps.detach, "do not follow the deployment");
  add_nodes_wait(command, options->nodes);
  command.add_flag("--disable-rollback", options->steps.disable_rollback, "keep what was made when something fails");
  command.add_flag("--rollback-first", options->steps.rollback_first,
                   "undo what an earlier --disable-rollback kept, then deploy");
  command
      .add_option("--skip-resource", options->steps.skip,
                  "after UPDATE_ROLLBACK_FAILED: leave this resource out of the rollback, as it is")
      .repeats();
  command.add_flag("--termination-protection", options->steps.termination_protection,
                   "protect the stack from deletion");
  command.add_flag("--move-fleet", options->move_fleet,
                   "take the nodes out of the service's stack, where an earlier wsdeep put them");
  command.add_flag("--fail-on-no-changes", options->fail_on_no_changes, "exit 5 when there is nothing to deploy");
  command.add_option("--poll-interval", options->poll, "how often to look how far it is");
  command.add_option("--output", options->output, "outputs as text or json").one_of({"text", "json"});
  command.footer(kDeployHelp);
  command.runs([options, &context] {
    if (options->code.is_given()) return run_deploy_code(options->code, options->flags, options->environments, context);
    return run_deploy(*options, context);
  });
}

namespace {

void check_can_ask(const DeployOptions& options, const Context& context);
bool deploy_one(DeployOptions options, const std::string& environment, Context& context);
bool deploy_several(const DeployOptions& options, Context& context);

int run_deploy(DeployOptions& options, Context& context) {
  check_can_ask(options, context);
  options.steps.poll = parse_milliseconds(options.poll, "--poll-interval");
  options.nodes.poll = options.steps.poll;
  check_nodes_wait(options.nodes);
  const bool several = options.environments.size() > 1;
  const bool changed = several
                           ? deploy_several(options, context)
                           : deploy_one(options, options.environments.empty() ? "" : options.environments[0], context);
  if (several && !changed && options.fail_on_no_changes && !options.dry_run)
    throw Error(ErrorKind::kNothingToDo, "all environments are up to date: there is nothing to deploy");
  return 0;
}

/// Nodes of before hold on to a network that a service without nodes has not.
void require_no_nodes(const DeployOptions& options, deploy::StackSession& service) {
  const auto& settings = service.target.settings;
  if (!settings || !settings->llm.on_bedrock() || !options.flags.plan.template_file.empty()) return;
  const deploy::StackTarget fleet = service.target.of(stack::Part::kFleet);
  if (!service.access.cloudformation.describe_stack(fleet.name)) return;
  throw Error(ErrorKind::kFailure,
              fmt::format("'{}' is still there, in the network that goes: from now on {} answers", fleet.name,
                          deploy::who_answers(settings->llm)),
              fmt::format("delete it first, when its nodes may go: wsdeep destroy --fleet{}", fleet.flag()));
}

bool deploy_parts(const DeployOptions& options, const std::vector<stack::Part>& parts, deploy::StackSession& first);

/// Whether anything was changed, or begun.
bool deploy_one(DeployOptions options, const std::string& environment, Context& context) {
  options.flags.stack.environment = environment;
  deploy::StackSession first(resolve_stack(options.flags.stack, context), context);
  const std::vector<stack::Part> parts = options.flags.parts(first.target);
  options.flags.plan.both = parts.size() > 1;
  options.steps.termination_protection |= deploy::wants_termination_protection(first.target);
  bool changed = false;
  unless_interrupted(first.interrupts, deploy::kGoOn, [&] {
    changed = deploy_parts(options, parts, first);
    return 0;
  });
  return changed;
}

bool deploy_several(const DeployOptions& options, Context& context) {
  if (!options.flags.stack.stack.empty())
    throw Error(ErrorKind::kUsage, "--stack names the stack of one environment, and there are several",
                "deploy them one by one");
  if (options.output == "json")
    throw Error(ErrorKind::kUsage, "--output json is about one environment, and there are several",
                "leave it out, and read them afterwards with: wsdeep outputs -e NAME --output json");
  DeployOptions each = options;
  each.fail_on_no_changes = false;
  DeployOptions plan = each;
  plan.dry_run = true;
  plan.steps.aside = !options.dry_run;
  each.no_lint = true;  // the plan has seen to it
  const auto deploy = [&](const std::string& name) {
    each.heading = fmt::format("# {}\n", name);
    return deploy_one(each, name, context);
  };
  return deploy_environments(options.environments,
                             {[&](const std::string& name) { deploy_one(plan, name, context); },
                              options.dry_run ? std::function<bool(const std::string&)>() : deploy},
                             context.console);
}

/// Before anything is written: a run that cannot ask must have been told.
void check_can_ask(const DeployOptions& options, const Context& context) {
  if (options.steps.yes || options.steps.no_execute || options.dry_run || context.console.stdin_is_terminal()) return;
  throw Error(ErrorKind::kUsage, "--yes required when not running interactively",
              "or look first, with --dry-run or --no-execute");
}

void say_where(const deploy::StackSession& session, const deploy::Plan& plan, bool is_first) {
  const Console& console = session.context.console;
  const std::size_t columns = deploy::err_style(console).columns;
  const std::string account = fmt::format("account   {} as ", plan.who.account);
  // Of the second stack it is the same.
  if (is_first) console.err(account + cut_middle(plan.who.arn, columns - std::min(columns, account.size())));
  console.err("\n");
  console.err(fmt::format("stack     {} in {}\n", session.target.name, session.target.region));
  console.err(fmt::format("template  {}: {} resources, {}, valid\n", plan.source_name,
                          stack::resource_count(plan.source), human_bytes(plan.source.size())));
  std::uint64_t bytes = 0;
  std::size_t unchanged = 0;
  std::vector<std::string> names;
  for (const deploy::Artifact& artifact : plan.artifacts) {
    bytes += artifact.bytes;
    if (!names.empty() && names.back() == artifact.name) continue;  // the files of the page
    unchanged += artifact.unchanged ? 1 : 0;
    names.push_back(artifact.name);
  }
  std::string packages = fmt::format("packages  {}: {}", join(names, ", "), human_bytes(bytes));
  if (unchanged > 0)
    packages +=
        unchanged == names.size() ? ", unchanged" : fmt::format(", {} of {} unchanged", unchanged, names.size());
  if (bytes > 0) console.err(wrap(packages, columns, 10) + "\n");
  if (!plan.node_note.empty()) console.err(wrap("node      " + plan.node_note, columns, 10) + "\n");
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

/// What became of the stacks so far.
struct Progress {
  std::vector<aws::StackOutput> outputs;
  std::string told;          ///< of the last stack that is as it should be, for whoever reads why the next one is not
  bool has_changed = false;  ///< or been begun
  bool was_left = false;     ///< before its end: what comes after it has to wait
};

deploy::StepResult change(const DeployOptions& options, const deploy::Plan& plan, deploy::StackSession& session) {
  deploy::require_inputs(plan, session);
  deploy::Deployment deployment(session, plan, options.steps);
  return deploy::deploy_stack(deployment);
}

/// The deployment went well, and what its stack does since is somebody else's.
void check_whole(const aws::Stack& stack) {
  const bool is_whole = stack.status == "CREATE_COMPLETE" || stack.status.starts_with("UPDATE_COMPLETE") ||
                        stack.status == "IMPORT_COMPLETE";
  if (!is_whole)
    throw Error(ErrorKind::kFailure,
                fmt::format("{} was deployed, but another operation has begun since: {}", stack.name, stack.status),
                "look at it with: wsdeep status");
}

void finish(deploy::StepResult result, const DeployOptions& options, deploy::StackSession& session,
            Progress& progress) {
  progress.was_left = result == deploy::StepResult::kLeft;
  progress.has_changed |= result != deploy::StepResult::kNoChanges;
  if (progress.was_left) {
    progress.told = fmt::format("'{}' is as it was left", session.target.name);
    return;
  }
  const Console& console = session.context.console;
  const aws::Stack stack = session.require_stack();
  if (options.steps.termination_protection && !stack.termination_protection) {
    session.access.cloudformation.set_termination_protection(session.target.name, true);
    console.err("termination protection is on\n");
  }
  std::string told = fmt::format("'{}' is up to date", stack.name);
  if (result == deploy::StepResult::kNoChanges) {
    if (options.flags.plan.both || !options.fail_on_no_changes)
      console.err(fmt::format("{} is up to date: there is nothing to deploy\n", stack.name));
  } else {
    check_whole(stack);
    told = fmt::format("'{}' is deployed, and stays so", stack.name);
    console.err(fmt::format("\n{} is deployed: {}\n", stack.name, stack.status));
  }
  progress.outputs.insert(progress.outputs.end(), stack.outputs.begin(), stack.outputs.end());
  await_nodes(session, stack, options.nodes);
  progress.told = std::move(told);
}

void deploy_part(const DeployOptions& options, deploy::StackSession& session, Progress& progress) {
  const deploy::Plan plan = deploy::make_plan(options.flags.plan, session);
  say_where(session, plan, !options.flags.plan.both || session.target.part == stack::Part::kService);
  if (!options.no_lint) lint(session, plan);
  if (session.interrupts.requested()) throw Error(ErrorKind::kInterrupted, "interrupted: nothing was changed");
  deploy::check_nodes_stay(plan, session, options.move_fleet);
  if (options.dry_run) {
    const Console& console = session.context.console;
    if (options.flags.plan.both && !options.steps.aside) console.out(session.target.name + "\n");
    deploy::dry_run(plan, options.steps, session);
  } else {
    finish(change(options, plan, session), options, session, progress);
    if (!progress.was_left) renew_nodes(session);
  }
}

/// What the first stack has not become yet, the second cannot be made of.
bool has_to_wait(const Progress& progress, const DeployOptions& options, deploy::StackSession& fleet) {
  if (!progress.was_left) return false;
  const auto service = fleet.access.cloudformation.describe_stack(fleet.target.service_name());
  const bool has_place = service && !deploy::output_of(*service, stack::kFleetInputs[0].output).empty();
  if (options.steps.no_execute && has_place) return false;
  say(fleet.context.console, fmt::format("{} comes after {}: when that is deployed, run wsdeep deploy again",
                                         fleet.target.name, fleet.target.service_name()));
  return true;
}

/// Why a part failed, and that the other one did not.
Error beside_other(const Error& error, const Progress& progress, const deploy::StackSession& failed) {
  const bool interrupted = failed.interrupts.requested() && error.kind() != ErrorKind::kInterrupted;
  Error cause = interrupted ? Error(ErrorKind::kInterrupted, "interrupted", deploy::kGoOn) : error;
  const bool has_begun = cause.kind() == ErrorKind::kFailure || cause.kind() == ErrorKind::kInterrupted;
  if (progress.told.empty() && !has_begun) return cause;
  const std::string other = progress.told.empty()
                                ? fmt::format("'{}' was not touched", failed.target.of(stack::Part::kFleet).name)
                                : progress.told;
  return {cause.kind(), cause.what(), cause.hint().empty() ? other : fmt::format("{}; {}", other, cause.hint())};
}

bool deploy_parts(const DeployOptions& options, const std::vector<stack::Part>& parts, deploy::StackSession& first) {
  const Console& console = first.context.console;
  // Of another account nothing else is worth a word.
  first.require_account();
  require_no_nodes(options, first);
  // What is wrong with the second is told before the first is changed.
  if (parts.size() > 1) deploy::check_plan(options.flags.plan, first.of(parts.back()));
  if (!options.no_preflight && options.flags.plan.template_file.empty()) preflight::require_deployable(first, parts);
  Progress progress;
  for (const stack::Part part : parts) {
    deploy::StackSession session = first.of(part);
    if (has_to_wait(progress, options, session)) break;
    try {
      if (part != parts.front() && first.interrupts.requested())
        throw Error(ErrorKind::kInterrupted, "interrupted", deploy::kGoOn);
      deploy_part(options, session, progress);
    } catch (const Error& error) {
      if (!progress.outputs.empty()) console.out(options.heading + render_outputs(progress.outputs, options.output));
      if (parts.size() < 2) throw;
      throw beside_other(error, progress, session);
    }
  }
  if (options.dry_run) return false;
  if (!progress.has_changed && options.fail_on_no_changes) {
    const std::string fleet =
        parts.size() > 1 ? fmt::format(" and '{}' are", first.target.of(parts.back()).name) : " is";
    throw Error(ErrorKind::kNothingToDo, fmt::format("'{}'{} up to date: there is nothing to deploy",
                                                     first.target.of(parts.front()).name, fleet));
  }
  if (progress.has_changed && !progress.outputs.empty())
    console.out(options.heading + render_outputs(progress.outputs, options.output));
  return progress.has_changed;
}

}  // namespace

}  // namespace wsdeep::commands
