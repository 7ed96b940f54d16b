// Signing in: flows, challenges and tokens.
//
//   InitiateAuth ── USER_PASSWORD_AUTH ─── password checked ───────┬─ CONFIRMED ──────────────→ tokens
//                └─ USER_SRP_AUTH → PASSWORD_VERIFIER → proof checked ┤
//                                                                  └─ FORCE_CHANGE_PASSWORD → NEW_PASSWORD_REQUIRED →
//                                                                  tokens
//                └─ REFRESH_TOKEN_AUTH ─────────────────────────────────────────────────────→ tokens
//
// Nothing tells whether a user exists: a password, and a proof, are checked against a verifier also for a name that
// nobody has, and the answer is the same after the same time. Only who knows the password learns that a user
// is disabled.

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "local/api_fault.h"
#include "local/cognito_operations.h"
#include "local/cognito_tokens.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;
using Parameters = std::map<std::string, std::string>;

constexpr const char* kNewPasswordRequired = "NEW_PASSWORD_REQUIRED";
constexpr const char* kPasswordVerifier = "PASSWORD_VERIFIER";
constexpr const char* kAttributePrefix = "userAttributes.";

ApiFault not_authorized(const std::string& message) {
  return {"NotAuthorizedException", message};
}
ApiFault wrong_password() {
  return not_authorized("Incorrect username or password.");
}
ApiFault bad_parameter(const std::string& message) {
  return {"InvalidParameterException", message};
}

const std::string& require_parameter(const Parameters& parameters, const char* name) {
  const auto found = parameters.find(name);
  if (found == parameters.end() || found->second.empty())
    throw bad_parameter(fmt::format("Missing required parameter {}", name));
  return found->second;
}

std::string challenge_json(const char* name, const std::string& session, const JsonObject& parameters) {
  return JsonObject()
      .add("ChallengeName", name)
      .add("Session", session)
      .add_json("ChallengeParameters", parameters.text())
      .text();
}

std::string tokens_json(const TokenPair& tokens, const std::string& refresh_token) {
  JsonObject result;
  result.add("AccessToken", tokens.access)
      .add("ExpiresIn", kTokenSeconds)
      .add("TokenType", "Bearer")
      .add("IdToken", tokens.id);
  if (!refresh_token.empty()) result.add("RefreshToken", refresh_token);
  return JsonObject().add_json("ChallengeParameters", "{}").add_json("AuthenticationResult", result.text()).text();
}

std::vector<std::string> group_names(CognitoContext& context, const std::string& username) {
  constexpr int kMaxGroups = 100;
  std::vector<std::string> names;
  for (Group& group : context.groups.list(username, "", kMaxGroups)) names.push_back(std::move(group.name));
  return names;
}

/// Signs tokens for `session`. A new session comes with its refresh token and is stored before the answer.
void answer_tokens(CognitoContext& context, const User& user, const SignInSession& session,
                   const std::string& refresh_token, const CognitoAnswer& answer) {
  const std::int64_t now_seconds = context.now_ms() / 1000;
  TokenClaimTexts claims =
      make_claims(*context.pool, context.issuer, user, group_names(context, user.username), session, now_seconds);
  in_background(
      context, answer, [pool = context.pool, claims = std::move(claims)] { return sign_claims(*pool, claims); },
      [user, session, refresh_token, answer](CognitoContext& later, const TokenPair& tokens) {
        // Deleted or disabled while we signed: no token leaves.
        const auto current = later.users.find_by_sub(user.sub);
        if (!current) throw wrong_password();
        if (!current->enabled) throw not_authorized("User is disabled.");
        if (!refresh_token.empty()) {
          later.sessions.remove_expired(later.now_ms());
          later.sessions.insert(session, refresh_token);
        }
        answer.done(tokens_json(tokens, refresh_token));
      });
}

