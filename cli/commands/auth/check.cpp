#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "auth/jwt.h"
#include "auth/token_parts.h"
#include "aws/client.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/target.h"
#include "net/http_client.h"
#include "terminal/secret_input.h"

// `wsdeep auth check`: every rule of the deployed authorizer against one token, each with its own verdict. The token is
// not sent anywhere: all that may be fetched is the issuer's public key set.

namespace wsdeep::commands {
namespace {

struct CheckOptions {
  TargetOptions target;
  std::string token;
  std::string jwks;
};

struct Finding {
  const char* rule;
  bool kept;
  std::string text;
};

constexpr const char* kInstead = "pass the key set with --jwks FILE";

net::HttpResponse send(const net::HttpCall& call) {
  try {
    return net::HttpClient().send(call);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("cannot fetch {}: {}", call.url, error.what()), kInstead);
  }
}

std::string fetch_keys(const users::Target& target, const Env& env) {
  const std::string base = target.endpoint.empty()
                               ? aws::resolve_endpoint(env, "COGNITO_IDENTITY_PROVIDER", "cognito-idp", target.region)
                               : target.endpoint;
  net::HttpCall call;
  call.url = fmt::format("{}/{}/.well-known/jwks.json", base, target.user_pool_id);
  call.ca_file = target.ca_file;
  call.max_response_bytes = 1 << 20;
  const net::HttpResponse response = send(call);
  if (response.status != 200)
    throw Error(ErrorKind::kFailure, fmt::format("cannot fetch {}: HTTP {}", call.url, response.status), kInstead);
  return response.body;
}

auth::KeySet read_keys(const CheckOptions& options, const users::Target& target, const Context& context) {
  if (options.jwks.empty()) return auth::KeySet::parse(fetch_keys(target, context.env));
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

std::string at(std::int64_t seconds) {
  return iso8601(from_epoch_ms(seconds * 1000));
}

Finding check_expiry(const auth::TokenParts& token, const auth::TokenRules& rules, std::int64_t now) {
  const std::int64_t left = token.claims.expires_at - now;
  constexpr std::int64_t kMost = std::int64_t{200} * 365 * 86400;  // which is within what a duration can hold
  const std::string distance = human_duration(std::chrono::seconds(std::min(std::abs(left), kMost)));
  if (left > 0) return {"exp", true, fmt::format("{}, in {}", at(token.claims.expires_at), distance)};
  return {"exp", -left <= rules.leeway.count(), fmt::format("{}, {} ago", at(token.claims.expires_at), distance)};
}

Finding check_start(const auth::TokenParts& token, const auth::TokenRules& rules, std::int64_t now) {
  const std::int64_t start = std::max(token.claims.issued_at, token.not_before.value_or(0));
  const bool kept = start <= now + rules.leeway.count();
  return {"iat, nbf", kept, fmt::format("{}{}", at(start), kept ? "" : ", which is in the future: compare the clocks")};
}

Finding check_client(const auth::TokenParts& token, const auth::TokenRules& rules) {
  const bool is_access = token.claims.token_use == "access";
  const std::string& accepted = rules.client_ids.front();
  const bool kept = is_access
                        ? token.client_id == accepted
                        : std::find(token.audiences.begin(), token.audiences.end(), accepted) != token.audiences.end();
  const std::string got = is_access ? token.client_id : join(token.audiences, ", ");
  return {is_access ? "client_id" : "aud", kept, kept ? got : fmt::format("'{}', accepted is '{}'", got, accepted)};
}

Finding check_issuer(const auth::TokenParts& token, const auth::TokenRules& rules) {
  const bool kept = token.issuer == rules.issuer;
  return {"iss", kept, kept ? token.issuer : fmt::format("'{}', accepted is '{}'", token.issuer, rules.issuer)};
}

Finding check_use(const auth::TokenParts& token) {
  const std::string& use = token.claims.token_use;
  return {"token_use", use == "id" || use == "access",
          use.empty() ? "missing, accepted are id and access" : fmt::format("'{}'", use)};
}

std::vector<Finding> check_all(const auth::TokenParts& token, const auth::KeySet& keys, const auth::TokenRules& rules,
                               std::int64_t now) {
  const bool algorithm = token.algorithm == "RS256", known = keys.contains(token.kid);
  const bool is_signed = algorithm && keys.verify(token.kid, token.signed_text, token.signature);
  return {{"form", true, "three parts of JSON and signature"},
          {"alg", algorithm, algorithm ? "RS256" : fmt::format("'{}', accepted is RS256 alone", token.algorithm)},
          {"kid", known,
           known ? fmt::format("'{}'", token.kid)
                 : fmt::format("'{}' is none of the issuer's {} keys", token.kid, keys.size())},
          {"signature", is_signed, is_signed ? "made by this key" : "not made by this key over these claims"},
          check_issuer(token, rules),
          check_use(token),
          check_client(token, rules),
          check_expiry(token, rules, now),
          check_start(token, rules, now)};
}

void print(const std::vector<Finding>& findings, const Console& console) {
  for (const Finding& finding : findings)
    console.out(fmt::format("{:<10} {}  {}\n", finding.rule,
                            finding.kept ? console.style_out("32", "ok    ") : console.style_out("31", "WRONG "),
                            printable(finding.text)));
}

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
  print(check_all(*token, keys, rules, epoch_seconds(context.clock.now())), context.console);
  const auth::TokenVerdict verdict = auth::verify_token(trim(text), keys, rules, context.clock.now());
  if (!verdict)
    throw Error(ErrorKind::kRefused,
                fmt::format("the authorizer refuses this token: {}", auth::name_of(verdict.fault)));
  context.console.err(fmt::format("the authorizer accepts this token of '{}'\n", verdict.claims.username));
  return 0;
}

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

}  // namespace wsdeep::commands
