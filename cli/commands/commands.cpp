#include "commands/commands.h"

namespace wsdeep::commands {

void add_all_commands(const Command& app, Context& context) {
  add_init(app, context);
  add_render(app, context);
  add_validate(app, context);
  add_package(app, context);
  add_chat(app, context);
  add_connect(app, context);
  add_open(app, context);
  add_login(app, context);
  add_logout(app, context);
  add_token(app, context);
  add_auth(app, context);
  add_users(app, context);
  add_llm(app, context);
  add_lab(app, context);
  add_local(app, context);
  add_preflight(app, context);
  add_policy(app, context);
  add_deploy(app, context);
  add_outputs(app, context);
  add_diff(app, context);
  add_status(app, context);
  add_logs(app, context);
  add_destroy(app, context);
  add_fleet(app, context);
  add_loadtest(app, context);
  add_completion(app, context);
}

}  // namespace wsdeep::commands
