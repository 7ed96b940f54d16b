#include "commands/command_line.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "base/version.h"
#include "commands/commands.h"
#include "commands/usage.h"

namespace wsdeep::commands {

int run_command_line(int argc, const char* const* argv, Context& context) {
  CLI::App app("Operate a chat service on AWS: deploy it, sign in, chat, test it under load, run it on a laptop.",
               "wsdeep");
  app.set_version_flag("--version", std::string("wsdeep ") + std::string(version()));
  app.require_subcommand(1);
  Command::Action chosen;
  add_all_commands(Command(app, chosen), context);
  set_manners(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& called) {
    return app.exit(called);
  } catch (const CLI::Error& error) {
    context.console.err(printable_lines(usage_error(app, error, argc, argv)));
    return exit_code(ErrorKind::kUsage);
  }
  return chosen();
}

}  // namespace wsdeep::commands
