#include "fleet/scale.h"

#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "commands/fleet/commands.h"
#include "fleet/status_text.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

constexpr std::int64_t kMostNodes = 1000;

struct ScaleOptions {
  StackOptions stack;
  ChangeOptions change;
  std::string nodes;
  std::string min, max;
};

int run_fleet_scale(const ScaleOptions& options, Context& context);

}  // namespace

void add_fleet_scale(const Command& fleet, Context& context) {
  auto options = std::make_shared<ScaleOptions>();
  const Command command = fleet.add_subcommand("scale", "Change how many nodes there are, and wait until they serve");
  command.add_option("nodes", options->nodes, "how many").required();
  add_stack_options(command, options->stack);
  command.add_option("--min", options->min, "also set the fewest that the group may have");
  command.add_option("--max", options->max, "also set the most that the group may have");
  add_change_options(command, options->change);
  add_no_wait(command, options->change);
  command.footer(
      "Scaling by load, and the schedule of the settings, may change the number again. A deployment leaves it alone, "
      "unless\nthe settings' own numbers change.\n\n"
      "Examples:\n  wsdeep fleet scale 4 -e dev\n  wsdeep fleet scale 0 --min 0 -e dev --yes");
  command.runs([options, &context] { return run_fleet_scale(*options, context); });
}

namespace {

std::int64_t node_count(const std::string& text, const char* what) {
  const auto number = parse_integer(text, 0, kMostNodes);
  if (!number)
    throw Error(ErrorKind::kUsage,
                fmt::format("{} takes a number of nodes, 0 to {}, got '{}'", what, kMostNodes, text));
  return *number;
}

fleet::ScaleRequest scale_request(const ScaleOptions& options) {
  fleet::ScaleRequest request;
  request.nodes = node_count(options.nodes, "scale");
  if (!options.min.empty()) request.min = node_count(options.min, "--min");
  if (!options.max.empty()) request.max = node_count(options.max, "--max");
  return request;
}

void show_scaling(const fleet::ScalePlan& plan, const fleet::Group& group, const Console& console) {
  say(console,
      fmt::format("{}: {} → {}; {}", plan.group, plan.from, fleet::nodes_text(plan.to), fleet::summary_of(group)));
  if (plan.sizes.min) say(console, fmt::format("fewest: {} → {}", group.min, *plan.sizes.min));
  if (plan.sizes.max) say(console, fmt::format("most: {} → {}", group.max, *plan.sizes.max));
  say(console,
      fmt::format("cost: {} now, {} after{}", fleet::cost_text(plan.before, plan.nodes_before),
                  fleet::cost_text(plan.after, static_cast<std::size_t>(plan.to)),
                  plan.usd_per_node ? fmt::format(" (a node about {})", fleet::price_text(plan.usd_per_node)) : ""));
}

std::string going_on(const fleet::ScalePlan& plan, const StackOptions& stack) {
  return fmt::format(
      "the group goes on to {0}: see it with wsdeep fleet status{1} --watch, undo it with wsdeep fleet scale {2}{1}",
      fleet::nodes_text(plan.to), flags_of(stack), plan.from);
}

/// What is to be done, after asking.
fleet::ScalePlan agreed_scaling(const ScaleOptions& options, const fleet::ScaleRequest& request, fleet::Fleet& fleet,
                                fleet::Watch& watch, const Context& context) {
  const fleet::Snapshot now = watch.look();
  fleet::ScalePlan plan = fleet::plan_scaling(fleet, now, request);
  show_scaling(plan, now.main, context.console);
  for (const std::string& note : now.notes) say(context.console, "note: " + note);
  if (!plan.changes_nothing())
    require_yes(fmt::format("Scale {} to {}?", plan.group, fleet::nodes_text(plan.to)), options.change.yes, context);
  return plan;
}

/// Nodes that cannot be made end it: see ServingWait.
void wait_until_scaled(const fleet::ScalePlan& plan, fleet::Watch& watch) {
  const fleet::ServingEnd end = plan.wait.until(
      watch, [&](const fleet::Snapshot&) { return "scaling to " + fleet::nodes_text(plan.to); },
      [&](const fleet::Snapshot& now) { return fleet::is_scaled(now.main, plan.to); });
  if (end.trouble)
    throw Error(ErrorKind::kFailure,
                fmt::format("{} cannot have {}: {}; {}", plan.group, fleet::nodes_text(plan.to),
                            fleet::summary_of(end.last.main), end.trouble->what),
                end.trouble->remedy);
}

int run_fleet_scale(const ScaleOptions& options, Context& context) {
  const fleet::ScaleRequest request = scale_request(options);
  const fleet::WatchOptions watching = options.change.watch();
  deploy::StackSession session(resolve_fleet(options.stack, context), context);
  std::optional<fleet::Fleet> fleet;
  std::optional<fleet::Watch> watch;
  const fleet::ScalePlan plan = until_begun(session.interrupts, [&] {
    watch.emplace(fleet.emplace(session), watching);
    return agreed_scaling(options, request, *fleet, *watch, context);
  });
  return once_begun(session.interrupts, going_on(plan, options.stack), [&] {
    if (!plan.changes_nothing()) fleet::scale(*fleet, plan);
    if (options.change.no_wait) return 0;
    wait_until_scaled(plan, *watch);
    say(context.console, fmt::format("{} has {}", plan.group, fleet::nodes_text(plan.to)));
    return 0;
  });
}

}  // namespace

}  // namespace wsdeep::commands
