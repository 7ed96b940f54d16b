#include <fmt/format.h>

#include "base/error.h"
#include "base/printable.h"
#include "commands/commands.h"
#include "commands/stack_options.h"
#include "commands/users/commands.h"
#include "net/http_client.h"
#include "terminal/dialogue.h"
#include "users/cognito_errors.h"

namespace wsdeep::commands {

void add_users(const Command& app, Context& context) {
  const Command users = app.add_subcommand("users", "Manage the users of a pool");
  users.require_subcommand();
  add_users_create(users, context);
  add_users_list(users, context);
  add_users_delete(users, context);
  add_users_state(users, context);
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

namespace {

bool is_cancelled(const Error& error) {
  const auto* fault = dynamic_cast<const net::TransportError*>(&error);
  return fault != nullptr && fault->fault() == net::TransportFault::kCancelled;
}

}  // namespace

void change_users(const std::vector<std::string>& usernames, const std::string& verb, const std::string& past,
                  const Context& context, const std::function<void(const std::string&)>& change) {
  std::optional<Error> first;
  std::size_t failed = 0;
  for (const std::string& username : usernames) {
    try {
      users::explained(fmt::format("cannot {} '{}'", verb, username), username, [&] { change(username); });
      context.console.err(fmt::format("{} {}\n", past, printable(username)));
    } catch (const Error& error) {
      if (usernames.size() == 1 || is_cancelled(error)) throw;
      context.console.err(fmt::format("{}\n", printable_lines(error.what())));
      ++failed;
      if (!first) first = error;
    }
  }
  if (first) throw Error(first->kind(), fmt::format("{} of {} users failed", failed, usernames.size()), first->hint());
}

void confirm(const std::string& question, bool yes, const Context& context) {
  if (!confirm(context.console, question, yes)) throw Error(ErrorKind::kFailure, "nothing was done");
}

}  // namespace wsdeep::commands
