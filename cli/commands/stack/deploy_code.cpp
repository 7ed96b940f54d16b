#include "commands/stack/deploy_code.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "deploy/code_update.h"
#include "deploy/program_watch.h"

namespace wsdeep::commands {

void add_code_options(const Command& command, CodeFlags& flags) {
  const std::string group = "Only the code of the functions";
  command.add_flag("--code", flags.code, "update functions in seconds, past the stack: for development").group(group);
  command.add_option("functions", flags.functions, "with --code: these functions, such as message; without any, all")
      .group(group);
  command.add_flag("--watch", flags.watch, "with --code: go on until Ctrl-C, and update at each new build")
      .group(group);
  command
      .add_option("--code-in-production", flags.in_production,
                  "with --code: the name of the production stack whose functions are to change at once")
      .group(group);
}

namespace {

void check_flags(const CodeFlags& flags, const PlanFlags& plan) {
  if (!flags.code)
    throw Error(ErrorKind::kUsage,
                fmt::format("{} only with --code", flags.watch                ? "--watch goes"
                                                   : !flags.functions.empty() ? "functions are named"
                                                                              : "--code-in-production goes"),
                "deploy without it changes the whole stack");
  if (!plan.plan.template_file.empty() || !plan.plan.parameters.empty() || !plan.plan.tags.empty())
    throw Error(ErrorKind::kUsage,
                "--code changes nothing but code: --template, --parameters and --tags are the stack's",
                "deploy without --code to change those");
}

/// A change of all users' functions without change set, canary and rollback is nobody's slip: the name has to be given.
void check_production(const CodeFlags& flags, const deploy::StackTarget& target) {
  if (!flags.in_production.empty() && flags.in_production != target.name)
    throw Error(ErrorKind::kUsage, fmt::format("--code-in-production names '{}', and the stack is '{}'",
                                               printable(flags.in_production), target.name));
  if (!target.is_production() || !flags.in_production.empty()) return;
  throw Error(
      ErrorKind::kRefused,
      fmt::format("'{}' is a production stack: --code would change what its users run at once, without a change "
                  "set, a canary or a rollback",
                  target.name),
      fmt::format("deploy it without --code; when that cannot wait, add --code-in-production {}", target.name));
}

/// What fails while somebody works, such as a build that is not whole yet, ends nothing.
void update_again(const deploy::CodeOptions& options, deploy::StackSession& session) {
  try {
    deploy::update_code(options, session);
  } catch (const Error& error) {
    if (session.interrupts.requested() || error.kind() == ErrorKind::kInterrupted) throw;
    session.context.console.err(printable_lines(fmt::format("not updated: {}\n", error.what())));
    if (!error.hint().empty()) session.context.console.err(printable_lines(error.hint()) + "\n");
  }
}

std::vector<std::string> programs_of(const std::vector<std::string>& packages) {
  std::vector<std::string> programs;
  for (const std::string& package : packages) programs.push_back("wsdeep-" + package);
  return programs;
}

int watch(const deploy::CodeOptions& options, deploy::StackSession& session) {
  const Context& context = session.context;
  const std::filesystem::path folder = options.plan.binaries.empty()
                                           ? std::filesystem::path(context.program).parent_path()
                                           : std::filesystem::path(options.plan.binaries);
  // A name that is no function is a slip, which no new build mends.
  const std::vector<std::string> packages = deploy::packages_of(options, session);
  // Before the first update: what is built while that goes on is not missed.
  deploy::ProgramWatch programs(folder, programs_of(packages));
  do {
    update_again(options, session);
    context.console.err(
        fmt::format("watching  {} for new builds of {}; Ctrl-C ends\n", folder.string(), join(packages, ", ")));
  } while (programs.wait_for_change(session.interrupts.token()));
  return exit_code(ErrorKind::kInterrupted);
}

}  // namespace

int run_deploy_code(const CodeFlags& flags, PlanFlags plan, const std::vector<std::string>& environments,
                    Context& context) {
  check_flags(flags, plan);
  if (environments.size() > 1) throw Error(ErrorKind::kUsage, "--code is for one environment", "name one with -e");
  if (!environments.empty()) plan.stack.environment = environments.front();
  deploy::StackSession session(resolve_stack(plan.stack, context), context);
  check_production(flags, session.target);
  const deploy::CodeOptions options{plan.plan, flags.functions};
  context.console.err(fmt::format("stack     {} in {}\n", session.target.name, session.target.region));
  return unless_interrupted(session.interrupts, "run wsdeep deploy --code again to go on from there", [&] {
    if (flags.watch) return watch(options, session);
    deploy::update_code(options, session);
    return 0;
  });
}

}  // namespace wsdeep::commands
