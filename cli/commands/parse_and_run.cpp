#include "commands/parse_and_run.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "base/version.h"
#include "commands/usage.h"

namespace wsdeep::commands {

int parse_and_run(const ProgramText& program, int argc, const char* const* argv, Context& context) {
  CLI::App app(program.text, program.name);
  app.set_version_flag("--version", program.name + " " + std::string(version()));
  Command::Action chosen;
  program.add(Command(app, chosen));
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
