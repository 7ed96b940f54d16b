#include <fmt/format.h>

#include <memory>

#include "base/duration.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/fleet/commands.h"
#include "commands/fleet_json.h"
#include "fleet/status_text.h"

namespace wsdeep::commands {
namespace {

struct FleetStatusOptions {
  StackOptions stack;
  std::string output = "text";
  std::string poll = "5s";
  bool watch = false;
};

int run_fleet_status(const FleetStatusOptions& options, Context& context);

}  // namespace

void add_fleet_status(const Command& fleet, Context& context) {
  auto options = std::make_shared<FleetStatusOptions>();
  const Command command =
      fleet.add_subcommand("status", "Show the nodes: state, health, load, time to first token, price");
  add_stack_options(command, options->stack);
  command.add_option("--output", options->output, "text or json; json with --watch is one line for each look")
      .one_of({"text", "json"});
  command.add_flag("--watch", options->watch,
                   "go on until Ctrl-C: a live screen on a terminal, elsewhere what changes");
  command.add_option("--poll-interval", options->poll, "how often --watch looks");
  command.footer(
      "Load and time to first token are what the nodes publish to CloudWatch (namespace wsdeep/node); prices are those "
      "of\nAWS's price list and of the Spot market. What cannot be found out is -, and why stands below.\n\n"
      "Example:\n  wsdeep fleet status -e dev --watch");
  command.runs([options, &context] { return run_fleet_status(*options, context); });
}

namespace {

void print(const fleet::Snapshot& snapshot, const Console& console) {
  const auto lines = fleet::status_lines(snapshot, deploy::out_style(console));
  console.out(join(lines, "\n") + "\n");
}

/// One look after another, each a line of JSON.
void watch_as_json(fleet::Watch& watch, fleet::Fleet& fleet, std::chrono::milliseconds poll) {
  do {
    fleet.console().out(compact_status_json(watch.look()) + "\n");
  } while (!fleet.interrupts().wait(poll));
  throw Error(ErrorKind::kInterrupted, "interrupted");
}

/// Until it is interrupted.
void watch_on(fleet::Watch& watch) {
  watch.until([](const auto&) { return std::string(); }, [](const auto&) { return false; });
}

int run_fleet_status(const FleetStatusOptions& options, Context& context) {
  const auto poll = parse_milliseconds(options.poll, "--poll-interval");
  deploy::StackSession session(resolve_fleet(options.stack, context), context);
  const auto show = [&] {
    fleet::Fleet fleet(session);
    fleet::Watch watch(fleet, {poll, std::nullopt});
    if (options.watch && options.output == "json") watch_as_json(watch, fleet, poll);
    if (options.watch && context.console.is_live()) watch_on(watch);
    const fleet::Snapshot now = watch.look();
    if (options.output == "json")
      context.console.out(status_json(now));
    else
      print(now, context.console);
    if (options.watch) watch_on(watch);
    return 0;
  };
  try {
    return unless_interrupted(session.interrupts, "", show);
  } catch (const Error& error) {
    // That is how watching ends: nothing to be told about.
    if (!options.watch || error.kind() != ErrorKind::kInterrupted) throw;
    return exit_code(ErrorKind::kInterrupted);
  }
}

}  // namespace

}  // namespace wsdeep::commands
