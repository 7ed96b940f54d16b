#include "fleet/drain.h"

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "commands/fleet/commands.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

struct DrainOptions {
  StackOptions stack;
  ChangeOptions change;
  std::string instance;
  bool replace = false, shrink = false, standby = false, back = false;

  fleet::Leave leave() const;
};

int run_fleet_drain(const DrainOptions& options, Context& context);

}  // namespace

void add_fleet_drain(const Command& fleet, Context& context) {
  auto options = std::make_shared<DrainOptions>();
  const Command command =
      fleet.add_subcommand("drain", "Take a node out of service: its answers end first, then it goes");
  command.add_option("instance", options->instance, "id of the node's instance, such as i-0123456789abcdef0")
      .required();
  add_stack_options(command, options->stack);
  const Option shrink = command.add_flag("--shrink", options->shrink, "the group is smaller by one afterwards");
  const Option standby =
      command.add_flag("--standby", options->standby, "keep the instance, without traffic, to look at it");
  command.add_flag("--replace", options->replace, "the group makes another; so it does without --standby, too")
      .excludes(shrink);
  command.add_flag("--back", options->back, "put a node that stands by back into service")
      .excludes(shrink)
      .excludes(standby)
      .excludes("--replace");
  add_change_options(command, options->change);
  add_no_wait(command, options->change);
  command.footer(
      "Auto Scaling takes the node off the load balancer, which waits for the calls that run, and tells the node "
      "(by the\ninstance's metadata), which refuses new ones and ends when the last has its answer, or at its grace. "
      "Then the\ninstance is ended and another one made; with --shrink none is made; with --standby it is kept, and "
      "the group is\nsmaller by one unless --replace is given.\n\n"
      "Examples:\n  wsdeep fleet drain i-0123456789abcdef0 -e dev\n"
      "  wsdeep fleet drain i-0123456789abcdef0 --standby -e dev\n"
      "  wsdeep fleet drain i-0123456789abcdef0 --back -e dev");
  command.runs([options, &context] { return run_fleet_drain(*options, context); });
}

namespace {

fleet::Leave DrainOptions::leave() const {
  if (back) return fleet::Leave::kBack;
  if (standby) return replace ? fleet::Leave::kStandbyReplaced : fleet::Leave::kStandby;
  return shrink ? fleet::Leave::kShrink : fleet::Leave::kReplace;
}

const char* fate_text(fleet::Leave leave) {
  switch (leave) {
    case fleet::Leave::kReplace:
      return "and have another one made";
    case fleet::Leave::kShrink:
      return "and have one fewer";
    case fleet::Leave::kStandby:
      return "keep its instance, and have one fewer";
    case fleet::Leave::kStandbyReplaced:
      return "keep its instance, and have another one made";
    case fleet::Leave::kBack:
      return "";
  }
  return "";
}

std::string drain_question(const fleet::DrainPlan& plan) {
  if (plan.leave == fleet::Leave::kBack) return fmt::format("Put {} back into service?", plan.node.id);
  const char* last = plan.last_to_serve ? "no other node serves: nobody gets an answer until one does. " : "";
  return fmt::format("{}Drain {}, {}?", last, plan.node.id, fate_text(plan.leave));
}

const char* done_text(fleet::Leave leave) {
  if (leave == fleet::Leave::kBack) return "serves again";
  return leave == fleet::Leave::kReplace || leave == fleet::Leave::kShrink ? "is gone" : "stands by, without traffic";
}

std::string drain_going_on(const fleet::DrainPlan& plan, const StackOptions& stack) {
  return fmt::format("{} goes on {}: see it with wsdeep fleet status{} --watch", plan.node.id,
                     plan.leave == fleet::Leave::kBack ? "coming back" : "leaving", flags_of(stack));
}

/// What is to be done, after asking.
fleet::DrainPlan agreed_drain(const DrainOptions& options, fleet::Watch& watch, Context& context) {
  fleet::DrainPlan plan = fleet::plan_drain(watch.look(), options.instance, options.leave());
  if (plan.under_way)
    say(context.console, fmt::format("{} is leaving already: following it", plan.node.id));
  else
    require_yes(drain_question(plan), options.change.yes, context);
  return plan;
}

int run_fleet_drain(const DrainOptions& options, Context& context) {
  const fleet::WatchOptions watching = options.change.watch();
  deploy::StackSession session(resolve_fleet(options.stack, context), context);
  std::optional<fleet::Fleet> fleet;
  std::optional<fleet::Watch> watch;
  const fleet::DrainPlan plan = until_begun(session.interrupts, [&] {
    watch.emplace(fleet.emplace(session), watching);
    return agreed_drain(options, *watch, context);
  });
  return once_begun(session.interrupts, drain_going_on(plan, options.stack), [&] {
    if (!plan.under_way) fleet::begin(*fleet, plan);
    if (options.change.no_wait) return 0;
    watch->until([&](const fleet::Snapshot& now) { return fleet::state_in(plan, now); },
                 [&](const fleet::Snapshot& now) { return fleet::is_done(plan, now); });
    say(context.console, fmt::format("{} {}", plan.node.id, done_text(plan.leave)));
    return 0;
  });
}

}  // namespace

}  // namespace wsdeep::commands
