#include "terminal/context.h"

#include <CLI/CLI.hpp>

namespace wsdeep::commands {

std::filesystem::path Context::state_folder() const {
  if (const auto folder = env.get("XDG_STATE_HOME")) return std::filesystem::path(*folder) / "wsdeep";
  return std::filesystem::path(env.require("HOME")) / ".local" / "state" / "wsdeep";
}

void add_all_commands(CLI::App& app, Context& context) {
  add_init(app, context);
  add_render(app, context);
  add_validate(app, context);
  add_package(app, context);
  add_chat(app, context);
  add_connect(app, context);
  add_login(app, context);
  add_token(app, context);
  add_auth(app, context);
  add_users(app, context);
  add_llm(app, context);
  add_local(app, context);
  add_deploy(app, context);
  add_outputs(app, context);
  add_diff(app, context);
  add_status(app, context);
  add_logs(app, context);
  add_destroy(app, context);
  add_completion(app, context);
}

}  // namespace wsdeep::commands
