#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/jwt.h"
#include "base/clock.h"
#include "local/api/fault.h"
#include "local/api/json_request.h"
#include "local/cognito/attempts.h"
#include "local/cognito/challenges.h"
#include "local/cognito/codes.h"
#include "local/cognito/groups.h"
#include "local/cognito/mfa.h"
#include "local/cognito/pool.h"
#include "local/cognito/sent_codes.h"
#include "local/cognito/service.h"
#include "local/cognito/sessions.h"
#include "local/cognito/tokens.h"
#include "local/cognito/users.h"
#include "net/event_loop.h"
#include "wire/json_writer.h"

/// The operations of CognitoService. Private to this room.
namespace wsdeep::local {

/// What every operation works with. Tables and challenges belong to the loop's thread; a pool never changes, but
/// another one, with other keys, may take its place.
struct CognitoContext : std::enable_shared_from_this<CognitoContext> {
  CognitoContext(net::EventLoop& loop_in, Database& database_in, const Clock& clock_in, CognitoOptions options_in);

  std::int64_t now_ms() const { return epoch_ms(clock.now()); }
  /// Makes `next` the pool. Its keys are the ones that are shown and accepted from now on.
  void take_pool(UserPool next);
  /// Forgets retired keys whose time is over.
  void drop_retired_keys();

