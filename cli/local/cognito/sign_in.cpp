// Signing in: what the API and the hosted UI have in common.
//
//   password ────────────────┬─ FORCE_CHANGE_PASSWORD → NEW_PASSWORD_REQUIRED ─┬→ second factor (if any) → signed in
//   SRP_A → PASSWORD_VERIFIER ┴─ CONFIRMED ─────────────────────────────────────┘
//
// Nothing tells whether a user exists: a password, and a proof, are checked against a verifier also for a name that
// nobody has, and the answer is the same after the same time. Only who knows the password learns that a user is
// disabled, or has yet to be confirmed. A name is locked out after a few wrong passwords, also one that nobody has.

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "local/cognito/operations.h"

namespace wsdeep::local {
namespace {

using wire::JsonObject;

constexpr const char* kNewPasswordRequired = "NEW_PASSWORD_REQUIRED";
constexpr const char* kPasswordVerifier = "PASSWORD_VERIFIER";
constexpr const char* kAttributePrefix = "userAttributes.";

void ask_for_new_password(CognitoContext& context, const User& user, const SignInSteps& steps) {
  if (context.now_ms() - user.password_ms > std::int64_t{kTemporaryPasswordDays} * 24 * 3600 * 1000)
    throw not_authorized("Temporary password has expired and must be reset by an administrator.");
  JsonObject attributes;
  for (const auto& [name, value] : user.attributes) attributes.add(name, value);
  SignInQuestion question{kNewPasswordRequired, "", {}};
  question.parameters.add("USER_ID_FOR_SRP", user.username)
      .add("requiredAttributes", "[]")
      .add("userAttributes", attributes.text());
  SignInChallenge challenge;
  challenge.name = kNewPasswordRequired;
  challenge.username = user.username;
  challenge.client_id = steps.client_id;
  challenge.password_salt = user.password.srp_salt;
  question.session = context.challenges.add(std::move(challenge));
  steps.asked(question);
}

/// The password is right; `user` is as it is now.
void go_on(CognitoContext& context, const User& user, const SignInSteps& steps) {
  if (!user.enabled) throw not_authorized("User is disabled.");
  if (user.status == "UNCONFIRMED") throw ApiFault("UserNotConfirmedException", "User is not confirmed.");
  if (user.status == "RESET_REQUIRED")
    throw ApiFault("PasswordResetRequiredException", "Password reset required for the user");
  if (user.status == "FORCE_CHANGE_PASSWORD") return ask_for_new_password(context, user, steps);
  ask_second_factor(context, user, steps);
}

/// Who wants to sign in: a user, or a name that nobody has, with something to check a password against all the same.
struct Candidate {
  std::optional<User> user;
  std::string username;
  PasswordRecord record;
};

Candidate find_candidate(CognitoContext& context, const Parameters& parameters) {
  const std::string& login = require_parameter(parameters, "USERNAME");
  auto user = context.users.find_by_login(login);
  require_unlocked(context, user ? user->username : login);
  if (!user) return {std::nullopt, login, record_of_nobody(context.pool->secret, login)};
  return {user, user->username, user->password};
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

/// Counts a wrong password. Of many that are tried at the same time, those that come after the lock tell nothing.
void judge(CognitoContext& context, const std::string& username, bool is_right) {
  require_unlocked(context, username);
  if (is_right) return;
  context.locks.failed(username);
  throw wrong_password();
}

void finish_srp(CognitoContext& context, const SignInChallenge& challenge, const std::string& session,
                const Parameters& responses, const SignInSteps& steps) {
  context.challenges.remove(session);
  const std::string& signature = require_parameter(responses, "PASSWORD_CLAIM_SIGNATURE");
  const std::string& block = require_parameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK");
  const std::string& timestamp = require_parameter(responses, "TIMESTAMP");
  in_background(
      context, steps,
      [attempt = challenge.srp, signature, block, timestamp] {
        return block == attempt->challenge.secret_block_base64 &&
               attempt->server.accepts(attempt->challenge, timestamp, signature) && attempt->user_exists;
      },
      [username = challenge.username, salt = challenge.password_salt, steps](CognitoContext& later, bool accepted) {
        const auto user = later.users.find(username);
        judge(later, username, accepted && user && user->password.srp_salt == salt);
        go_on(later, *user, steps);
      });
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
                       const Parameters& responses, const SignInSteps& steps) {
  const std::string& password = require_parameter(responses, "NEW_PASSWORD");
  require_password_policy(password);
  const Json attributes = attributes_in(responses);
  context.challenges.remove(session);
  in_background(
      context, steps,
      [pool = context.pool, name = challenge.username, password] {
        return make_password_record(pool->id, name, password);
      },
      [challenge, attributes, steps](CognitoContext& later, PasswordRecord record) {
        auto user = later.users.find(challenge.username);
        if (!user || !user->enabled || user->status != "FORCE_CHANGE_PASSWORD" ||
            user->password.srp_salt != challenge.password_salt)
          throw invalid_session();
        apply_attributes(later, *user, &attributes, UserAge::kExisting);
        set_password(later, *user, std::move(record), true);
        ask_second_factor(later, *user, steps);
      });
}

}  // namespace

void require_unlocked(const CognitoContext& context, const std::string& username) {
  if (context.locks.is_locked(username)) throw not_authorized("Password attempts exceeded");
}

void sign_in_with_password(CognitoContext& context, const Parameters& parameters, const SignInSteps& steps) {
  const std::string& password = require_parameter(parameters, "PASSWORD");
  const auto [user, username, record] = find_candidate(context, parameters);
  in_background(
      context, steps,
      [pool = context.pool, username = username, password, record = record] {
        return password_matches(pool->id, username, password, record);
      },
      [user = user, username = username, salt = record.srp_salt, steps](CognitoContext& later, bool matches) {
        const auto current = user ? later.users.find_by_sub(user->sub) : std::nullopt;
        judge(later, username, matches && current && current->password.srp_salt == salt);
        go_on(later, *current, steps);
      });
}

void start_srp(CognitoContext& context, const Parameters& parameters, const SignInSteps& steps) {
  const std::string& client_public = require_parameter(parameters, "SRP_A");
  const auto [user, username, record] = find_candidate(context, parameters);
  in_background(
      context, steps,
      [pool = context.pool, username = username, record = record, client_public, exists = user.has_value()] {
        return make_attempt(*pool, username, {record.srp_salt, record.srp_verifier}, client_public, exists);
      },
      [username = username, steps](CognitoContext& later, std::shared_ptr<const SrpAttempt> attempt) {
        SignInQuestion question{kPasswordVerifier, "", {}};
        question.parameters.add("SALT", attempt->challenge.salt_hex)
            .add("SECRET_BLOCK", attempt->challenge.secret_block_base64)
            .add("SRP_B", attempt->challenge.server_public_hex)
            .add("USERNAME", username)
            .add("USER_ID_FOR_SRP", username);
        SignInChallenge challenge;
        challenge.name = kPasswordVerifier;
        challenge.username = username;
        challenge.client_id = steps.client_id;
        challenge.password_salt = attempt->challenge.salt_hex;
        challenge.srp = std::move(attempt);
        question.session = later.challenges.add(std::move(challenge));
        steps.asked(question);
      });
}

void answer_challenge(CognitoContext& context, const std::string& name, const std::string& session,
                      const Parameters& responses, const SignInSteps& steps) {
  const std::string& username = require_parameter(responses, "USERNAME");
  const SignInChallenge* open = context.challenges.find(session);
  if (open == nullptr || open->name != name || open->client_id != steps.client_id) throw invalid_session();
  const SignInChallenge challenge = *open;
  const auto user = context.users.find_by_login(username);
  if (!iequals(user ? user->username : username, challenge.username)) throw invalid_session();
  if (name == kNewPasswordRequired) return take_new_password(context, challenge, session, responses, steps);
  if (name == kPasswordVerifier) return finish_srp(context, challenge, session, responses, steps);
  answer_second_factor(context, challenge, session, responses, steps);
}

}  // namespace wsdeep::local
