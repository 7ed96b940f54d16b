#include "preflight/preflight.h"

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/stack_options.h"
#include "preflight/report.h"

namespace wsdeep::commands {
namespace {

struct PreflightOptions {
  StackOptions stack;
  bool no_registries = false;
  std::string output = "text";
};

int run_preflight(const PreflightOptions& options, Context& context);

}  // namespace

void add_preflight(const Command& app, Context& context) {
  auto options = std::make_shared<PreflightOptions>();
  const Command command =
      app.add_subcommand("preflight", "Check before a deployment whether it can succeed and serve; only reads");
  add_stack_options(command, options->stack);
  command.add_flag("--no-registries", options->no_registries, "ask AWS alone: not the registry of llm.image");
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.footer(
      "Looks at the account and its region, certificates, what the settings name of other accounts, instance types in\n"
      "the subnets' zones, GPU quotas against the fleet and what runs, Lambda's concurrency, API Gateway's log role,\n"
      "the packages' bucket, image, model, secrets, and the network: subnets, private zones, endpoints, addresses.\n"
      "All is asked at once, within five seconds. What may not be asked is a warning that names the permission;\n"
      "`wsdeep policy --for preflight` prints all of them. The exit code is 1 when a finding is an error; `deploy`\n"
      "looks at the same, and stops at errors.\n\n"
      "Example:\n  wsdeep preflight -e production");
  command.runs([options, &context] { return run_preflight(*options, context); });
}

namespace {

int run_preflight(const PreflightOptions& options, Context& context) {
  deploy::StackSession session(resolve_stack(options.stack, context), context);
  if (!session.target.settings)
    throw Error(ErrorKind::kUsage, "there are no settings to check", "write them with: wsdeep init");
  return unless_interrupted(session.interrupts, "", [&] {
    const preflight::Findings found =
        preflight::inspect(preflight::Asking::of(session), {.registries = !options.no_registries});
    const preflight::Place place{session.target.settings->name, session.target.name, session.target.region};
    context.console.out(options.output == "json" ? preflight::as_json(found, place)
                                                 : preflight::as_text(found, deploy::out_style(context.console)));
    const std::size_t errors = preflight::count_of(found, preflight::Severity::kError);
    context.console.err(
        fmt::format("{}: {}, {}\n", place.environment, preflight::counted(errors, "error"),
                    preflight::counted(preflight::count_of(found, preflight::Severity::kWarning), "warning")));
    return errors > 0 ? exit_code(ErrorKind::kFailure) : 0;
  });
}

}  // namespace

}  // namespace wsdeep::commands
