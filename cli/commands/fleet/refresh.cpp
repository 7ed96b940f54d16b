#include "fleet/refresh.h"

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "commands/duration_option.h"
#include "commands/fleet/commands.h"
#include "commands/fleet/percents.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

struct RefreshFlags {
  StackOptions stack;
  ChangeOptions change;
  std::string checkpoints;
  std::string pause = "5m";
  bool only_outdated = false, cancel = false, rollback = false;
};

int run_fleet_refresh(const RefreshFlags& flags, Context& context);

}  // namespace

void add_fleet_refresh(const Command& fleet, Context& context) {
  auto flags = std::make_shared<RefreshFlags>();
  const Command command =
      fleet.add_subcommand("refresh", "Replace all nodes, one after the other, each made before the old one goes");
  add_stack_options(command, flags->stack);
  command.add_option(
      "--checkpoints", flags->checkpoints,
      "shares of the fleet, in percent, after which it pauses, such as 10,50; without it after the first node");
  command.add_option("--pause", flags->pause, "how long it pauses at a checkpoint, at most 2 days");
  command.add_flag("--only-outdated", flags->only_outdated, "leave alone what runs the newest launch template already");
  const Option cancel =
      command.add_flag("--cancel", flags->cancel, "stop the refresh that runs: what is replaced stays so");
  command.add_flag("--rollback", flags->rollback, "put what it has replaced back to the launch template of before")
      .excludes(cancel);
  add_change_options(command, flags->change);
  command.footer(
      "A new node has to serve (its target healthy) before the next one is replaced. At the first that cannot be made "
      "the\nrefresh is cancelled. It runs in AWS: after Ctrl-C it goes on, and the same command follows it again.\n\n"
      "Examples:\n  wsdeep fleet refresh -e dev\n  wsdeep fleet refresh --checkpoints 10,50 --pause 30m -e prod\n"
      "  wsdeep fleet refresh --cancel -e dev");
  command.runs([flags, &context] { return run_fleet_refresh(*flags, context); });
}

namespace {

constexpr std::chrono::seconds kLongestPause = std::chrono::hours(48);

fleet::RefreshOptions refresh_options(const RefreshFlags& flags) {
  fleet::RefreshOptions options;
  options.checkpoints = rising_percents(flags.checkpoints, "--checkpoints");
  options.only_outdated = flags.only_outdated;
  options.pause = std::chrono::duration_cast<std::chrono::seconds>(parse_milliseconds(flags.pause, "--pause"));
  if (options.pause > kLongestPause)
    throw Error(ErrorKind::kUsage, fmt::format("--pause is at most 48h, got '{}'", flags.pause));
  return options;
}

/// What is followed, and the end that is waited for.
struct Begun {
  std::string group;
  std::string id;
  std::string wanted;
};

/// Begins what the flags say.
Begun begin_refresh(const RefreshFlags& flags, fleet::Fleet& fleet, const fleet::Snapshot& now, Context& context) {
  const fleet::Group& group = now.main;
  const bool runs = group.refresh && fleet::is_under_way(*group.refresh);
  if ((flags.cancel || flags.rollback) && !runs)
    throw Error(ErrorKind::kNotFound, fmt::format("no refresh of {} is under way", group.name));
  if (flags.cancel) {
    if (group.refresh->status != "Cancelling") fleet.autoscaling.cancel_refresh(group.name);
    return {group.name, group.refresh->id, "Cancelled"};
  }
  if (flags.rollback) {
    if (group.refresh->status != "RollbackInProgress") fleet.autoscaling.rollback_refresh(group.name);
    return {group.name, group.refresh->id, "RollbackSuccessful"};
  }
  if (runs) {
    say(context.console, fmt::format("a {}: following it", fleet::refresh_text(group.refresh)));
    return {group.name, group.refresh->id, "Successful"};
  }
  if (group.nodes.empty()) throw Error(ErrorKind::kNothingToDo, fmt::format("{} has no nodes to replace", group.name));
  require_yes(fmt::format("Replace the {} of {}, one after the other?", fleet::nodes_text(group.desired), group.name),
              flags.change.yes, context);
  return {group.name, fleet.autoscaling.start_refresh(fleet::refresh_request(group, refresh_options(flags))),
          "Successful"};
}

const char* refresh_end(const std::string& wanted) {
  if (wanted == "Cancelled") return "is cancelled: what was replaced stays so";
  return wanted == "Successful" ? "has come to its end: all nodes serve" : "is undone";
}

int run_fleet_refresh(const RefreshFlags& flags, Context& context) {
  refresh_options(flags);
  const fleet::WatchOptions watching = flags.change.watch();
  deploy::StackSession session(resolve_stack(flags.stack, context), context);
  std::optional<fleet::Fleet> fleet;
  std::optional<fleet::Watch> watch;
  const Begun begun = unless_interrupted(session.interrupts, "nothing was begun", [&] {
    watch.emplace(fleet.emplace(session), watching);
    return begin_refresh(flags, *fleet, watch->look(), context);
  });
  if (flags.change.no_wait) return 0;
  try {
    fleet::RefreshFollower(*fleet, begun.group, begun.id).follow(*watch, begun.wanted);
  } catch (const Error& error) {
    if (!session.interrupts.requested()) throw;
    throw Error(ErrorKind::kInterrupted, "interrupted",
                fmt::format("the refresh goes on: follow it with wsdeep fleet refresh{0}, stop it with wsdeep fleet "
                            "refresh --cancel{0}",
                            flags_of(flags.stack)));
  }
  say(context.console, fmt::format("the refresh of {} {}", begun.group, refresh_end(begun.wanted)));
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
