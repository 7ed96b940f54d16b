#include <fmt/format.h>

#include <memory>

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

int run_login(const LoginOptions& options, Context& context);

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

}  // namespace

void add_login(const Command& app, Context& context) {
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

namespace {

auth::SavedLogin sign_in_with_password(const LoginOptions& options, const users::Target& target, Context& context);
auth::SavedLogin sign_in_with_browser(const LoginOptions& options, const users::Target& target, Context& context);

int run_login(const LoginOptions& options, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  const auth::SavedLogin login =
      options.web ? sign_in_with_browser(options, target, context) : sign_in_with_password(options, target, context);
  context.console.err(fmt::format("signed in as {}\n", login.username));
  return 0;
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
  const auth::SignInFlow flow = auth::sign_in_flow(options.flow);
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

}  // namespace

}  // namespace wsdeep::commands
