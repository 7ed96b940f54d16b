#include "commands/stack/renew_nodes.h"

#include <fmt/format.h>

#include "base/error.h"
#include "fleet/prices.h"
#include "fleet/renew.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

std::string renewal_text(const fleet::Renewal& one) {
  const std::string nodes = fmt::format("{} of {} {} as before this deployment", fleet::nodes_text(one.nodes),
                                        one.group, one.nodes == 1 ? "is" : "are");
  if (one.began)
    return nodes +
           ": Auto Scaling replaces them one after the other, each when its successor serves\n"
           "follow it with: wsdeep fleet refresh";
  return nodes +
         ", and a refresh runs that began before it: when that has ended, replace what it left with\n"
         "wsdeep fleet refresh --only-outdated";
}

}  // namespace

void renew_nodes(deploy::StackSession& session) {
  if (session.target.part != stack::Part::kFleet) return;
  try {
    fleet::Fleet fleet(session);
    for (const fleet::Renewal& one : fleet::begin_renewals(fleet))
      session.context.console.err(renewal_text(one) + "\n");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kNotFound) return;
    if (error.kind() == ErrorKind::kInterrupted) throw;
    say(session.context.console,
        fmt::format("cannot see whether nodes have to be replaced: {}\nreplace them with: wsdeep fleet refresh "
                    "--only-outdated",
                    error.what()));
  }
}

}  // namespace wsdeep::commands
