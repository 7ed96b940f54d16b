#include "commands/stack/await_nodes.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "base/error.h"
#include "deploy/fleet_move.h"
#include "fleet/prices.h"
#include "fleet/serving.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

std::string ready_text(const fleet::Group& group) {
  const std::size_t serving = group.serving();
  if (group.desired > 0)
    return fmt::format("{} of {} {}: it takes questions", fleet::nodes_text(static_cast<std::int64_t>(serving)),
                       group.name, serving == 1 ? "serves" : "serve");
  return fmt::format("{} wants no node now: the first question that comes starts one, and waits for it", group.name);
}

/// The deployment itself went well.
[[noreturn]] void fail(const Error& error, const aws::Stack& stack, const deploy::StackSession& session) {
  if (session.interrupts.requested())
    throw Error(ErrorKind::kInterrupted,
                fmt::format("interrupted: '{}' is deployed, and its nodes go on starting", stack.name),
                "see them with wsdeep fleet status --watch, or wait on with wsdeep deploy");
  if (error.kind() == ErrorKind::kRefused)
    throw Error(error.kind(),
                fmt::format("'{}' is deployed; whether its nodes serve cannot be seen: {}", stack.name, error.what()),
                fmt::format("{}{}or do not look, with --no-wait", error.hint(), error.hint().empty() ? "" : "; "));
  throw Error(error.kind(),
              fmt::format("'{}' is deployed, and stays so, but its nodes do not serve: {}", stack.name, error.what()),
              error.hint());
}

}  // namespace

void add_nodes_wait(const Command& command, NodesWait& wait) {
  const Option no_wait =
      command.add_flag("--no-wait", wait.no_wait, "end when it is deployed, whether nodes serve or not");
  command.add_option("--wait", wait.limit, "how long to wait for the nodes to serve").excludes(no_wait);
}

void check_nodes_wait(const NodesWait& wait) {
  parse_milliseconds(wait.limit, "--wait");
}

void await_nodes(deploy::StackSession& session, const aws::Stack& stack, const NodesWait& wait) {
  if (wait.no_wait || !deploy::holds_nodes(stack)) return;
  try {
    fleet::Fleet fleet(session);
    fleet::Watch watch(fleet, {wait.poll, parse_milliseconds(wait.limit, "--wait"), false});
    const fleet::ServingWait waiting(stack.updated.empty() ? stack.created : stack.updated);
    const fleet::Snapshot end = waiting.run(watch);
    say(session.context.console, ready_text(end.main));
  } catch (const Error& error) {
    fail(error, stack, session);
  }
}

}  // namespace wsdeep::commands