  net::EventLoop& loop;
  Database& database;
  const Clock& clock;
  CognitoOptions options;
  std::shared_ptr<const UserPool> pool;
  std::string issuer;
  std::string jwks;
  auth::KeySet keys;
  UserTable users;
  GroupTable groups;
  SessionTable sessions;
  MfaTable mfa;
  MfaSettings mfa_settings;
  std::vector<std::string> custom_attributes;  ///< that the pool defines, with their prefix: `custom:plan`
  ChallengeTable challenges;
  CodeTable codes;
  SignInLocks locks;
  HourlyLimits limits;
  SentCodes sent_codes;
};

/// Where an operation's outcome goes: exactly one of the two is called, once, on the loop's thread.
struct CognitoAnswer {
  std::function<void(const std::string& json)> done;
  std::function<void(std::exception_ptr)> failed;
};

/// Runs `step`; what it throws is the answer.
template <typename Answer, typename Step>
void guard(const Answer& answer, Step step) {
  try {
    step();
  } catch (...) {
    answer.failed(std::current_exception());
  }
}

/// Runs `work` on another thread, which must not touch the context, then `then(context, result)` on the loop's thread.
template <typename Answer, typename Work, typename Then>
void in_background(CognitoContext& context, const Answer& answer, Work work, Then then) {
  using Result = decltype(work());
  auto result = std::make_shared<std::optional<Result>>();
  std::weak_ptr<CognitoContext> weak = context.weak_from_this();
  context.loop.run_blocking([result, work = std::move(work)] { result->emplace(work()); },
                            [result, weak, answer, then = std::move(then)](const std::exception_ptr& fault) mutable {
                              const auto alive = weak.lock();
                              if (!alive) return;
                              guard(answer, [&] {
                                if (fault) std::rethrow_exception(fault);
                                then(*alive, *std::move(*result));
                              });
                            });
}

using Parameters = std::map<std::string, std::string>;

/// What a sign-in has to answer before it goes on.
struct SignInQuestion {
  std::string challenge;
  std::string session;
  wire::JsonObject parameters;
  std::string destination = {};  ///< where a code was sent, mostly hidden
};

/// Where a sign-in leads: exactly one of the three is called, once, on the loop's thread.
struct SignInSteps {
  std::string client_id;
  std::function<void(CognitoContext&, const User&)> signed_in;
  std::function<void(const SignInQuestion&)> asked;
  std::function<void(std::exception_ptr)> failed;
};

// The machinery of signing in, for the API and the hosted UI alike (cognito_sign_in.cpp, cognito_second_factor.cpp).

/// `USERNAME` and `PASSWORD`.
void sign_in_with_password(CognitoContext& context, const Parameters& parameters, const SignInSteps& steps);
/// `USERNAME` and `SRP_A`.
void start_srp(CognitoContext& context, const Parameters& parameters, const SignInSteps& steps);
/// NotAuthorizedException while the user, or the name that nobody has, is locked out.
void require_unlocked(const CognitoContext& context, const std::string& username);
/// The answer to any question; `responses` as RespondToAuthChallenge has them.
void answer_challenge(CognitoContext& context, const std::string& name, const std::string& session,
                      const Parameters& responses, const SignInSteps& steps);
/// The password is right: goes on with the second factor, when one is asked of `user`.
void ask_second_factor(CognitoContext& context, const User& user, const SignInSteps& steps);
/// The answer to a question of ask_second_factor.
void answer_second_factor(CognitoContext& context, const SignInChallenge& challenge, const std::string& session,
                          const Parameters& responses, const SignInSteps& steps);

/// The user's second factors that count at this pool: SMS_MFA, SOFTWARE_TOKEN_MFA.
std::vector<std::string> factors_of(const CognitoContext& context, const User& user, const UserMfa& mfa);
/// Adds `PreferredMfaSetting` and `UserMFASettingList`.
void add_mfa_members(wire::JsonObject& json, const UserMfa& mfa);
/// For a session of MFA_SETUP: a new secret in base32, and whether a code proves it (else the fault of Cognito).
std::string give_totp_secret(CognitoContext& context, const std::string& session);
void prove_totp_secret(CognitoContext& context, const std::string& session, const std::string& code);

/// Signs tokens for a session that is stored (`refresh_token` empty) or is stored now, before `done` is called.
struct TokenAnswer {
  std::function<void(CognitoContext&, const TokenPair&)> done;
  std::function<void(std::exception_ptr)> failed;
};
void issue_tokens(CognitoContext& context, const User& user, const SignInSession& session,
                  const std::string& refresh_token, const std::string& nonce, const TokenAnswer& answer);
/// A new session with nothing granted yet, and a refresh token.
SignInSession new_session(const CognitoContext& context, const User& user, const std::string& client_id);
std::string new_refresh_token();
/// The session of a refresh token that may be used, and its user; NotAuthorizedException in Cognito's words, or
/// RefreshTokenReuseException for one that another took the place of.
struct Renewal {
  SignInSession session;
  User user;
};
Renewal require_refresh_token(CognitoContext& context, const std::string& client_id, const std::string& token);
/// The token that takes the place of `token`, which ends when its grace period is over; empty without rotation.
std::string rotate_refresh_token(CognitoContext& context, const std::string& client_id, const std::string& token);

inline ApiFault not_authorized(const std::string& message) {
  return {"NotAuthorizedException", message};
}
inline ApiFault wrong_password() {
  return not_authorized("Incorrect username or password.");
}
inline ApiFault invalid_session() {
  return not_authorized("Invalid session for the user.");
}
inline ApiFault bad_parameter(const std::string& message) {
  return {"InvalidParameterException", message};
}
/// InvalidParameterException when it is missing or empty.
const std::string& require_parameter(const Parameters& parameters, const char* name);

// Operations that answer at once.
std::string admin_get_user(CognitoContext& context, const JsonRequest& request);
std::string admin_delete_user(CognitoContext& context, const JsonRequest& request);
std::string admin_enable_user(CognitoContext& context, const JsonRequest& request);
std::string admin_disable_user(CognitoContext& context, const JsonRequest& request);
std::string admin_update_user_attributes(CognitoContext& context, const JsonRequest& request);
std::string admin_user_global_sign_out(CognitoContext& context, const JsonRequest& request);
std::string list_users(CognitoContext& context, const JsonRequest& request);

std::string create_group(CognitoContext& context, const JsonRequest& request);
std::string get_group(CognitoContext& context, const JsonRequest& request);
std::string delete_group(CognitoContext& context, const JsonRequest& request);
std::string list_groups(CognitoContext& context, const JsonRequest& request);
std::string list_users_in_group(CognitoContext& context, const JsonRequest& request);
std::string admin_add_user_to_group(CognitoContext& context, const JsonRequest& request);
std::string admin_remove_user_from_group(CognitoContext& context, const JsonRequest& request);
std::string admin_list_groups_for_user(CognitoContext& context, const JsonRequest& request);

std::string confirm_sign_up(CognitoContext& context, const JsonRequest& request);
std::string admin_confirm_sign_up(CognitoContext& context, const JsonRequest& request);
std::string resend_confirmation_code(CognitoContext& context, const JsonRequest& request);
std::string forgot_password(CognitoContext& context, const JsonRequest& request);
std::string admin_reset_user_password(CognitoContext& context, const JsonRequest& request);
std::string update_user_attributes(CognitoContext& context, const JsonRequest& request);
std::string delete_user_attributes(CognitoContext& context, const JsonRequest& request);
std::string admin_delete_user_attributes(CognitoContext& context, const JsonRequest& request);
std::string delete_user(CognitoContext& context, const JsonRequest& request);
std::string get_user_attribute_verification_code(CognitoContext& context, const JsonRequest& request);
std::string verify_user_attribute(CognitoContext& context, const JsonRequest& request);

std::string get_user(CognitoContext& context, const JsonRequest& request);
std::string global_sign_out(CognitoContext& context, const JsonRequest& request);
std::string revoke_token(CognitoContext& context, const JsonRequest& request);

std::string describe_user_pool(CognitoContext& context, const JsonRequest& request);
std::string add_custom_attributes(CognitoContext& context, const JsonRequest& request);
std::string describe_user_pool_client(CognitoContext& context, const JsonRequest& request);
std::string list_user_pools(CognitoContext& context, const JsonRequest& request);
std::string list_user_pool_clients(CognitoContext& context, const JsonRequest& request);
std::string describe_resource_server(CognitoContext& context, const JsonRequest& request);
std::string list_resource_servers(CognitoContext& context, const JsonRequest& request);

std::string associate_software_token(CognitoContext& context, const JsonRequest& request);
std::string verify_software_token(CognitoContext& context, const JsonRequest& request);
std::string set_user_mfa_preference(CognitoContext& context, const JsonRequest& request);
std::string admin_set_user_mfa_preference(CognitoContext& context, const JsonRequest& request);
std::string get_user_pool_mfa_config(CognitoContext& context, const JsonRequest& request);
std::string set_user_pool_mfa_config(CognitoContext& context, const JsonRequest& request);

// Operations that hash a password or sign a token.
void admin_create_user(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);
void admin_set_user_password(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);
void sign_up(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);
void confirm_forgot_password(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);
void change_password(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);
void initiate_auth(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);
void get_tokens_from_refresh_token(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);
void admin_initiate_auth(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);
void respond_to_auth_challenge(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);
void admin_respond_to_auth_challenge(CognitoContext& context, const JsonRequest& request, const CognitoAnswer& answer);

// What several of them share (shared.cpp).

/// ApiFault ResourceNotFoundException unless the request's UserPoolId, or ClientId, is ours.
void require_pool(const CognitoContext& context, const JsonRequest& request);
const AppClient& require_client(const CognitoContext& context, const JsonRequest& request);
/// NotAuthorizedException unless `parameters` have the SECRET_HASH that a client with a secret, and none other, sends.
void require_secret_hash(const AppClient& client, const std::string& username, const Parameters& parameters);
/// `SecretHash` of a request, as the parameter that require_secret_hash looks for.
Parameters secret_hash_in(const JsonRequest& request);
/// The user that `Username` names: by name, sub or verified e-mail address; else UserNotFoundException.
User require_user(CognitoContext& context, const JsonRequest& request);
/// The signed-in user of `AccessToken`; NotAuthorizedException when the token is invalid, expired or revoked, or its
/// scopes are not for the API.
User require_signed_in(CognitoContext& context, const JsonRequest& request);
/// The user and the scopes of an access token, whatever those are.
struct SignedIn {
  User user;
  std::string scopes;
};
SignedIn read_access_token(CognitoContext& context, const std::string& token);

/// `Limit` (or `member`), from 1 to 60; 60 when missing. 0 counts as missing, as it does for Cognito.
int read_page_limit(const JsonRequest& request, const char* member = "Limit");
/// The name after which a page begins, from the opaque token that `page_token` made; empty when missing.
std::string read_page_start(const JsonRequest& request, const char* member);
std::string page_token(const std::string& last_name);
/// Cuts `entries`, read with one more than the limit, to a page; true when there is another one.
template <typename Entry>
bool cut_page(std::vector<Entry>& entries, int limit) {
  if (entries.size() <= static_cast<std::size_t>(limit)) return false;
  entries.resize(static_cast<std::size_t>(limit));
  return true;
}

/// UserType: `{"Username":…,"Attributes":[…],…}`; the attributes' member is called `attributes_member`. An empty
/// `only` means every attribute.
wire::JsonObject user_object(const User& user, const char* attributes_member,
                             const std::vector<std::string>& only = {});
std::string user_json(const User& user, const char* attributes_member, const std::vector<std::string>& only = {});
/// `[{"Name":"sub","Value":…},…]`
std::string attributes_json(const User& user, const std::vector<std::string>& only = {});

/// The names of the attributes that every pool has, but for `sub`.
const std::vector<std::string_view>& standard_attributes();
/// Applies `UserAttributes` to `user`: a blank value removes. ApiFault InvalidParameterException for unknown ones, and
/// when an existing user's marker would change.
enum class UserAge { kNew, kExisting };
void apply_attributes(const CognitoContext& context, User& user, const Json* attributes, UserAge age);
/// NotAuthorizedException when a user would write what only an administrator may: that an address is verified.
void require_own_attributes(const Json* attributes);
/// InvalidParameterException for a name that a new user cannot have.
void require_new_username(const std::string& name);
/// A verified address belongs to one user. With `take_over` the other one's is no longer verified; without it he keeps
/// it, and this is AliasExistsException.
void claim_verified_email(CognitoContext& context, const User& user, bool take_over);
/// Makes `record` the user's password.
void set_password(CognitoContext& context, User& user, PasswordRecord record, bool permanent);

// Messages with codes (messages.cpp). They go to the file that stands for phones and mailboxes.

/// The code of a second factor, to the user's phone.
void send_factor_code(const CognitoContext& context, const User& user, const std::string& code);
/// A new code for that use; CodeDeliveryDetails: where it went.
std::string send_code(CognitoContext& context, const User& user, CodeUse use);
/// What a request is answered for somebody who does not exist: `{"CodeDeliveryDetails":…}` with a place that nobody can
/// tell from a real one.
std::string pretended_delivery(const CognitoContext& context, const std::string& login);
/// ExpiredCodeException or CodeMismatchException unless the code is right.
void require_code(CodeVerdict verdict);
inline ApiFault no_code() {
  return {"ExpiredCodeException", "Invalid code provided, please request a code again."};
}
inline ApiFault wrong_sent_code() {
  return {"CodeMismatchException", "Invalid verification code provided, please try again."};
}

/// Cognito counts time in seconds with a fraction.
inline double seconds_of(std::int64_t ms) {
  return static_cast<double>(ms) / 1000;
}

}  // namespace wsdeep::local
