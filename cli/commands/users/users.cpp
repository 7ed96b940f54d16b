#include <fmt/format.h>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/stack_options.h"
#include "commands/users/commands.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {

void add_users(const Command& app, Context& context) {
  const Command users = app.add_subcommand("users", "Manage the users of a pool");
  users.require_subcommand();
  add_users_create(users, context);
  add_users_import(users, context);
  add_users_list(users, context);
  add_users_show(users, context);
  add_users_delete(users, context);
  add_users_purge(users, context);
  add_users_set_password(users, context);
  add_users_enable(users, context);
  add_users_disable(users, context);
  add_users_sign_out(users, context);
  add_users_group(users, context);
  add_users_tokens(users, context);
}

users::Target resolve_pool(const TargetOptions& options, Context& context) {
  users::Target target = resolve_target(options, context);
  if (target.user_pool_id.empty() && !target.stack.empty())
    throw Error(ErrorKind::kUsage, fmt::format("the stack '{}' has no output UserPoolId", target.stack),
                fmt::format("is it a stack of wsdeep's? deploy it with: wsdeep deploy -e {}", target.environment));
  if (target.user_pool_id.empty())
    throw Error(ErrorKind::kUsage, "the user pool is not known", "pass --user-pool-id or set WSDEEP_USER_POOL_ID");
  return target;
}

void confirm(const std::string& question, bool yes, const Context& context) {
  if (!confirm(context.console, question, yes)) throw Error(ErrorKind::kFailure, "nothing was done");
}

}  // namespace wsdeep::commands
