#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auth/jwt.h"
#include "base/clock.h"
#include "local/cognito_challenges.h"
#include "local/cognito_groups.h"
#include "local/cognito_pool.h"
#include "local/cognito_service.h"
#include "local/cognito_sessions.h"
#include "local/cognito_users.h"
#include "local/json_request.h"
#include "net/event_loop.h"

/// The operations of CognitoService. Private to the files cognito_*.cpp.
namespace wsdeep::local {

/// What every operation works with. Tables and challenges belong to the loop's thread; the pool never changes.
struct CognitoContext : std::enable_shared_from_this<CognitoContext> {
  CognitoContext(net::EventLoop& loop_in, Database& database, const Clock& clock_in, const CognitoOptions& options);

  std::int64_t now_ms() const { return epoch_ms(clock.now()); }

  net::EventLoop& loop;
  const Clock& clock;
  std::shared_ptr<const UserPool> pool;
  std::string issuer;
  std::string jwks;
  auth::KeySet keys;
  UserTable users;
  GroupTable groups;
  SessionTable sessions;
  ChallengeTable challenges;
};

/// Where an operation's outcome goes: exactly one of the two is called, once, on the loop's thread.
struct CognitoAnswer {
  std::function<void(const std::string& json)> done;
  std::function<void(std::exception_ptr)> failed;
};

/// Runs `step`; what it throws is the answer.
template <typename Step>
void guard(const CognitoAnswer& answer, Step step) {
  try {
    step();
  } catch (...) {
    answer.failed(std::current_exception());
  }
}

/// Runs `work` on another thread, which must not touch the context, then `then(context, result)` on the loop's thread.
template <typename Work, typename Then>
void in_background(CognitoContext& context, const CognitoAnswer& answer, Work work, Then then) {
  using Result = decltype(work());
  auto result = std::make_shared<std::optional<Result>>();
  std::weak_ptr<CognitoContext> weak = context.weak_from_this();
  context.loop.run_blocking([result, work = std::move(work)] { result->emplace(work()); },
                            [result, weak, answer, then = std::move(then)](std::exception_ptr fault) mutable {
                              const auto alive = weak.lock();
                              if (!alive) return;
                              guard(answer, [&] {
                                if (fault) std::rethrow_exception(fault);
                                then(*alive, *std::move(*result));
                              });
                            });
}

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

std::string get_user(CognitoContext& context, const JsonRequest& request);
std::string global_sign_out(CognitoContext& context, const JsonRequest& request);
std::string revoke_token(CognitoContext& context, const JsonRequest& request);

std::string describe_user_pool(CognitoContext& context, const JsonRequest& request);
std::string describe_user_pool_client(CognitoContext& context, const JsonRequest& request);
std::string list_user_pools(CognitoContext& context, const JsonRequest& request);
std::string list_user_pool_clients(CognitoContext& context, const JsonRequest& request);

// Operations that hash a password or sign a token.
void admin_create_user(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer);
void admin_set_user_password(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer);
void change_password(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer);
void initiate_auth(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer);
void admin_initiate_auth(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer);
void respond_to_auth_challenge(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer);
void admin_respond_to_auth_challenge(CognitoContext& context, const JsonRequest& request, CognitoAnswer answer);

// What several of them share (cognito_shared.cpp).

/// ApiFault ResourceNotFoundException unless the request's UserPoolId, or ClientId, is ours.
void require_pool(const CognitoContext& context, const JsonRequest& request);
void require_client(const CognitoContext& context, const JsonRequest& request);
/// The user that `Username` names: by name, sub or verified e-mail address; else UserNotFoundException.
User require_user(CognitoContext& context, const JsonRequest& request);
/// The signed-in user of `AccessToken`; NotAuthorizedException when the token is invalid, expired or revoked.
User require_signed_in(CognitoContext& context, const JsonRequest& request);

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
std::string user_json(const User& user, const char* attributes_member, const std::vector<std::string>& only = {});
/// `[{"Name":"sub","Value":…},…]`
std::string attributes_json(const User& user, const std::vector<std::string>& only = {});

/// Applies `UserAttributes` to `user`: a blank value removes. ApiFault InvalidParameterException for unknown ones.
void apply_attributes(User& user, const Json* attributes);
/// Makes `record` the user's password.
void set_password(CognitoContext& context, User& user, PasswordRecord record, bool permanent);

/// Cognito counts time in seconds with a fraction.
inline double seconds_of(std::int64_t ms) {
  return static_cast<double>(ms) / 1000;
}

}  // namespace wsdeep::local
