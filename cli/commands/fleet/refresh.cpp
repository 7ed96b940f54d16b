#include "fleet/refresh.h"

#include <fmt/format.h>

#include <memory>

#include "base/duration.h"
#include "base/error.h"
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
  bool only_outdated = false, old_first = false, cancel = false, rollback = false;
};

int run_fleet_refresh(const RefreshFlags& flags, Context& context);

}  // namespace

void add_fleet_refresh(const Command& fleet, Context& context) {
  auto flags = std::make_shared<RefreshFlags>();
  flags->change.limit = "24h";
  const Command command =
      fleet.add_subcommand("refresh", "Replace all nodes, one after the other, each made before the old one goes");
  add_stack_options(command, flags->stack);
  command.add_option(
      "--checkpoints", flags->checkpoints,
      "shares of the fleet, in percent, after which it pauses, such as 10,50; without it after the first node");
  command.add_option("--pause", flags->pause, "how long it pauses at a checkpoint, at most 2 days");
  command.add_flag("--only-outdated", flags->only_outdated, "leave alone what runs the newest launch template already");
  command.add_flag(
      "--old-first", flags->old_first,
      "end the old node before the new one is made, where quota or reservation leave no room for one more");
  const Option cancel =
      command.add_flag("--cancel", flags->cancel, "stop the refresh that runs: what is replaced stays so");
  command.add_flag("--rollback", flags->rollback, "put what it has replaced back to the launch template of before")
      .excludes(cancel);
  add_change_options(command, flags->change);
  add_no_wait(command, flags->change);
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
  options.old_first = flags.old_first;
  options.pause = std::chrono::duration_cast<std::chrono::seconds>(parse_milliseconds(flags.pause, "--pause"));
  if (options.pause > kLongestPause)
    throw Error(ErrorKind::kUsage, fmt::format("--pause is at most 48h, got '{}'", flags.pause));
  return options;
}

/// What is to be begun, or followed.
struct RefreshPlan {
  fleet::Group group;
  std::string wanted;   ///< the end that is waited for
  bool starts = false;  ///< else it runs already
};

/// After asking.
RefreshPlan agreed_refresh(const RefreshFlags& flags, const fleet::Snapshot& now, Context& context) {
  const fleet::Group& group = now.main;
  const bool runs = group.refresh && fleet::is_under_way(*group.refresh);
  if ((flags.cancel || flags.rollback) && !runs)
    throw Error(ErrorKind::kNotFound, fmt::format("no refresh of {} is under way", group.name));
  if (flags.cancel) return {group, "Cancelled"};
  if (flags.rollback) return {group, "RollbackSuccessful"};
  if (runs) {
    say(context.console, fmt::format("a {}: following it", fleet::refresh_text(group.refresh)));
    return {group, "Successful"};
  }
  if (group.nodes.empty()) throw Error(ErrorKind::kNotFound, fmt::format("{} has no nodes to replace", group.name));
  require_yes(fmt::format("Replace the {} of {}, one after the other{}?", fleet::nodes_text(group.desired), group.name,
                          flags.old_first && group.desired == 1 ? ", so that nobody gets an answer meanwhile" : ""),
              flags.change.yes, context);
  return {group, "Successful", true};
}

/// The id of the refresh that is to be followed.
std::string begin_refresh(const RefreshFlags& flags, const RefreshPlan& plan, fleet::Fleet& fleet) {
  const std::string& name = plan.group.name;
  if (plan.starts) return fleet.autoscaling.start_refresh(fleet::refresh_request(plan.group, refresh_options(flags)));
  const aws::InstanceRefresh& running = *plan.group.refresh;
  if (flags.cancel && running.status != "Cancelling") fleet.autoscaling.cancel_refresh(name);
  if (flags.rollback && running.status != "RollbackInProgress") fleet.autoscaling.rollback_refresh(name);
  return running.id;
}

const char* refresh_end(const std::string& wanted) {
  if (wanted == "Cancelled") return "is cancelled: what was replaced stays so";
  return wanted == "Successful" ? "has come to its end: all nodes serve" : "is undone";
}

std::string refresh_going_on(const StackOptions& stack) {
  return fmt::format(
      "the refresh goes on: follow it with wsdeep fleet refresh{0}, stop it with wsdeep fleet refresh --cancel{0}",
      flags_of(stack));
}

int run_fleet_refresh(const RefreshFlags& flags, Context& context) {
  refresh_options(flags);
  const fleet::WatchOptions watching = flags.change.watch();
  deploy::StackSession session(resolve_fleet(flags.stack, context), context);
  std::optional<fleet::Fleet> fleet;
  std::optional<fleet::Watch> watch;
  const RefreshPlan plan = until_begun(session.interrupts, [&] {
    watch.emplace(fleet.emplace(session), watching);
    return agreed_refresh(flags, watch->look(), context);
  });
  return once_begun(session.interrupts, refresh_going_on(flags.stack), [&] {
    const std::string id = begin_refresh(flags, plan, *fleet);
    if (flags.change.no_wait) return 0;
    fleet::RefreshFollower(*fleet, plan.group.name, id).follow(*watch, plan.wanted);
    say(context.console, fmt::format("the refresh of {} {}", plan.group.name, refresh_end(plan.wanted)));
    return 0;
  });
}

}  // namespace

}  // namespace wsdeep::commands
