#include <fmt/format.h>

#include <memory>

#include "commands/command.h"
#include "commands/users/commands.h"
#include "terminal/secret_input.h"
#include "users/cognito_errors.h"
#include "users/password_policy.h"

namespace wsdeep::commands {
namespace {

struct PasswordOptions {
  TargetOptions target;
  std::string username;
  bool password_stdin = false;
  bool generate = false;
  bool temporary = false;
};

int run_set_password(const PasswordOptions& options, Context& context);

}  // namespace

void add_users_set_password(const Command& users, Context& context) {
  auto options = std::make_shared<PasswordOptions>();
  const Command command = users.add_subcommand("set-password", "Give a user another password");
  command.add_option("name", options->username, "user name").required();
  command.add_flag("--password-stdin", options->password_stdin, "read the password from a line of stdin");
  command.add_flag("--generate", options->generate, "make a password and print it").excludes("--password-stdin");
  command.add_flag("--temporary", options->temporary, "the user has to choose another one at the next sign-in");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_set_password(*options, context); });
}

namespace {

int run_set_password(const PasswordOptions& options, Context& context) {
  const users::Target target = resolve_pool(options.target, context);
  users::CognitoAccess access(target, context);
  const std::string operation = fmt::format("cannot set the password of '{}'", options.username);
  const aws::PasswordPolicy policy = users::explained(operation, options.username, [&] {
    return access.cognito.describe_user_pool(target.user_pool_id).password_policy;
  });
  const std::string password = options.generate ? users::generate_password(policy)
                                                : read_new_password(context, options.password_stdin,
                                                                    "New password: ", [&](const std::string& chosen) {
                                                                      users::require_policy(policy, chosen);
                                                                    });
  users::require_policy(policy, password);
  users::explained(operation, options.username, [&] {
    access.cognito.admin_set_user_password(target.user_pool_id, options.username, password, !options.temporary);
  });
  context.console.err(
      fmt::format("set the {}password of {}\n", options.temporary ? "temporary " : "", options.username));
  if (options.generate) context.console.out(password + "\n");
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
