#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/error.h"
#include "commands/sign_in.h"

namespace wsdeep::commands {
namespace {

struct LoginOptions {
  TargetOptions target;
  std::string username;
  bool password_stdin = false;
};

int run_login(const LoginOptions& options, Context& context) {
  const Target target = resolve_target(options.target, context);
  const std::string username = !options.username.empty() ? options.username : context.console.ask("User: ", "USER");
  const std::string password = read_password(context, options.password_stdin, "Password: ");
  const auth::SavedLogin login = sign_in(target, context, username, password);
  context.console.err(fmt::format("signed in as {}\n", login.username));
  return 0;
}

struct LogoutOptions {
  TargetOptions target;
  std::string username;
};

int run_logout(const LogoutOptions& options, Context& context) {
  const Target target = resolve_target(options.target, context);
  auth::LoginStore store = login_store(context);
  const auto login = store.find(target.issuer(), target.client_id, options.username);
  if (!login) {
    context.console.err("not signed in: nothing to do\n");
    return 0;
  }
  // The saved tokens go first: a service that cannot be reached must not keep them on the disk.
  store.remove(login->issuer, login->client_id, login->username);
  CognitoAccess access(target, context);
  access.cognito.revoke_token(login->refresh_token, target.client_id, {});
  context.console.err(fmt::format("signed out {}\n", login->username));
  return 0;
}

struct TokenOptions {
  TargetOptions target;
  std::string username;
  bool access = false;
};

int run_token(const TokenOptions& options, Context& context) {
  const Target target = resolve_target(options.target, context);
  const auth::SavedLogin login = current_login(target, context, options.username);
  context.console.out((options.access ? login.access_token : login.id_token) + "\n");
  return 0;
}

}  // namespace

void add_login(CLI::App& app, Context& context) {
  {
    auto options = std::make_shared<LoginOptions>();
    CLI::App* command = app.add_subcommand("login", "Sign a user in and keep the tokens");
    command->add_option("user", options->username, "user name or e-mail");
    command->add_flag("--password-stdin", options->password_stdin, "read the password from the first line of stdin");
    command->footer(
        "The password comes from the prompt, from stdin, or from WSDEEP_PASSWORD; never from a flag.\n"
        "Tokens are kept in the state folder, readable by you only, and refreshed when due.\n\n"
        "Example:\n  wsdeep login alice");
    add_target_options(*command, options->target);
    command->callback(
        [options, &context] { context.run = [options, &context] { return run_login(*options, context); }; });
  }
  {
    auto options = std::make_shared<LogoutOptions>();
    CLI::App* command = app.add_subcommand("logout", "Revoke and forget a user's tokens");
    command->add_option("user", options->username, "user name; without it the one used last");
    add_target_options(*command, options->target);
    command->callback(
        [options, &context] { context.run = [options, &context] { return run_logout(*options, context); }; });
  }
  {
    auto options = std::make_shared<TokenOptions>();
    CLI::App* command = app.add_subcommand("token", "Print a valid token of a signed-in user");
    command->add_option("user", options->username, "user name; without it the one used last");
    command->add_flag("--access", options->access, "the access token instead of the ID token");
    command->footer("Example:\n  curl -H \"Authorization: Bearer $(wsdeep token)\" https://…");
    add_target_options(*command, options->target);
    command->callback(
        [options, &context] { context.run = [options, &context] { return run_token(*options, context); }; });
  }
}

}  // namespace wsdeep::commands
