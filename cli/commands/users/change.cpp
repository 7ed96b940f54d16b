#include "commands/users/change.h"

#include <memory>

#include "commands/users/commands.h"
#include "users/change_many.h"

namespace wsdeep::commands {
namespace {

struct NamesOptions {
  TargetOptions target;
  std::vector<std::string> usernames;
};

int run_change(const UserChange& change, const NamesOptions& options, Context& context) {
  const users::Target target = resolve_pool(options.target, context);
  users::CognitoAccess access(target, context);
  users::change_users(options.usernames, change.verb, change.past, context, [&](const std::string& username) {
    (access.cognito.*change.call)(target.user_pool_id, username);
  });
  return 0;
}

}  // namespace

void add_user_change(const Command& users, Context& context, const UserChange& change) {
  auto options = std::make_shared<NamesOptions>();
  const Command command = users.add_subcommand(change.command, change.text);
  command.add_option("names", options->usernames, "user names").required();
  add_target_options(command, options->target);
  command.runs([options, &context, change] { return run_change(change, *options, context); });
}

}  // namespace wsdeep::commands