void start_session(CognitoContext& context, const User& user, const CognitoAnswer& answer) {
  const std::int64_t now_ms = context.now_ms();
  const SignInSession session{random_uuid(), user.username, now_ms / 1000, now_ms + kRefreshSeconds * 1000, false};
  answer_tokens(context, user, session, base64url(random_bytes(96)), answer);
}

void ask_for_new_password(CognitoContext& context, const User& user, const CognitoAnswer& answer) {
  if (context.now_ms() - user.password_ms > std::int64_t{kTemporaryPasswordDays} * 24 * 3600 * 1000)
    throw not_authorized("Temporary password has expired and must be reset by an administrator.");
  JsonObject attributes;
  for (const auto& [name, value] : user.attributes) attributes.add(name, value);
  JsonObject parameters;
  parameters.add("USER_ID_FOR_SRP", user.username)
      .add("requiredAttributes", "[]")
      .add("userAttributes", attributes.text());
  const std::string session = context.challenges.add({kNewPasswordRequired, user.username, nullptr});
  answer.done(challenge_json(kNewPasswordRequired, session, parameters));
}

/// The password is right; `user` is as it is now.
void go_on(CognitoContext& context, const User& user, const CognitoAnswer& answer) {
  if (!user.enabled) throw not_authorized("User is disabled.");
  if (user.status == "FORCE_CHANGE_PASSWORD") return ask_for_new_password(context, user, answer);
  start_session(context, user, answer);
}

void sign_in_with_password(CognitoContext& context, const Parameters& parameters, const CognitoAnswer& answer) {
  const std::string& password = require_parameter(parameters, "PASSWORD");
  const std::string& login = require_parameter(parameters, "USERNAME");
  const auto user = context.users.find_by_login(login);
  const std::string username = user ? user->username : login;
  const PasswordRecord record = user ? user->password : record_of_nobody(context.pool->secret, login);
  in_background(
      context, answer,
      [pool = context.pool, username, password, record] {
        return password_matches(pool->id, username, password, record);
      },
      [user, salt = record.srp_salt, answer](CognitoContext& later, bool matches) {
        const auto current = user ? later.users.find_by_sub(user->sub) : std::nullopt;
        if (!matches || !current || current->password.srp_salt != salt) throw wrong_password();
        go_on(later, *current, answer);
      });
}

std::shared_ptr<const SrpAttempt> make_attempt(const UserPool& pool, const std::string& username,
                                               auth::srp::Verifier verifier, const std::string& client_public,
                                               bool user_exists) {
  const std::string salt = verifier.salt_hex;
  try {
    auth::srp::Server server(pool.id, std::move(verifier), client_public);
    auth::srp::Challenge challenge{username, salt, server.public_hex(), base64(random_bytes(64))};
    return std::make_shared<const SrpAttempt>(SrpAttempt{std::move(server), std::move(challenge), user_exists});
  } catch (const Error&) {
    throw bad_parameter("Incorrect SRP_A value.");
  }
}

void start_srp(CognitoContext& context, const Parameters& parameters, const CognitoAnswer& answer) {
  const std::string& client_public = require_parameter(parameters, "SRP_A");
  const std::string& login = require_parameter(parameters, "USERNAME");
  const auto user = context.users.find_by_login(login);
  const std::string username = user ? user->username : login;
  const PasswordRecord record = user ? user->password : record_of_nobody(context.pool->secret, login);
  in_background(
      context, answer,
      [pool = context.pool, username, record, client_public, exists = user.has_value()] {
        return make_attempt(*pool, username, {record.srp_salt, record.srp_verifier}, client_public, exists);
      },
      [username, answer](CognitoContext& later, std::shared_ptr<const SrpAttempt> attempt) {
        JsonObject shown;
        shown.add("SALT", attempt->challenge.salt_hex)
            .add("SECRET_BLOCK", attempt->challenge.secret_block_base64)
            .add("SRP_B", attempt->challenge.server_public_hex)
            .add("USERNAME", username)
            .add("USER_ID_FOR_SRP", username);
        const std::string session = later.challenges.add({kPasswordVerifier, username, std::move(attempt)});
        answer.done(challenge_json(kPasswordVerifier, session, shown));
      });
}

