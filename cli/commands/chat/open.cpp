#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/target.h"
#include "users/browser.h"

namespace wsdeep::commands {
namespace {

struct OpenOptions {
  TargetOptions target;
  bool print = false;
};

int run_open(const OpenOptions& options, Context& context);

}  // namespace

void add_open(const Command& app, Context& context) {
  auto options = std::make_shared<OpenOptions>();
  const Command command = app.add_subcommand("open", "Open the web page of a system in a browser");
  add_target_options(command, options->target);
  command.add_flag("--print", options->print, "only print its address");
  command.footer(
      "Examples:\n"
      "  wsdeep open                # of the local system\n"
      "  wsdeep open -e staging");
  command.runs([options, &context] { return run_open(*options, context); });
}

namespace {

[[noreturn]] void refuse_without_page(const users::Target& target) {
  if (target.environment.empty())
    throw Error(ErrorKind::kUsage, "only the local system and environments of the settings have a page that is known",
                "name one with -e, or none of the flags for the local system");
  throw Error(ErrorKind::kNotFound,
              fmt::format("'{}' has no web page: its stack has no output WebUrl", target.environment),
              fmt::format("write web: true into the settings, then: wsdeep deploy -e {}", target.environment));
}

int run_open(const OpenOptions& options, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  if (target.web_url.empty()) refuse_without_page(target);
  context.console.out(target.web_url + "\n");
  if (options.print) return 0;
  if (!users::open_browser(context.env, target.web_url))
    context.console.err("no browser could be started here: open the address yourself\n");
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
