#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "commands/lab/commands.h"

namespace wsdeep::commands {
namespace {

struct LabEndOptions {
  LabTargetOptions lab;
  std::string session_id;
};

int run_lab_end(const LabEndOptions& options, Context& context);

}  // namespace

void add_lab_end(const Command& lab, Context& context) {
  auto options = std::make_shared<LabEndOptions>();
  const Command command = lab.add_subcommand("end", "End a session, with all that runs in it");
  add_lab_session(command, options->session_id);
  add_lab_target(command, options->lab);
  command.runs([options, &context] { return run_lab_end(*options, context); });
}

namespace {

int run_lab_end(const LabEndOptions& options, Context& context) {
  const users::Target target = resolve_target(options.lab.target, context);
  lab_api(options.lab, target, context).end(options.session_id);
  context.console.err(fmt::format("the session {} has ended\n", options.session_id));
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
