#include "users/sign_in.h"

#include <fmt/format.h>

#include <utility>

#include "auth/file_lock.h"
#include "auth/jwt.h"
#include "base/error.h"
#include "users/cognito_errors.h"

namespace wsdeep::users {
namespace {

constexpr std::int64_t kRefreshBeforeSeconds = 120;

auth::SavedLogin login_from(const Target& target, const std::string& username, const aws::AuthResult& result,
                            const std::string& old_refresh_token, const Clock& clock) {
  auth::SavedLogin login;
  login.issuer = target.issuer();
  login.client_id = target.client_id;
  login.username = username;
  login.id_token = result.id_token;
  login.access_token = result.access_token;
  login.refresh_token = result.refresh_token.empty() ? old_refresh_token : result.refresh_token;
  login.expires_at = epoch_seconds(clock.now()) + result.expires_in;
  return login;
}

bool is_fresh(const auth::SavedLogin& login, const Clock& clock) {
  return login.expires_at - epoch_seconds(clock.now()) > kRefreshBeforeSeconds;
}

/// The user as the pool names him; he may have signed in with his e-mail address.
std::string pool_username(const auth::SavedLogin& login) {
  const auto token = auth::read_token(login.id_token);
  return token && !token->claims.username.empty() ? token->claims.username : login.username;
}

Error not_signed_in(const Target& target, const std::string& username) {
  const std::string who = username.empty() ? "" : fmt::format(" as '{}'", username);
  return {ErrorKind::kRefused,
          fmt::format("not signed in{} at {}", who,
                      target.local         ? "the local system"
                      : target.url.empty() ? target.user_pool_id
                                           : target.url),
          fmt::format("sign in with: wsdeep login {}", username.empty() ? "USER" : username)};
}

}  // namespace

auth::LoginStore login_store(Context& context) {
  return {context.files, context.state_folder() / "logins.json"};
}

auth::PoolClient pool_client(const Target& target, const Context& context) {
  return {target.user_pool_id, target.client_id, context.env.get_or("WSDEEP_CLIENT_SECRET", "")};
}

auth::SavedLogin sign_in(const Target& target, Context& context, auth::SignInFlow flow, const std::string& username,
                         const std::string& password, auth::ChallengeAnswers& answers) {
  if (target.user_pool_id.empty() && flow != auth::SignInFlow::kPassword)
    throw Error(ErrorKind::kUsage, "the user pool is not known",
                "pass --user-pool-id, or sign in with --flow password");
  CognitoAccess access(target, context);
  const aws::AuthResult result = explained(fmt::format("cannot sign in '{}'", username), username, [&] {
    return auth::sign_in(access.cognito, pool_client(target, context), flow, username, password, answers,
                         context.clock);
  });
  return save_tokens(target, context, username, result);
}

auth::SavedLogin save_tokens(const Target& target, Context& context, const std::string& username,
                             const aws::AuthResult& result) {
  auth::SavedLogin login = login_from(target, username, result, {}, context.clock);
  login.username = pool_username(login);
  login_store(context).save(login);
  return login;
}

auth::SavedLogin current_login(const Target& target, Context& context, const std::string& username,
                               const std::stop_token& cancel) {
  auth::LoginStore store = login_store(context);
  const auto find = [&] {
    auto saved = store.find(target.issuer(), target.client_id, username);
    if (!saved) throw not_signed_in(target, username);
    return *std::move(saved);
  };
  if (auth::SavedLogin saved = find(); is_fresh(saved, context.clock)) return saved;
  // One process refreshes; the others wait for it, and find what it got.
  const auth::FileLock lock(context.state_folder() / "refresh.lock", cancel);
  auth::SavedLogin saved = find();
  if (is_fresh(saved, context.clock)) return saved;
  CognitoAccess access(target, context, {.cancel = cancel});
  try {
    const aws::AuthResult result =
        auth::refresh(access.cognito, pool_client(target, context), pool_username(saved), saved.refresh_token);
    auth::SavedLogin login = login_from(target, saved.username, result, saved.refresh_token, context.clock);
    store.save(login);
    return login;
  } catch (const aws::ServiceError& error) {
    if (error.kind() != ErrorKind::kRefused) throw;
    throw Error(ErrorKind::kRefused, fmt::format("the sign-in of '{}' has ended: {}", saved.username, error.detail()),
                fmt::format("sign in again with: wsdeep login {}", saved.username));
  }
}

}  // namespace wsdeep::users
