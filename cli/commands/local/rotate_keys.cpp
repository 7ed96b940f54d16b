#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "commands/local/running.h"
#include "local/control.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

int run_rotate_keys(const RunningOptions& options, Context& context);

}  // namespace

void add_local_rotate_keys(const Command& local, Context& context) {
  auto options = std::make_shared<RunningOptions>();
  const Command command = local.add_subcommand("rotate-keys", "Make new keys for the user pool's tokens");
  add_running_options(command, *options);
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.runs([options, &context] { return run_rotate_keys(*options, context); });
}

namespace {

int run_rotate_keys(const RunningOptions& options, Context& context) {
  const nlohmann::json json = local::rotate_keys(require_running(options, context), context.clock);
  if (options.output == "json") {
    context.console.out(wire::indented_json(json) + "\n");
    return 0;
  }
  context.console.out(
      fmt::format("ID tokens      {}\naccess tokens  {}\n", json.value("idKid", ""), json.value("accessKid", "")));
  context.console.err(fmt::format("new tokens are signed by these keys; the old ones are accepted until {}\n",
                                  json.value("oldKeysUntil", "")));
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
