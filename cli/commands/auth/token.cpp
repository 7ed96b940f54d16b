#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "auth/jwt.h"
#include "base/error.h"
#include "commands/commands.h"
#include "commands/target.h"
#include "users/sign_in.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct TokenOptions {
  TargetOptions target;
  std::string username;
  bool id = false;
  bool access = false;
  bool header = false;
  bool cookie = false;
  bool decode = false;
};

int run_token(const TokenOptions& options, Context& context);

}  // namespace

void add_token(const Command& app, Context& context) {
  auto options = std::make_shared<TokenOptions>();
  const Command command = app.add_subcommand("token", "Print a valid token of a signed-in user");
  command.add_option("user", options->username, "user name; without it the one used last");
  const Option id = command.add_flag("--id", options->id, "the ID token (the default)");
  command.add_flag("--access", options->access, "the access token").excludes(id);
  const Option header = command.add_flag("--header", options->header, "as an HTTP header: Authorization: Bearer …");
  const Option cookie = command.add_flag("--cookie", options->cookie, "as an HTTP header: Cookie: authToken=…");
  command.add_flag("--decode", options->decode, "its claims, as JSON").excludes(header).excludes(cookie);
  cookie.excludes(header);
  command.footer("Example (the token stays out of the process list):\n  curl -H @<(wsdeep token --header) https://…");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_token(*options, context); });
}

namespace {

std::string decode(const std::string& token);

int run_token(const TokenOptions& options, Context& context) {
  const users::Target target = resolve_target(options.target, context);
  const auth::SavedLogin login = users::current_login(target, context, options.username);
  const std::string& token = options.access ? login.access_token : login.id_token;
  const std::string text = options.decode   ? decode(token)
                           : options.header ? "Authorization: Bearer " + token
                           : options.cookie ? "Cookie: authToken=" + token
                                            : token;
  context.console.out(text + "\n");
  return 0;
}

/// The claims, names in the order in which they were signed.
std::string decode(const std::string& token) {
  const auto parts = auth::read_token(token);
  if (!parts) throw Error(ErrorKind::kFailure, "the saved token cannot be read", "sign in again with: wsdeep login");
  return wire::indented_json(wire::read_ordered_json(parts->claims.json));
}

}  // namespace

}  // namespace wsdeep::commands
