#include "base/duration.h"
#include "base/error.h"
#include "commands/commands.h"
#include "commands/fleet/commands.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {

void add_fleet(const Command& app, Context& context) {
  const Command fleet = app.add_subcommand("fleet", "See and change the GPU nodes of a deployed stack");
  fleet.require_subcommand();
  add_fleet_status(fleet, context);
  add_fleet_scale(fleet, context);
  add_fleet_drain(fleet, context);
  add_fleet_refresh(fleet, context);
  add_fleet_rollout(fleet, context);
}

fleet::WatchOptions ChangeOptions::watch() const {
  return {parse_milliseconds(poll, "--poll-interval"), parse_milliseconds(limit, "--timeout")};
}

void add_change_options(const Command& command, ChangeOptions& options) {
  command.add_flag("--yes", options.yes, "do it without asking");
  command.add_option("--timeout", options.limit, "how long to wait for the nodes");
  command.add_option("--poll-interval", options.poll, "how often to look");
}

void add_no_wait(const Command& command, ChangeOptions& options) {
  command.add_flag("--no-wait", options.no_wait, "end when it has begun");
}

void require_yes(const std::string& question, bool yes, const Context& context) {
  if (!confirm(context.console, question, yes)) throw Error(ErrorKind::kInterrupted, "nothing was changed");
}

deploy::StackTarget resolve_fleet(const StackOptions& options, Context& context) {
  const deploy::StackTarget target = resolve_stack(options, context);
  if (target.settings && target.settings->llm.on_bedrock()) throw deploy::no_fleet(target);
  return target.of(stack::Part::kFleet);
}

std::string flags_of(const StackOptions& options) {
  std::string flags;
  const auto add = [&](const char* flag, const std::string& value) {
    if (!value.empty()) flags += std::string(" ") + flag + " " + value;
  };
  add("-e", options.environment);
  add("--stack", options.stack);
  add("--region", options.region);
  add("--profile", options.profile);
  return flags;
}

}  // namespace wsdeep::commands
