#include <fmt/format.h>

#include <memory>

#include "auth/jwt.h"
#include "auth/token_check.h"
#include "auth/token_parts.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/target.h"
#include "terminal/secret_input.h"
#include "users/issuer_keys.h"

// `wsdeep auth check`: every rule of the deployed authorizer against one token, each with its own verdict. The token is
// not sent anywhere: all that may be fetched is the issuer's public key set.

namespace wsdeep::commands {
namespace {

struct CheckOptions {
  TargetOptions target;
  std::string token;
  std::string jwks;
};

int run_check(const CheckOptions& options, Context& context);

}  // namespace

void add_auth(const Command& app, Context& context) {
  const Command auth = app.add_subcommand("auth", "Look into tokens and who may connect");
  auth.require_subcommand();
  auto options = std::make_shared<CheckOptions>();
  const Command command = auth.add_subcommand("check", "Say why a token is accepted or refused, claim by claim");
  command.add_option("token", options->token, "the token, or - to read it from stdin").required();
  command.add_option("--jwks", options->jwks, "key set of the issuer, instead of fetching it");
  command.footer(
      "The token is sent nowhere. Exit code 3 when the authorizer would refuse it.\n\n"
      "Example:\n  wsdeep token | wsdeep auth check -");
  add_target_options(command, options->target);
  command.runs([options, &context] { return run_check(*options, context); });
}

namespace {

auth::KeySet read_keys(const CheckOptions& options, const users::Target& target, const Context& context);
void print(const std::vector<auth::Finding>& findings, const Console& console);

int run_check(const CheckOptions& options, Context& context) {
  constexpr std::size_t kMostAround = 256;  // blanks, and what somebody left before the token
  const std::string text =
      options.token == "-" ? read_secret_line("the token", auth::kMaxTokenBytes + kMostAround) : options.token;
  const users::Target target = resolve_target(options.target, context);
  if (target.user_pool_id.empty() || target.client_id.empty())
    throw Error(ErrorKind::kUsage, "the authorizer's rules are not known", "pass --user-pool-id and --client-id");
  std::string flaw;
  const auto token = auth::parse_token(trim(text), &flaw);
  if (!token) {
    print({{"form", false, flaw}}, context.console);
    const bool header = trim(text).find(' ') != std::string_view::npos;
    throw Error(ErrorKind::kRefused, "the authorizer refuses this token: malformed",
                header ? "pass the token alone, without what stands before it, such as `Authorization: Bearer`" : "");
  }
  const auth::KeySet keys = read_keys(options, target, context);
  auth::TokenRules rules;
  rules.issuer = target.issuer();
  rules.client_ids = {target.client_id};
  print(auth::check_token(*token, keys, rules, epoch_seconds(context.clock.now())), context.console);
  const auth::TokenVerdict verdict = auth::verify_token(trim(text), keys, rules, context.clock.now());
  if (!verdict)
    throw Error(ErrorKind::kRefused,
                fmt::format("the authorizer refuses this token: {}", auth::name_of(verdict.fault)));
  context.console.err(fmt::format("the authorizer accepts this token of '{}'\n", verdict.claims.username));
  return 0;
}

auth::KeySet read_keys(const CheckOptions& options, const users::Target& target, const Context& context) {
  if (options.jwks.empty()) return auth::KeySet::parse(users::fetch_issuer_keys(target, context.env, context.files));
  if (options.jwks.starts_with("http://") || options.jwks.starts_with("https://"))
    throw Error(ErrorKind::kUsage, fmt::format("--jwks takes a file, not the address {}", options.jwks),
                "fetch it first, or leave --jwks out: the issuer's keys are fetched by themselves");
  const auto text = context.files.read(options.jwks, 1 << 20);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("cannot read {}: no such file", options.jwks));
  try {
    return auth::KeySet::parse(*text);
  } catch (const Error& error) {
    throw Error(ErrorKind::kFailure, fmt::format("{} is no key set: {}", options.jwks, error.what()));
  }
}

void print(const std::vector<auth::Finding>& findings, const Console& console) {
  for (const auth::Finding& finding : findings)
    console.out(fmt::format("{:<10} {}  {}\n", finding.rule,
                            finding.kept ? console.style_out("32", "ok    ") : console.style_out("31", "WRONG "),
                            printable(finding.text)));
}

}  // namespace

}  // namespace wsdeep::commands
