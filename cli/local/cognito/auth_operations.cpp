// The operations by which apps sign users in and out. Their machinery is in cognito_sign_in.cpp.

#include <fmt/format.h>

#include "base/hash.h"
#include "local/cognito/operations.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

std::string question_json(const SignInQuestion& question) {
  return JsonObject()
      .add("ChallengeName", question.challenge)
      .add("Session", question.session)
      .add_json("ChallengeParameters", question.parameters.text())
      .text();
}

std::string result_json(const TokenPair& tokens, const std::string& refresh_token) {
  JsonObject result;
  result.add("AccessToken", tokens.access).add("ExpiresIn", kTokenSeconds).add("TokenType", "Bearer");
  if (!tokens.id.empty()) result.add("IdToken", tokens.id);
  if (!refresh_token.empty()) result.add("RefreshToken", refresh_token);
  return result.text();
}

std::string tokens_json(const TokenPair& tokens, const std::string& refresh_token) {
  return JsonObject()
      .add_json("ChallengeParameters", "{}")
      .add_json("AuthenticationResult", result_json(tokens, refresh_token))
      .text();
}

TokenAnswer token_answer(const std::string& refresh_token, const CognitoAnswer& answer) {
  return {[refresh_token, answer](CognitoContext&, const TokenPair& tokens) {
            answer.done(tokens_json(tokens, refresh_token));
          },
          answer.failed};
}

/// Tokens at the end; questions are the answer until then.
SignInSteps api_steps(const AppClient& client, const CognitoAnswer& answer) {
  const auto signed_in = [client_id = client.id, answer](CognitoContext& context, const User& user) {
    const std::string refresh_token = new_refresh_token();
    issue_tokens(context, user, new_session(context, user, client_id), refresh_token, "",
                 token_answer(refresh_token, answer));
  };
  return {client.id, signed_in, [answer](const SignInQuestion& question) { answer.done(question_json(question)); },
          answer.failed};
}

void with_password(CognitoContext& context, const AppClient& client, const Parameters& parameters,
                   const CognitoAnswer& answer) {
  require_secret_hash(client, require_parameter(parameters, "USERNAME"), parameters);
  sign_in_with_password(context, parameters, api_steps(client, answer));
}

void with_srp(CognitoContext& context, const AppClient& client, const Parameters& parameters,
              const CognitoAnswer& answer) {
  require_secret_hash(client, require_parameter(parameters, "USERNAME"), parameters);
  start_srp(context, parameters, api_steps(client, answer));
}

void with_refresh_token(CognitoContext& context, const AppClient& client, const Parameters& parameters,
                        const CognitoAnswer& answer) {
  // https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html
  if (context.options.rotation_grace) throw bad_parameter("Auth flow not enabled for this client");
  const Renewal renewal = require_refresh_token(context, client.id, require_parameter(parameters, "REFRESH_TOKEN"));
  require_secret_hash(client, renewal.user.username, parameters);
  issue_tokens(context, renewal.user, renewal.session, "", "", token_answer("", answer));
}

/// The `ClientSecret` of a client that has one, and of none other.
void require_client_secret(const AppClient& client, const JsonRequest& request) {
  if (!constant_time_equal(request.text_or("ClientSecret", ""), client.secret))
    throw not_authorized(client.secret.empty() ? "Client is not configured with a secret" : "Invalid client secret");
}

using Flow = void (*)(CognitoContext&, const AppClient&, const Parameters&, const CognitoAnswer&);
using Flows = std::map<std::string, Flow, std::less<>>;

void run_flow(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer, const Flows& flows) {
  const AppClient& client = require_client(context, request);
  const std::string name = request.text("AuthFlow");
  const auto flow = flows.find(name);
  if (flow != flows.end()) return flow->second(context, client, request.texts("AuthParameters"), answer);
  if (name == "CUSTOM_AUTH") throw bad_parameter("Custom auth lambda trigger is not configured for the user pool.");
  if (name == "USER_AUTH" || name.starts_with("ADMIN_") || name.starts_with("USER_"))
    throw bad_parameter("Initiate Auth method not supported.");
  throw bad_parameter(
      fmt::format("1 validation error detected: Value '{}' at 'authFlow' failed to satisfy constraint: Member must "
                  "satisfy enum value set: [ADMIN_NO_SRP_AUTH, ADMIN_USER_PASSWORD_AUTH, CUSTOM_AUTH, REFRESH_TOKEN, "
                  "REFRESH_TOKEN_AUTH, USER_AUTH, USER_PASSWORD_AUTH, USER_SRP_AUTH]",
                  name));
}

void respond(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  const AppClient& client = require_client(context, request);
  const std::string name = request.text("ChallengeName");
  const Parameters responses = request.texts("ChallengeResponses");
  require_secret_hash(client, require_parameter(responses, "USERNAME"), responses);
  answer_challenge(context, name, request.text("Session"), responses, api_steps(client, answer));
}

}  // namespace

void initiate_auth(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  static const Flows kFlows = {{"USER_PASSWORD_AUTH", with_password},
                               {"USER_SRP_AUTH", with_srp},
                               {"REFRESH_TOKEN_AUTH", with_refresh_token},
                               {"REFRESH_TOKEN", with_refresh_token}};
  run_flow(context, request, answer, kFlows);
}

void get_tokens_from_refresh_token(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  const AppClient& client = require_client(context, request);
  require_client_secret(client, request);
  const std::string token = request.text("RefreshToken");
  const Renewal renewal = require_refresh_token(context, client.id, token);
  const auto done = [client_id = client.id, token, answer](CognitoContext& later, const TokenPair& tokens) {
    const std::string fresh = rotate_refresh_token(later, client_id, token);
    answer.done(JsonObject().add_json("AuthenticationResult", result_json(tokens, fresh)).text());
  };
  issue_tokens(context, renewal.user, renewal.session, "", "", {done, answer.failed});
}

void admin_initiate_auth(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  static const Flows kFlows = {{"ADMIN_USER_PASSWORD_AUTH", with_password},
                               {"ADMIN_NO_SRP_AUTH", with_password},
                               {"USER_SRP_AUTH", with_srp},
                               {"REFRESH_TOKEN_AUTH", with_refresh_token},
                               {"REFRESH_TOKEN", with_refresh_token}};
  require_pool(context, request);
  run_flow(context, request, answer, kFlows);
}

void respond_to_auth_challenge(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  respond(context, request, answer);
}

void admin_respond_to_auth_challenge(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  require_pool(context, request);
  respond(context, request, answer);
}

void change_password(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer) {
  const User user = require_signed_in(context, request);
  context.limits.require(Rationed::kChangePassword, user.username);
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
  JsonObject answer;
  answer.add("Username", user.username).add_json("UserAttributes", attributes_json(user));
  add_mfa_members(answer, context.mfa.find(user.username));
  return answer.text();
}

std::string global_sign_out(CognitoContext& context, const JsonRequest& request) {
  context.sessions.revoke_all(require_signed_in(context, request).username);
  return "{}";
}

/// An unknown token is no error (RFC 7009).
std::string revoke_token(CognitoContext& context, const JsonRequest& request) {
  const AppClient& client = require_client(context, request);
  require_client_secret(client, request);
  const std::string token = request.text("Token");
  if (auth::read_token(token)) throw ApiFault("UnsupportedTokenTypeException", "Unsupported token type");
  const auto session = context.sessions.find_by_refresh_token(token);
  if (session && session->client_id == client.id) context.sessions.revoke(session->origin_jti);
  return "{}";
}

}  // namespace wsdeep::local
