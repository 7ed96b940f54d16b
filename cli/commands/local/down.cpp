#include <memory>

#include "commands/local/running.h"
#include "local/daemon.h"

namespace wsdeep::commands {
namespace {

int run_down(const RunningOptions& options, Context& context);

}  // namespace

void add_local_down(const Command& local, Context& context) {
  auto options = std::make_shared<RunningOptions>();
  const Command command = local.add_subcommand("down", "Stop it; tables and users are kept");
  add_running_options(command, *options);
  command.runs([options, &context] { return run_down(*options, context); });
}

namespace {

int run_down(const RunningOptions& options, Context& context) {
  const auto info = local::running_system(context.files, state_folder(options.state, context));
  if (!info) {
    context.console.err("no local system is running: nothing to stop\n");
    return 0;
  }
  local::stop(*info);
  context.console.err("local system stopped; its tables and users are kept\n");
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