void finish_srp(CognitoContext& context, const SignInChallenge& challenge, const Parameters& responses,
                const CognitoAnswer& answer) {
  const std::string& signature = require_parameter(responses, "PASSWORD_CLAIM_SIGNATURE");
  const std::string& block = require_parameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK");
  const std::string& timestamp = require_parameter(responses, "TIMESTAMP");
  in_background(
      context, answer,
      [attempt = challenge.srp, signature, block, timestamp] {
        return block == attempt->challenge.secret_block_base64 &&
               attempt->server.accepts(attempt->challenge, timestamp, signature) && attempt->user_exists;
      },
      [username = challenge.username, verifier = challenge.srp->challenge.salt_hex, answer](CognitoContext& later,
                                                                                            bool accepted) {
        const auto user = later.users.find(username);
        if (!accepted || !user || user->password.srp_salt != verifier) throw wrong_password();
        go_on(later, *user, answer);
      });
}

void refresh(CognitoContext& context, const Parameters& parameters, const CognitoAnswer& answer) {
  const auto session = context.sessions.find_by_refresh_token(require_parameter(parameters, "REFRESH_TOKEN"));
  if (!session) throw not_authorized("Invalid Refresh Token");
  if (session->revoked) throw not_authorized("Refresh Token has been revoked");
  if (session->expires_ms <= context.now_ms()) throw not_authorized("Refresh Token has expired");
  const auto user = context.users.find(session->username);
  if (!user) throw not_authorized("Invalid Refresh Token");
  if (!user->enabled) throw not_authorized("User is disabled.");
  answer_tokens(context, *user, *session, "", answer);
}

using Flow = void (*)(CognitoContext&, const Parameters&, const CognitoAnswer&);
using Flows = std::map<std::string, Flow, std::less<>>;

void run_flow(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer, const Flows& flows) {
  require_client(context, request);
  const std::string name = request.text("AuthFlow");
  const auto flow = flows.find(name);
  if (flow != flows.end()) return flow->second(context, request.texts("AuthParameters"), answer);
  if (name == "CUSTOM_AUTH") throw bad_parameter("Custom auth lambda trigger is not configured for the user pool.");
  if (name == "USER_AUTH" || name.starts_with("ADMIN_") || name.starts_with("USER_"))
    throw bad_parameter("Initiate Auth method not supported.");
  throw bad_parameter(
      fmt::format("1 validation error detected: Value '{}' at 'authFlow' failed to satisfy constraint: Member must "
                  "satisfy enum value set: [ADMIN_NO_SRP_AUTH, ADMIN_USER_PASSWORD_AUTH, CUSTOM_AUTH, REFRESH_TOKEN, "
                  "REFRESH_TOKEN_AUTH, USER_AUTH, USER_PASSWORD_AUTH, USER_SRP_AUTH]",
                  name));
}

/// `userAttributes.name` among the responses, as UserAttributes.
Json attributes_in(const Parameters& responses) {
  Json attributes = Json::array();
  for (const auto& [name, value] : responses)
    if (name.starts_with(kAttributePrefix))
      attributes.push_back({{"Name", name.substr(std::string_view(kAttributePrefix).size())}, {"Value", value}});
  return attributes;
}

void take_new_password(CognitoContext& context, const SignInChallenge& challenge, const std::string& session,
                       const Parameters& responses, const CognitoAnswer& answer) {
  const std::string& password = require_parameter(responses, "NEW_PASSWORD");
  require_password_policy(password);
  const Json attributes = attributes_in(responses);
  context.challenges.remove(session);
  in_background(
      context, answer,
      [pool = context.pool, name = challenge.username, password] {
        return make_password_record(pool->id, name, password);
      },
      [username = challenge.username, attributes, answer](CognitoContext& later, PasswordRecord record) {
        auto user = later.users.find(username);
        if (!user || !user->enabled || user->status != "FORCE_CHANGE_PASSWORD")
          throw not_authorized("Invalid session for the user.");
        apply_attributes(*user, &attributes);
        set_password(later, *user, std::move(record), true);
        start_session(later, *user, answer);
      });
}

