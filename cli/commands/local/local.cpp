#include "commands/commands.h"
#include "commands/local/running.h"

namespace wsdeep::commands {

void add_local(const Command& app, Context& context) {
  const Command local = app.add_subcommand("local", "Run the whole system on this machine");
  local.require_subcommand();
  add_local_up(local, context);
  add_local_status(local, context);
  add_local_rotate_keys(local, context);
  add_local_down(local, context);
}

}  // namespace wsdeep::commands
