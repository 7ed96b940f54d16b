#include "commands/command_line.h"

#include "commands/commands.h"
#include "commands/parse_and_run.h"

namespace wsdeep::commands {

int run_command_line(int argc, const char* const* argv, Context& context) {
  const auto add = [&](const Command& root) {
    root.require_subcommand();
    add_all_commands(root, context);
  };
  return parse_and_run(
      {"wsdeep", "Operate a chat service on AWS: deploy it, sign in, chat, test it under load, run it on a laptop.",
       add},
      argc, argv, context);
}

}  // namespace wsdeep::commands