void respond(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  require_client(context, request);
  const std::string name = request.text("ChallengeName");
  const Parameters responses = request.texts("ChallengeResponses");
  const std::string& username = require_parameter(responses, "USERNAME");
  const std::string session = request.text("Session");
  const auto challenge = context.challenges.find(session);
  if (!challenge || challenge->name != name) throw not_authorized("Invalid session for the user.");
  const auto user = context.users.find_by_login(username);
  if (!iequals(user ? user->username : username, challenge->username))
    throw not_authorized("Invalid session for the user.");
  if (name == kNewPasswordRequired) return take_new_password(context, *challenge, session, responses, answer);
  context.challenges.remove(session);
  finish_srp(context, *challenge, responses, answer);
}

}  // namespace

void initiate_auth(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer) {
  static const Flows kFlows = {{"USER_PASSWORD_AUTH", sign_in_with_password},
                               {"USER_SRP_AUTH", start_srp},
                               {"REFRESH_TOKEN_AUTH", refresh},
                               {"REFRESH_TOKEN", refresh}};
  run_flow(context, request, answer, kFlows);
}

void admin_initiate_auth(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer) {
  static const Flows kFlows = {{"ADMIN_USER_PASSWORD_AUTH", sign_in_with_password},
                               {"ADMIN_NO_SRP_AUTH", sign_in_with_password},
                               {"USER_SRP_AUTH", start_srp},
                               {"REFRESH_TOKEN_AUTH", refresh},
                               {"REFRESH_TOKEN", refresh}};
  require_pool(context, request);
  run_flow(context, request, answer, kFlows);
}

void respond_to_auth_challenge(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer) {
  respond(context, request, answer);
}

void admin_respond_to_auth_challenge(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer) {
  require_pool(context, request);
  respond(context, request, answer);
}

void change_password(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer) {
  const User user = require_signed_in(context, request);
  const std::string previous = request.text("PreviousPassword"), proposed = request.text("ProposedPassword");
  require_password_policy(proposed);
  in_background(
      context, answer,
      [pool = context.pool, user, previous, proposed]() -> std::optional<PasswordRecord> {
        if (!password_matches(pool->id, user.username, previous, user.password)) return std::nullopt;
        return make_password_record(pool->id, user.username, proposed);
      },
      [user, answer](CognitoContext& later, std::optional<PasswordRecord> record) {
        auto current = later.users.find_by_sub(user.sub);
        if (!record || !current || current->password.srp_salt != user.password.srp_salt) throw wrong_password();
        set_password(later, *current, *std::move(record), true);
        answer.done("{}");
      });
}

std::string get_user(CognitoContext& context, const JsonRequest& request) {
  const User user = require_signed_in(context, request);
  return JsonObject().add("Username", user.username).add_json("UserAttributes", attributes_json(user)).text();
}

std::string global_sign_out(CognitoContext& context, const JsonRequest& request) {
  context.sessions.revoke_all(require_signed_in(context, request).username);
  return "{}";
}

/// An unknown token is no error (RFC 7009).
std::string revoke_token(CognitoContext& context, const JsonRequest& request) {
  require_client(context, request);
  const std::string token = request.text("Token");
  if (auth::read_token(token)) throw ApiFault("UnsupportedTokenTypeException", "Unsupported token type");
  if (const auto session = context.sessions.find_by_refresh_token(token)) context.sessions.revoke(session->origin_jti);
  return "{}";
}

}  // namespace wsdeep::local
