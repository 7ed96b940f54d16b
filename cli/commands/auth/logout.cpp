#include <fmt/format.h>

#include <memory>
#include <optional>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/target.h"
#include "users/sign_in.h"

namespace wsdeep::commands {
namespace {

struct LogoutOptions {
  TargetOptions target;
  std::string username;
  bool all = false;
  bool force = false;
};

int run_logout(const LogoutOptions& options, Context& context);

}  // namespace

void add_logout(const Command& app, Context& context) {
  auto options = std::make_shared<LogoutOptions>();
  const Command command = app.add_subcommand("logout", "Revoke and forget a user's tokens");
  const Option user = command.add_option("user", options->username, "user name; without it the one used last");
  command.add_flag("--all", options->all, "every user who is signed in at this pool").excludes(user);
  command.add_flag("--force", options->force, "forget the tokens also when they cannot be revoked");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_logout(*options, context); });
}

namespace {

std::vector<auth::SavedLogin> chosen_logins(const LogoutOptions& options, const users::Target& target,
                                            const auth::LoginStore& store);

int run_logout(const LogoutOptions& options, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  auth::LoginStore store = users::login_store(context);
  const std::vector<auth::SavedLogin> logins = chosen_logins(options, target, store);
  if (logins.empty()) {
    context.console.err("not signed in: nothing to do\n");
    return 0;
  }
  users::CognitoAccess access(target, context);
  const std::string secret = users::pool_client(target, context).client_secret;
  std::optional<Error> first;
  for (const auth::SavedLogin& login : logins) {
    try {
      access.cognito.revoke_token(login.refresh_token, target.client_id, secret);
      context.console.err(fmt::format("signed out {}\n", login.username));
    } catch (const Error& error) {
      // Who forgets a token that still works cannot revoke it any more. The others are revoked all the same.
      if (!first) first = error;
      if (!options.force) continue;
      context.console.err(fmt::format("forgot the tokens of {}, which may still work elsewhere\n", login.username));
    }
    store.remove(login.issuer, login.client_id, login.username);
  }
  if (!first) return 0;
  if (options.force) {
    context.console.err(fmt::format("not revoked: {}\n", first->what()));
    return 0;
  }
  throw Error(first->kind(), fmt::format("not signed out, as the token could not be revoked: {}", first->what()),
              "run it again later; or forget the tokens on this machine alone with: wsdeep logout --force");
}

std::vector<auth::SavedLogin> chosen_logins(const LogoutOptions& options, const users::Target& target,
                                            const auth::LoginStore& store) {
  std::vector<auth::SavedLogin> chosen;
  if (options.all) {
    for (auth::SavedLogin& login : store.all())
      if (login.issuer == target.issuer() && login.client_id == target.client_id) chosen.push_back(std::move(login));
  } else if (auto login = store.find(target.issuer(), target.client_id, options.username)) {
    chosen.push_back(*std::move(login));
  }
  return chosen;
}

}  // namespace

}  // namespace wsdeep::commands
