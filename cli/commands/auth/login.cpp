#include <fmt/format.h>

#include <map>
#include <memory>
#include <optional>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/pairs_option.h"
#include "commands/target.h"
#include "terminal/secret_input.h"
#include "users/challenge_prompts.h"
#include "users/sign_in.h"
#include "users/web_sign_in.h"

namespace wsdeep::commands {
namespace {

struct LoginOptions {
  TargetOptions target;
  std::string username;
  std::string flow = "srp";
  bool password_stdin = false;
  users::ChallengeOptions challenges;
  std::vector<std::string> attributes;
  bool web = false;
  bool no_browser = false;
  users::WebSignInOptions browser;
};

const std::map<std::string, auth::SignInFlow>& flows() {
  static const std::map<std::string, auth::SignInFlow> kFlows = {
      {"srp", auth::SignInFlow::kSrp}, {"password", auth::SignInFlow::kPassword}, {"admin", auth::SignInFlow::kAdmin}};
  return kFlows;
}

/// What the pool asks of passwords. Not everybody who may sign users in may also read it.
aws::PasswordPolicy policy_of(const users::Target& target, Context& context) {
  try {
    users::CognitoAccess access(target, context);
    return access.cognito.describe_user_pool(target.user_pool_id).password_policy;
  } catch (const aws::ServiceError&) {
    return {};
  }
}

auth::SavedLogin sign_in_with_password(const LoginOptions& options, const users::Target& target, Context& context) {
  users::ChallengeOptions challenges = options.challenges;
  challenges.attributes = parse_pairs(options.attributes, "--attribute");
  const std::string username = !options.username.empty() ? options.username : context.console.ask("User: ", "USER");
  const std::string password = read_password(context, options.password_stdin, "Password: ");
  const auth::SignInFlow flow = flows().at(options.flow);
  if (flow == auth::SignInFlow::kAdmin) challenges.policy = [&] { return policy_of(target, context); };
  users::ChallengePrompts answers(context, challenges);
  auth::SavedLogin login = users::sign_in(target, context, flow, username, password, answers);
  if (challenges.new_password_stdin && !answers.asked_for_new_password())
    context.console.err(
        fmt::format("the pool did not ask for a new password: it was not changed; an administrator can with: wsdeep "
                    "users set-password {}\n",
                    login.username));
  return login;
}

auth::SavedLogin sign_in_with_browser(const LoginOptions& options, const users::Target& target, Context& context) {
  users::WebSignInOptions browser = options.browser;
  browser.username = options.username;
  browser.open_browser = !options.no_browser;
  return users::sign_in_on_web(target, context, browser);
}

int run_login(const LoginOptions& options, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  const auth::SavedLogin login =
      options.web ? sign_in_with_browser(options, target, context) : sign_in_with_password(options, target, context);
  context.console.err(fmt::format("signed in as {}\n", login.username));
  return 0;
}

struct LogoutOptions {
  TargetOptions target;
  std::string username;
  bool all = false;
  bool force = false;
};

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

void add_web_options(const Command& command, LoginOptions& options, const std::vector<Option>& excluded) {
  const std::string group = "In a browser";
  const Option web =
      command.add_flag("--web", options.web, "sign in on the pool's page, also by its identity providers");
  web.group(group);
  for (const Option& other : excluded) web.excludes(other);
  command.add_option("--provider", options.browser.provider, "go to this identity provider at once, such as Google")
      .needs(web)
      .group(group);
  command
      .add_option("--redirect-uri", options.browser.redirect_uri,
                  "callback URL on this machine; without it the first such one of the app client")
      .needs(web)
      .group(group);
  command.add_flag("--no-browser", options.no_browser, "only print the address to open").needs(web).group(group);
}

void add_login_command(const Command& app, Context& context) {
  auto options = std::make_shared<LoginOptions>();
  const Command command = app.add_subcommand("login", "Sign a user in and keep the tokens");
  command.add_option("user", options->username, "user name or e-mail");
  const Option password_stdin =
      command.add_flag("--password-stdin", options->password_stdin, "read the password from a line of stdin");
  const Option flow =
      command
          .add_option("--flow", options->flow,
                      "srp: the password stays on this machine; password: it is sent; admin: sent in a signed call")
          .one_of({"srp", "password", "admin"})
          .shows_default();
  command.add_flag("--new-password-stdin", options->challenges.new_password_stdin,
                   "read the password that replaces a temporary one from the next line of stdin");
  command.add_option("--attribute", options->attributes, "name=value that the pool requires with a new password");
  command.add_option("--mfa", options->challenges.mfa, "second factor, where there are several")
      .one_of({"app", "sms", "email"});
  command.add_option("--mfa-code", options->challenges.mfa_code,
                     "code of the second factor; - reads the next line of stdin once it is asked for");
  add_web_options(command, *options, {password_stdin, flow});
  command.footer(
      "Passwords come from the prompt, from stdin, or from WSDEEP_PASSWORD and WSDEEP_NEW_PASSWORD; never from a\n"
      "flag. An app client's secret comes from WSDEEP_CLIENT_SECRET. Tokens are kept in the state folder, readable by\n"
      "you only, for several users of each pool, and refreshed when due. Each sign-in sends a code of its own where "
      "the\n"
      "second factor is a message: --mfa-code - waits for it on stdin, after the lines with passwords.\n\n"
      "Examples:\n"
      "  wsdeep login alice\n"
      "  wsdeep login --web -e staging\n"
      "  printf '%s\\n' \"$TEMPORARY\" \"$OWN\" | wsdeep login bob --password-stdin --new-password-stdin");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_login(*options, context); });
}

void add_logout_command(const Command& app, Context& context) {
  auto options = std::make_shared<LogoutOptions>();
  const Command command = app.add_subcommand("logout", "Revoke and forget a user's tokens");
  const Option user = command.add_option("user", options->username, "user name; without it the one used last");
  command.add_flag("--all", options->all, "every user who is signed in at this pool").excludes(user);
  command.add_flag("--force", options->force, "forget the tokens also when they cannot be revoked");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_logout(*options, context); });
}

}  // namespace

void add_login(const Command& app, Context& context) {
  add_login_command(app, context);
  add_logout_command(app, context);
}

}  // namespace wsdeep::commands
