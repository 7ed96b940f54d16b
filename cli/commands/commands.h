#pragma once

#include "commands/command.h"
#include "terminal/context.h"

/// Every command adds itself to the command line.
namespace wsdeep::commands {

/// The whole command tree on `app`; the one source of usage texts, man page and completions.
void add_all_commands(const Command& app, Context& context);

void add_init(const Command& app, Context& context);
void add_render(const Command& app, Context& context);
void add_validate(const Command& app, Context& context);
void add_package(const Command& app, Context& context);
void add_chat(const Command& app, Context& context);
void add_connect(const Command& app, Context& context);
void add_open(const Command& app, Context& context);
void add_login(const Command& app, Context& context);
void add_logout(const Command& app, Context& context);
void add_token(const Command& app, Context& context);
void add_auth(const Command& app, Context& context);
void add_users(const Command& app, Context& context);
void add_llm(const Command& app, Context& context);
void add_lab(const Command& app, Context& context);
void add_local(const Command& app, Context& context);
void add_preflight(const Command& app, Context& context);
void add_policy(const Command& app, Context& context);
void add_deploy(const Command& app, Context& context);
void add_outputs(const Command& app, Context& context);
void add_diff(const Command& app, Context& context);
void add_status(const Command& app, Context& context);
void add_logs(const Command& app, Context& context);
void add_destroy(const Command& app, Context& context);
void add_fleet(const Command& app, Context& context);
void add_loadtest(const Command& app, Context& context);
void add_completion(const Command& app, Context& context);

}  // namespace wsdeep::commands
